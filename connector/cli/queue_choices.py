"""What is remembered of the hold queue: `--remember`, `queue choices`, `queue forget` (B9)."""

from __future__ import annotations

import click

from connector import spool_queue
from connector.cli.actor import authorise
from connector.cli.escape import one_line
from connector.cli.options import json_option
from connector.cli.queue_view import codes, recorded
from connector.cli.refusal import Refused
from connector.cli.session import Session, pass_session
from connector.cli.tables import Row, column, print_rows, time_column
from connector.clock import utc_now
from connector.pipeline.holding import cannot_be_remembered
from connector.privileges import OTHER_TICKETS
from connector.spool_file import SpoolError
from storage import choices as stored
from storage.records import Choice
from storage.times import to_text

COLUMNS = (
    column("address", "address", weight=3),
    column("held as", "reason", fixed=True),
    column("choice", "choice", fixed=True),
    column("by", "by"),
    time_column("since UTC", "at"),
)


def choice_of(session: Session, mail: str, choice: str) -> Choice:
    """The choice to remember for the sender of a held mail; SpoolError where that would open a hole."""
    row = spool_queue.find(session.spool, mail, ("held",))
    told = recorded(session, mail)
    if told is None:
        raise SpoolError(f"{mail} is left as it is: the ledger does not know it; `queue retry` has it decided anew")
    sender = told["sender"]
    refused = cannot_be_remembered(row.code, choice, codes(sender["because"]))
    if refused:
        raise SpoolError(f"{mail} is left as it is: {choice} cannot be remembered for its sender: {refused}")
    return Choice(sender["address"], row.code, choice, session.actor.name, utc_now())


def remember(session: Session, choice: Choice) -> None:
    """Remember it from now on."""
    stored.remember(session.store.db, choice)
    words = f"{choice.choice} is remembered for {one_line(choice.address)}, where held as {choice.reason}"
    click.echo(f"{words}; `queue forget` ends it")


@click.command()
@json_option
@pass_session
def choices(session: Session, as_json: bool) -> None:
    """List what is remembered: by sender and reason, what is done with such mail instead of holding it."""
    authorise(session.actor, OTHER_TICKETS, to="see the queue")
    rows = [_object(one) for one in stored.every(session.store.db)]
    print_rows(rows, COLUMNS, as_json=as_json, empty="nothing is remembered")


def _object(one: Choice) -> Row:
    return {"address": one.address, "reason": one.reason, "choice": one.choice, "by": one.by, "at": to_text(one.at)}


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...", help="As `queue choices` shows them.")
@pass_session
def forget(session: Session, addresses: tuple[str, ...]) -> None:
    """Forget what is remembered for senders: their mail is held again."""
    authorise(session.actor, OTHER_TICKETS, to="change what is remembered")
    unknown = [one for one in dict.fromkeys(addresses) if not stored.forget(session.store.db, one)]
    if unknown:
        names = ", ".join(unknown)
        raise Refused(f"nothing is remembered for {names}; `queue choices` shows what there is")
