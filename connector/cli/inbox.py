"""`inbox`: the one Inbox (B92)."""

from __future__ import annotations

from typing import Any

import click

from connector.cli.actor import authorise
from connector.cli.filters import filter_options, filtered
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option, limit_option
from connector.cli.selection import seen
from connector.cli.session import Session, pass_session
from connector.cli.tickets import list_tickets
from storage.views import TicketFilter

BULK = "batch-inbox-removal"
ALL = 1_000_000

numbers_argument = click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...", help="The tickets' numbers.")
why_option = click.option(
    "--why", default="by hand", show_default=True, metavar="TEXT", help="The reason that the history gives."
)


@click.group(cls=DefaultGroup, subcommand_metavar="[list|add|remove|clear] …")
def inbox() -> None:
    """The one Inbox that all share. Without a further word it is listed."""


@inbox.command("list")
@filter_options
@limit_option
@json_option
@pass_session
def list_(session: Session, /, limit: int, as_json: bool, **filters: Any) -> None:
    """List what is in the Inbox, the ticket changed last first, what is searched for by its number.

    The envelope marks unread tickets. Filters count together. Without --manager an employee's own default counts, which
    --make-default keeps.
    """
    wanted = filtered(session, "inbox", limit, quiet=as_json, **filters)
    narrowed = wanted != TicketFilter("inbox", limit=limit)
    empty = "no such tickets in the Inbox" if narrowed else "the Inbox is empty"
    list_tickets(session, wanted, as_json=as_json, empty=empty)


@inbox.command()
@numbers_argument
@why_option
@pass_session
def add(session: Session, numbers: tuple[str, ...], why: str) -> None:
    """Put tickets into the Inbox."""
    _put(session, numbers, why, in_inbox=True)


@inbox.command()
@numbers_argument
@why_option
@pass_session
def remove(session: Session, numbers: tuple[str, ...], why: str) -> None:
    """Take tickets out of the Inbox; several at once need the privilege batch-inbox-removal."""
    if len(set(numbers)) > 1:
        authorise(session.actor, BULK, to="take several tickets out of the Inbox at once")
    _put(session, numbers, why, in_inbox=False)


@inbox.command()
@pass_session
def clear(session: Session) -> None:
    """Take all tickets that one may see out of the Inbox; needs the privilege batch-inbox-removal."""
    authorise(session.actor, BULK, to="clear the Inbox")
    numbers = tuple(row["number"] for row in session.store.tickets(seen(session, TicketFilter("inbox", limit=ALL))))
    _put(session, numbers, "the Inbox was cleared", in_inbox=False)


def _put(session: Session, numbers: tuple[str, ...], why: str, *, in_inbox: bool) -> None:
    """All of them or, with one that is refused, none."""
    tickets = dict.fromkeys(session.ticket(number).number for number in numbers)
    session.store.set_inbox(tickets, in_inbox, session.author(why))
    plural = "" if len(tickets) == 1 else "s"
    click.echo(f"{len(tickets)} ticket{plural} {'put into' if in_inbox else 'taken out of'} the Inbox")
