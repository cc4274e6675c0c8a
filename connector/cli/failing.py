"""Addresses that mail cannot be delivered to: `deliveries suspended`, `deliveries resume` (B11)."""

from __future__ import annotations

import click

from connector.cli.actor import authorise
from connector.cli.escape import one_line
from connector.cli.options import json_option
from connector.cli.refusal import Refused
from connector.cli.session import Session, pass_session
from connector.cli.tables import Row, column, print_rows, time_column
from connector.privileges import OTHER_TICKETS
from storage.records import FailingAddress
from storage.times import to_text

COLUMNS = (
    column("address", "address", weight=3),
    column("failures", "failures", fixed=True),
    time_column("last UTC", "failed_at"),
    time_column("suspended since", "suspended_at"),
    column("employee", "employee"),
    column("last answer", "last_answer"),
)


@click.command()
@json_option
@pass_session
def suspended(session: Session, as_json: bool) -> None:
    """List addresses that mail could not be delivered to, those first to which nothing is sent any more.

    An employee's address is counted and shown, and mail to it is sent all the same.
    """
    authorise(session.actor, OTHER_TICKETS, to="see which addresses fail")
    rows = [_object(one) for one in session.store.failing.every()]
    print_rows(rows, COLUMNS, as_json=as_json, empty="mail to no address has failed")


def _object(one: FailingAddress) -> Row:
    return {
        "address": one.address,
        "failures": one.failures,
        "failed_at": to_text(one.failed_at),
        "suspended_at": to_text(one.suspended_at) if one.suspended_at else None,
        "employee": one.employee,
        "last_answer": one.last_answer,
    }


@click.command()
@click.argument(
    "addresses", nargs=-1, required=True, metavar="ADDRESS...", help="As `deliveries suspended` shows them."
)
@pass_session
def resume(session: Session, addresses: tuple[str, ...]) -> None:
    """Send to addresses again, and forget what failed; what was not sent meanwhile is not sent later."""
    authorise(session.actor, OTHER_TICKETS, to="send to an address again")
    unknown = []
    for address in dict.fromkeys(addresses):
        not_sent = session.store.failing.resume(address)
        if not_sent is None:
            unknown.append(one_line(address))
            continue
        click.echo(f"mail is sent to {one_line(address)} again")
        if not_sent:
            click.echo(f"{not_sent} mails were not sent to it, and are not sent now: `deliveries --state suspended`")
    if unknown:
        raise Refused(f"mail to {', '.join(unknown)} has not failed; `deliveries suspended` shows what has")
