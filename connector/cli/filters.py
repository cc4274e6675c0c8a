"""Filters that every listing of tickets takes, on top of each other, and whose tickets one sees by default (B94)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import click

from connector.cli.escape import one_line
from connector.cli.refusal import Misused
from connector.cli.selection import account_named, managers, myself
from connector.cli.session import Session
from connector.cli.statuses import meant
from connector.privileges import OTHER_TICKETS
from storage import listing_defaults
from storage.views import TicketFilter

OPTIONS = (
    click.option(
        "--status", "statuses", multiple=True, metavar="STATUS", help="With this status; several times for several."
    ),
    click.option("--manager", metavar="WHO", help="Managed by: me, all, nobody, or e-mails separated by commas."),
    click.option("--make-default", is_flag=True, help="Keep this --manager as one's own default for this listing."),
    click.option(
        "--label", "labels", multiple=True, metavar="LABEL", help="With this label; several times for all of several."
    ),
    click.option("--account", default="", metavar="NAME", help="Of this account."),
    click.option("--search", default="", metavar="TEXT", help='With all these words; also begin* and "in a row".'),
    click.option("--after", default="", metavar="NUMBER", help="Go on behind this ticket, as a listing before said."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command all of them; it hands them to `filtered` as they are."""
    return reduce(lambda made, option: option(made), reversed(OPTIONS), command)


def filtered(
    session: Session,
    view: str,
    limit: int,
    *,
    statuses: Sequence[str],
    manager: str | None,
    make_default: bool,
    labels: Sequence[str],
    account: str,
    search: str,
    after: str,
    quiet: bool,
) -> TicketFilter:
    """What was typed, as the store takes it; where no manager was named, the employee's own default counts.

    A listing that goes by it says so on standard error, unless it is `quiet`.
    """
    names = session.settings.tickets.status_names
    wanted = TicketFilter(
        view,
        tuple(meant(one, names) for one in statuses),
        (),
        tuple(dict.fromkeys(labels)),
        _account(session, account) if account else "",
        search,
        limit,
        session.row(after)["number"] if after else "",
    )
    listing = "inbox" if view == "inbox" else "tickets"
    if manager is not None:
        return replace(wanted, manager_ids=_typed(session, listing, manager, keep=make_default))
    if make_default:
        raise Misused("--make-default keeps what --manager says: name that too; --manager all ends a default")
    return replace(wanted, manager_ids=_default(session, listing, quiet=quiet))


def _account(session: Session, name: str) -> str:
    """The account's name; whoever may not see accounts is not told whether there is one."""
    return account_named(session, name).name if session.actor.may(OTHER_TICKETS) else name


def _typed(session: Session, listing: str, typed: str, *, keep: bool) -> tuple[int | None, ...]:
    chosen = managers(session, typed)
    if keep:
        listing_defaults.set_managers(session.store.db, myself(session), listing, chosen)
        where = "the Inbox" if listing == "inbox" else "tickets"
        click.echo(f"kept: {where} without --manager: managed by {_named(session, chosen)}", err=True)
    return chosen


def _default(session: Session, listing: str, *, quiet: bool) -> tuple[int | None, ...]:
    if session.actor.employee_id is None:
        return ()
    chosen = listing_defaults.managers(session.store.db, session.actor.employee_id, listing)
    if chosen and not quiet:
        click.echo(f"managed by {_named(session, chosen)}, as you chose; --manager all shows all", err=True)
    return chosen


def _named(session: Session, chosen: Sequence[int | None]) -> str:
    """The managers in words."""
    return " or ".join(_name(session, one) for one in chosen) or "anybody or nobody"


def _name(session: Session, manager: int | None) -> str:
    if manager is None:
        return "nobody"
    return "me" if manager == session.actor.employee_id else one_line(session.directory.employees[manager].name)
