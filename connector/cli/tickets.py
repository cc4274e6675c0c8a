"""`tickets`: views, filters on top of each other, boards (B94)."""

from __future__ import annotations

import click

from connector.cli.board import by_manager, by_status, print_board
from connector.cli.options import json_option, offset_option
from connector.cli.selection import managers, select
from connector.cli.session import Session, pass_session
from connector.cli.statuses import meant
from connector.cli.ticket_table import print_tickets
from storage.views import VIEWS, TicketFilter

PAGE, BOARD = 50, 500


@click.command()
@click.option("--view", type=click.Choice(list(VIEWS)), default="all", show_default=True, help="Which tickets.")
@click.option("--status", multiple=True, metavar="STATUS", help="With this status; several times for several.")
@click.option(
    "--manager", default="all", metavar="WHO", help="Managed by: me, all, nobody, or e-mails separated by commas."
)
@click.option("--label", default="", metavar="LABEL", help="With this label.")
@click.option("--account", default="", metavar="NAME", help="Of this account.")
@click.option("--search", default="", metavar="TEXT", help='With all these words; also begin* and "in a row".')
@click.option("--board", type=click.Choice(["status", "manager"]), help="Show columns by status or by manager.")
@click.option("--limit", type=click.IntRange(1, 100_000), help=f"At most so many ({PAGE}; {BOARD} on a board).")
@offset_option
@json_option
@pass_session
def tickets(
    session: Session,
    view: str,
    status: tuple[str, ...],
    manager: str,
    label: str,
    account: str,
    search: str,
    board: str | None,
    limit: int | None,
    offset: int,
    as_json: bool,
) -> None:
    """List tickets, the newest first. Filters count together."""
    names = session.settings.tickets.status_names
    wanted = TicketFilter(
        view,
        tuple(meant(one, names) for one in status),
        managers(session, manager),
        label,
        account,
        search,
        limit or (BOARD if board else PAGE),
        offset,
    )
    rows = select(session, wanted)
    if board is None:
        print_tickets(rows, names, session.actor, as_json=as_json)
    else:
        columns = by_status(rows, wanted) if board == "status" else by_manager(rows)
        print_board(columns, names if board == "status" else {}, session.actor, as_json=as_json)
