"""`deliveries`: outgoing mail, one row a recipient (B87)."""

from __future__ import annotations

import click

from connector.cli.failing import resume, suspended
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option, limit_option
from connector.cli.paging import after_option, say_if_cut
from connector.cli.session import Session, pass_session
from connector.cli.tables import Column, column, print_rows, time_column
from connector.privileges import OTHER_TICKETS

STATES = ("pending", "deferred", "sent", "failed", "suspended")

COLUMNS = (
    column("id", "id", fixed=True),
    column("ticket", "ticket", fixed=True),
    column("kind", "kind", fixed=True),
    column("recipient", "recipient", weight=3),
    Column("state", lambda row: f"{row['state']} ({row['tries']}×)" if row["tries"] > 1 else row["state"], fixed=True),
    time_column("sent or next", "sent_at", "next_try_at"),
    column("last answer", "last_answer"),
)


@click.group(cls=DefaultGroup, subcommand_metavar="[list|suspended|resume] …")
def deliveries() -> None:
    """Outgoing mail, one row a recipient, and addresses that cannot be reached. Without a further word it is listed."""


@deliveries.command("list")
@click.option(
    "--state", "states", type=click.Choice(STATES), multiple=True, help="In this state; several times for several."
)
@click.option("--ticket", default="", metavar="NUMBER", help="Of this ticket.")
@limit_option
@after_option
@json_option
@pass_session
def list_(session: Session, states: tuple[str, ...], ticket: str, limit: int, after: int | None, as_json: bool) -> None:
    """List outgoing mail, the newest first: state, tries, the relay's last answer. Times are UTC."""
    if ticket:
        ticket = session.ticket(ticket).number
    seen_by = None if session.actor.may(OTHER_TICKETS) else session.actor.employee_id
    rows = session.store.deliveries(states, ticket, limit + 1, after, seen_by)
    print_rows(rows[:limit], COLUMNS, as_json=as_json, empty="no deliveries")
    say_if_cut(rows, limit, "id")


deliveries.add_command(suspended)
deliveries.add_command(resume)
