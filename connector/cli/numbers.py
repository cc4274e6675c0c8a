"""`numbers`: the number of the next ticket, and who raised it (B90)."""

from __future__ import annotations

import re

import click

from connector.cli.actor import authorise
from connector.cli.escape import json_text
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option
from connector.cli.refusal import Misused, Refused
from connector.cli.session import Session, pass_session
from connector.cli.tables import column, print_rows, time_column
from connector.privileges import INCREMENT_NUMBER
from storage.facts import format_number

TYPED = re.compile(r"(?:([0-9]{4,8})-)?([0-9]{1,8})")
"""A counter, or a whole number: its prefix and its counter."""

COLUMNS = (
    time_column("raised UTC", "at"),
    column("by", "by"),
    column("from", "old", fixed=True),
    column("to", "new", fixed=True),
)


@click.group(cls=DefaultGroup, subcommand_metavar="[list|raise NUMBER]")
def numbers() -> None:
    """The number of the next ticket. Without a further word it is shown, with who raised it and when."""


@numbers.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """Show the number of the next ticket, and each time that it was raised by hand."""
    following, raised = session.store.next_number(), session.store.number_raises()
    if as_json:
        click.echo(json_text({"next": following, "raised": raised}))
        return
    click.echo(f"the next ticket is {following}")
    if raised:
        click.echo()
        print_rows(raised, COLUMNS, as_json=False, empty="")


@numbers.command("raise")
@click.argument("number", help="The next number: its counter, or the whole of it.")
@pass_session
def raise_(session: Session, number: str) -> None:
    """Let the next ticket have a higher NUMBER: a counter (2000) or a whole number (0500-2000). It never goes down.

    Needs the privilege increment-ticket-number.
    """
    authorise(session.actor, INCREMENT_NUMBER, to="raise the next ticket number")
    counter = _counter(session, number)
    _must_be_found(session, format_number(session.settings.tickets.number_prefix, counter))
    session.store.raise_number(counter, session.author())
    click.echo(f"the next ticket is {session.store.next_number()}")


def _counter(session: Session, typed: str) -> int:
    """The counter in what was typed; a prefix must be that of the INI."""
    prefix = session.settings.tickets.number_prefix
    match = TYPED.fullmatch(typed.strip())
    if match is None:
        raise Misused(f"number {typed!r}: allowed are a counter such as 2000, and a number such as {prefix}-2000")
    if match[1] and match[1] != prefix:
        raise Misused(f"number {typed!r}: numbers start with {prefix} (NumberPrefix in [TICKETS])")
    return int(match[2])


def _must_be_found(session: Session, number: str) -> None:
    """A number that TicketSubjectPattern does not find would leave every answer without its ticket (B30)."""
    connector = session.settings.connector
    written = connector.ticket_subject_format.format(number=number)
    match = connector.ticket_subject_pattern.search(written)
    if match is None or match["number"] != number:
        raise Refused(f"number {number}: TicketSubjectPattern does not find it in {written!r}; change that first")
