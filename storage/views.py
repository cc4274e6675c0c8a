"""Reads for commands and listings: rows of the stable views, as objects with exactly their columns (B94, B97)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from storage import delivery_list
from storage.database import Database, Row, in_list
from storage.models import Account, Label, Mail, Ticket
from storage.records import NewAttachment, StoreError
from storage.texts import name_key

COLUMNS = {
    "ticket_v1": """number account contact contact_address manager manager_address status is_open priority type subject
        description labels dispatching in_inbox unread opened_at changed_at closed_at due_at merged_into""",
    "history_v1": """id ticket at kind actor direction sender_address sender_kind authentication verified public subject
        text attachments message_id original_sha256""",
    "recipient_v1": "ticket list type name address added_by added_at",
    "delivery_v1": """id ticket entry kind message_id recipient state tries next_try_at sent_at last_answer""",
}
"""The columns of each view in order, separated by blanks."""
AT_ONCE = 512  # rows that are asked for by name in one statement; databases allow only so many values
FLAGS = frozenset(("is_open", "dispatching", "in_inbox", "unread", "verified", "public"))

ONE = peewee.SQL("1")  # as text: SQLite takes a partial index only where it sees the very condition
VIEWS: dict[str, Any] = {
    "inbox": Ticket.in_inbox == ONE,
    "dispatching": Ticket.dispatching == ONE,
    "all": None,
    "open": Ticket.closed_at.is_null(),
    "closed": Ticket.closed_at.is_null(False),
}
"""The views of B94 and what a ticket in them fulfils."""

Object = dict[str, Any]
"""A row of a view: times as text, flags as bool, labels as a list."""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets; what is empty does not filter. None among `manager_ids` stands for tickets without a manager."""

    view: str = "all"
    statuses: tuple[str, ...] = ()
    manager_ids: tuple[int | None, ...] = ()
    label: str = ""
    account: str = ""
    search: str = ""  # in number, subject and account's name
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One history entry whole: its row of history_v1, and what the view does not show."""

    row: Object
    sender_name: str
    whole_text: str
    decision: str | None  # JSON
    attachments: tuple[NewAttachment, ...]


def tickets(db: Database, wanted: TicketFilter) -> list[Object]:
    """One page of tickets, the newest first; in the Inbox the one changed last."""
    with db.reading():
        numbers = [number for (number,) in db.fetch(page(wanted).tuples())]
        found = {row["number"]: row for row in _where(db, "ticket_v1", "number", numbers)}
    return [found[number] for number in numbers]


def page(wanted: TicketFilter) -> Any:
    """The query for the numbers of one page: it touches `ticket` alone, in the order of an index.

    Only the Inbox, which is small, goes by the last change: an index by it has to be written for each mail.
    """
    if wanted.view not in VIEWS:
        raise StoreError(f"view {wanted.view!r}: allowed are {', '.join(VIEWS)}")
    order = [Ticket.changed_at.desc()] if wanted.view == "inbox" else []
    query = Ticket.select(Ticket.number).order_by(*order, Ticket.id.desc())
    for condition in _conditions(wanted):
        query = query.where(condition)
    return query.limit(wanted.limit).offset(wanted.offset)


def _conditions(wanted: TicketFilter) -> Iterable[Any]:
    if VIEWS[wanted.view] is not None:
        yield VIEWS[wanted.view]
    if wanted.statuses:
        yield Ticket.status.in_(wanted.statuses)
    if wanted.manager_ids:
        managed = Ticket.manager.in_([i for i in wanted.manager_ids if i is not None])
        yield managed | Ticket.manager.is_null() if None in wanted.manager_ids else managed
    if wanted.label:
        yield Ticket.id.in_(Label.select(Label.ticket).where(Label.name == wanted.label))
    if wanted.account:
        yield Ticket.account.in_(Account.select(Account.id).where(Account.name_key == name_key(wanted.account)))
    if wanted.search:
        named = Account.select(Account.id).where(Account.name.contains(wanted.search))
        in_text = Ticket.subject.contains(wanted.search) | Ticket.number.contains(wanted.search)
        yield in_text | Ticket.account.in_(named)


def ticket(db: Database, number: str) -> Object | None:
    """One ticket, or nothing."""
    with db.told():
        return next(iter(_where(db, "ticket_v1", "number", [number])), None)


def history(db: Database, number: str, limit: int = 1000, offset: int = 0) -> list[Object]:
    """The entries of a ticket, oldest first."""
    with db.told():
        return _select(db, "history_v1", "WHERE ticket = ? ORDER BY id LIMIT ? OFFSET ?", (number, limit, offset))


def entry(db: Database, entry_id: int) -> EntryDetail | None:
    """One history entry with its attachments and decision record, or nothing."""
    with db.reading():
        rows = _select(db, "history_v1", "WHERE id = ?", (entry_id,))
        hidden = db.row("SELECT sender_name, whole_text, decision FROM entry WHERE id = ?", (entry_id,))
        listed = db.rows(
            "SELECT number, name, type, size FROM attachment WHERE entry_id = ? ORDER BY number", (entry_id,)
        )
    if not rows or hidden is None:
        return None
    sender_name, whole_text, decision = hidden
    return EntryDetail(rows[0], sender_name, whole_text, decision, tuple(NewAttachment(*row) for row in listed))


def recipients(db: Database, number: str) -> list[Object]:
    """Both recipient lists of a ticket, the external one first, in the order in which they joined."""
    with db.told():
        return _select(db, "recipient_v1", "WHERE ticket = ? ORDER BY list DESC, added_at, address", (number,))


def deliveries(
    db: Database,
    states: Sequence[str] = (),
    ticket: str = "",
    limit: int = 50,
    offset: int = 0,
    seen_by: int | None = None,
) -> list[Object]:
    """Deliveries, the newest first; empty `states` and `ticket` do not filter.

    `seen_by` is the id of an employee who sees those of tickets alone that he or she manages or opened.
    """
    with db.reading():
        ids = delivery_list.page(db, states, ticket, limit, offset, seen_by)
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
