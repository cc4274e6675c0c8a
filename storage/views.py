"""Reads for commands and listings: rows of the stable views, as objects with exactly their columns (B94, B97)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage import delivery_list, search_page, walks
from storage.database import Database, Row, in_list
from storage.models import Mail
from storage.records import NewAttachment
from storage.walks import VIEWS as VIEWS

COLUMNS = {
    "ticket_v1": """number account contact contact_address manager manager_address status is_open priority type subject
        description labels dispatching in_inbox unread opened_at changed_at closed_at due_at merged_into""",
    "history_v1": """id ticket at kind actor direction sender_address sender_kind authentication verified public subject
        text attachments message_id original_sha256""",
    "recipient_v1": "ticket list type name address added_by added_at",
    "delivery_v1": """id ticket entry kind message_id recipient state tries next_try_at sent_at last_answer""",
}
"""The columns of each view in order, separated by blanks."""
WHOLE = 1 << 40  # more rows than anything has
AT_ONCE = 512  # rows that are asked for by name in one statement; databases allow only so many values
FLAGS = frozenset(("is_open", "dispatching", "in_inbox", "unread", "verified", "public"))

Object = dict[str, Any]
"""A row of a view: times as text, flags as bool, labels as a list."""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets; what is empty does not filter. None among `manager_ids` stands for tickets without a manager."""

    view: str = "all"
    statuses: tuple[str, ...] = ()
    manager_ids: tuple[int | None, ...] = ()
    labels: tuple[str, ...] = ()  # all of them must be there
    account: str = ""
    search: str = ""  # words, as `storage.words.terms` reads them
    limit: int = 50
    after: str = ""  # the ticket behind which the page begins
    seen_by: int | None = None  # the employee who sees those alone that he or she manages or opened


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One history entry whole: its row of history_v1, and what the view does not show."""

    row: Object
    sender_name: str
    on_behalf: tuple[str, str]  # name and address of who wrote what an employee forwarded; empty: it was no forward
    whole_text: str
    decision: str | None  # JSON
    attachments: tuple[NewAttachment, ...]


def tickets(db: Database, wanted: TicketFilter) -> list[Object]:
    """One page of tickets, the newest first; in the Inbox, where nothing is searched for, the one changed last."""
    with db.reading():
        numbers = search_page.numbers(db, wanted) if wanted.search else walks.numbers(db, wanted)
        found = {row["number"]: row for row in _where(db, "ticket_v1", "number", numbers)}
    return [found[number] for number in numbers]


def ticket(db: Database, number: str) -> Object | None:
    """One ticket, or nothing."""
    with db.told():
        return next(iter(_where(db, "ticket_v1", "number", [number])), None)


def history(db: Database, number: str, limit: int = 1000, after: int = 0) -> list[Object]:
    """The entries of a ticket, oldest first; those behind entry `after`."""
    with db.told():
        return _select(db, "history_v1", "WHERE ticket = ? AND id > ? ORDER BY id LIMIT ?", (number, after, limit))


def entry(db: Database, entry_id: int) -> EntryDetail | None:
    """One history entry with its attachments and decision record, or nothing."""
    with db.reading():
        rows = _select(db, "history_v1", "WHERE id = ?", (entry_id,))
        hidden = db.row(
            "SELECT sender_name, on_behalf_name, on_behalf_address, whole_text, decision FROM entry WHERE id = ?",
            (entry_id,),
        )
        listed = db.rows(
            "SELECT number, name, type, size FROM attachment WHERE entry_id = ? ORDER BY number", (entry_id,)
        )
    if not rows or hidden is None:
        return None
    sender_name, *on_behalf, whole_text, decision = hidden
    files = tuple(NewAttachment(*row) for row in listed)
    return EntryDetail(rows[0], sender_name, (on_behalf[0], on_behalf[1]), whole_text, decision, files)


def recipients(db: Database, number: str) -> list[Object]:
    """Both recipient lists of a ticket, the external one first, in the order in which they joined."""
    with db.told():
        return _select(db, "recipient_v1", "WHERE ticket = ? ORDER BY list DESC, added_at, address", (number,))


def deliveries(
    db: Database,
    states: Sequence[str] = (),
    ticket: str = "",
    limit: int = 50,
    after: int | None = None,
    seen_by: int | None = None,
) -> list[Object]:
    """Deliveries, the newest first, those behind delivery `after`; empty `states` and `ticket` do not filter.

    `seen_by` is the id of an employee who sees those of tickets alone that he or she manages or opened.
    """
    with db.reading():
        ids = delivery_list.page(db, states, ticket, limit, after, seen_by)
        return sorted(_where(db, "delivery_v1", "id", ids), key=lambda row: row["id"], reverse=True)


def mail(db: Database, spool_id: str) -> Object | None:
    """The ledger's row of one accepted mail, as in `records.MailRecord`, or nothing."""
    with db.told():
        found = db.fetch(Mail.select().where(Mail.spool_id == spool_id).dicts())
    return found[0] if found else None


def _where(db: Database, view: str, column: str, wanted: Sequence[object]) -> list[Object]:
    found: list[Object] = []
    for start in range(0, len(wanted), AT_ONCE):
        marks, values = in_list(wanted[start : start + AT_ONCE])
        found += _select(db, view, f"WHERE {column} IN {marks}", values)
    return found


def _select(db: Database, view: str, rest: str, values: tuple[object, ...]) -> list[Object]:
    columns = COLUMNS[view].split()
    return [_object(columns, row) for row in db.rows(f"SELECT {', '.join(columns)} FROM {view} {rest}", values)]


def _object(columns: list[str], row: Row) -> Object:
    found: Object = dict(zip(columns, row, strict=True))
    for name in FLAGS.intersection(columns):
        found[name] = bool(found[name])
    if "labels" in found:
        found["labels"] = found["labels"].split(",") if found["labels"] else []
    return found
