"""What people set on a ticket besides status, manager and labels: priority, type, due date, description (B90, B71)."""

from __future__ import annotations

from collections.abc import Mapping

from storage import times
from storage.changes import Author, Draft, draft
from storage.database import Database
from storage.records import StoreError
from storage.texts import clean

COLUMNS = {"priority": "priority", "type": "type", "due": "due_at", "description": "description"}
"""The fields, as the history names them, and their columns."""


def set_fields(db: Database, number: str, fields: Mapping[str, str], author: Author) -> None:
    """Set fields by name, each a history entry; an empty text clears one. `due` is a stored time (`storage.times`)."""
    if unknown := sorted(fields.keys() - COLUMNS.keys()):
        raise StoreError(f"ticket fields {', '.join(unknown)}: allowed are {', '.join(COLUMNS)}")
    with draft(db, number, author) as ticket:
        for name, value in fields.items():
            _set(ticket, name, clean(value))


def _set(ticket: Draft, name: str, value: str) -> None:
    column = COLUMNS[name]
    stored = ticket.row[column]
    before = times.to_text(stored) if name == "due" and stored else stored or ""
    if value != before:
        ticket.columns[column] = value or None if name == "due" else value
        ticket.note(name, before, value)
        ticket.reworded = ticket.reworded or name == "description"


def set_dispatching(db: Database, number: str, dispatching: bool, author: Author) -> None:
    """Let a ticket wait for dispatching, or no longer."""
    with draft(db, number, author) as ticket:
        ticket.flag("dispatching", dispatching, "dispatching", ("off", "on"))
