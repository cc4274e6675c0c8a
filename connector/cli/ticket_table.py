"""Tickets as a table: the envelope shows to everyone, bold only to the ticket's manager (B93)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from connector.cli.actor import Actor
from connector.cli.statuses import shown
from connector.cli.tables import Column, Row, column, print_rows, time_column

UNREAD, READ = "✉", ""


def envelope(row: Row) -> str:
    """The sign of a ticket that its manager has not read."""
    return UNREAD if row["unread"] else READ


def is_managers(actor: Actor) -> Callable[[Row], bool]:
    """Whether a ticket is unread and the actor its manager."""
    me = actor.employee
    own = (me.name, me.addresses[0]) if me else None
    return lambda row: row["unread"] and (row["manager"], row["manager_address"]) == own


def print_tickets(
    rows: Sequence[Row], names: Mapping[str, str], actor: Actor, *, as_json: bool, empty: str = "no tickets"
) -> None:
    """Rows of ticket_v1; `names` are the statuses' names in the INI."""
    columns = (
        Column("", envelope, fixed=True),
        column("number", "number", fixed=True),
        Column("status", lambda row: shown(row["status"], names), weight=3),
        column("subject", "subject", weight=6),
        column("account", "account"),
        column("manager", "manager"),
        time_column("changed UTC", "changed_at"),
    )
    print_rows(rows, columns, as_json=as_json, empty=empty, bold=is_managers(actor))
