"""Tickets with all they have, one after the other, in constant memory (B97)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from storage import delivery_list, times, views
from storage.database import Database
from storage.records import StoreError
from storage.report_reads import ENTRIES_OF, beside_history
from storage.views import Object

PAGE = 500
WHOLE = 1 << 40
"""More rows than a ticket has."""
TEXTS = f"SELECT id, whole_text FROM entry WHERE id IN ({ENTRIES_OF})"
CHANGED = """
(t.changed_at >= ? OR EXISTS (SELECT 1 FROM outgoing o JOIN delivery d ON d.outgoing_id = o.id
    WHERE o.ticket_id = t.id AND d.sent_at >= ?))
"""
"""A delivery that fails changes its ticket, one that is sent does not."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets: changed or sent of since a time; managed or opened by an employee; behind a number."""

    since: datetime | None = None
    seen_by: int | None = None
    after: str = ""


def count(db: Database, wanted: Wanted) -> int:
    """How many tickets there are now."""
    with db.told():
        sql, values = _where(wanted)
        rows = db.rows(f"SELECT COUNT(*) FROM ticket t WHERE {sql} AND t.id > ?", (*values, _start(db, wanted)))
        return int(rows[0][0])


def tickets(db: Database, wanted: Wanted) -> Iterator[Object]:
    """Each ticket as it is at one moment, in the order in which they were opened, so that one can go on behind any."""
    with db.told():
        last = _start(db, wanted)
        sql, values = _where(wanted)
        page = f"SELECT t.id, t.number FROM ticket t WHERE {sql} AND t.id > ? ORDER BY t.id LIMIT {PAGE}"
        while rows := db.rows(page, (*values, last)):
            for _, number in rows:
                if found := whole(db, number):
                    yield found
            last = rows[-1][0]


def whole(db: Database, number: str) -> Object | None:
    """A ticket_v1 object with `recipients`, `history` and `deliveries`, or nothing.

    Entries have `sender_name`, `whole_text` and `files`: number, name, type and size of each attachment.
    """
    with db.moment():
        ticket = views.ticket(db, number)
        if ticket is None:
            return None
        texts: dict[int, str] = dict(db.rows(TEXTS, (number,)))
        beside = beside_history(db, number)
        history = views.history(db, number, WHOLE)
        for entry in history:
            found = beside.get(entry["id"])
            entry["sender_name"] = found.sender_name if found else ""
            entry["whole_text"] = texts[entry["id"]]
            entry["files"] = [
                {"number": one.number, "name": one.name, "type": one.type, "size": one.size}
                for one in (found.attachments if found else ())
            ]
        deliveries = views.deliveries(db, ticket=number, limit=WHOLE)[::-1]
        return {**ticket, "recipients": views.recipients(db, number), "history": history, "deliveries": deliveries}


def _start(db: Database, wanted: Wanted) -> int:
    """The id behind which the tickets begin; StoreError for a number that is not there."""
    if not wanted.after:
        return 0
    row = db.row("SELECT id FROM ticket WHERE number = ?", (wanted.after,))
    if row is None:
        raise StoreError(f"ticket {wanted.after!r}: there is none with this number to go on behind")
    return int(row[0])


def _where(wanted: Wanted) -> tuple[str, tuple[object, ...]]:
    conditions: list[str] = ["1 = 1"]
    values: list[object] = []
    if wanted.since is not None:
        conditions.append(CHANGED)
        values += [times.to_text(wanted.since)] * 2
    if wanted.seen_by is not None:
        conditions.append(delivery_list.OWN)
        values += [wanted.seen_by] * 2
    return " AND ".join(conditions), tuple(values)
