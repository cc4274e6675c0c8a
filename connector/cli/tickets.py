"""`tickets`: views, filters on top of each other, boards (B94)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from connector.cli.board import by_manager, by_status, print_board
from connector.cli.filters import filter_options, filtered
from connector.cli.options import json_option
from connector.cli.paging import say_if_cut
from connector.cli.refusal import Misused
from connector.cli.selection import seen
from connector.cli.session import Session, pass_session
from connector.cli.ticket_table import print_tickets
from storage.views import VIEWS, TicketFilter

PAGE, LANE = 50, 20


@click.command()
@click.option("--view", type=click.Choice(list(VIEWS)), default="all", show_default=True, help="Which tickets.")
@filter_options
@click.option("--board", type=click.Choice(["status", "manager"]), help="Show columns by status or by manager.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), help=f"At most so many ({PAGE}; {LANE} in each column of a board)."
)
@json_option
@pass_session
def tickets(
    session: Session, /, view: str, board: str | None, limit: int | None, as_json: bool, **filters: Any
) -> None:
    """List tickets, the newest first; in the view inbox, the one changed last first. Filters count together.

    Without --manager an employee's own default counts, which --make-default keeps; the Inbox has one of its own.
    """
    if board and filters["after"]:
        raise Misused("a board has no pages, so that --after means nothing; --limit shows more in each column")
    wanted = filtered(session, view, limit or (LANE if board else PAGE), quiet=as_json, **filters)
    if board:
        _print_board(session, seen(session, wanted), board, as_json=as_json)
    else:
        list_tickets(session, wanted, as_json=as_json)


def list_tickets(session: Session, wanted: TicketFilter, *, as_json: bool, empty: str = "no tickets") -> None:
    """One page, and how to go on where it is not the last one."""
    rows = session.store.tickets(replace(seen(session, wanted), limit=wanted.limit + 1))
    names = session.settings.tickets.status_names
    print_tickets(rows[: wanted.limit], names, session.actor, as_json=as_json, empty=empty)
    say_if_cut(rows, wanted.limit, "number")


def _print_board(session: Session, wanted: TicketFilter, board: str, *, as_json: bool) -> None:
    if board == "status":
        lanes, names = by_status(session.store, wanted), session.settings.tickets.status_names
    else:
        lanes, names = by_manager(session.store, session.directory, wanted), {}
    print_board(lanes, names, session.actor, as_json=as_json)
