"""Tickets with all they have, one after the other: in memory are one of them and the ids of all (B97)."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import delivery_list, times, views
from storage.database import Database, in_list
from storage.records import StoreError
from storage.report_reads import ENTRIES_OF, Beside, beside_history
from storage.views import Object

PAGE = 500
TEXTS = f"SELECT id, whole_text FROM entry WHERE id IN ({ENTRIES_OF})"
ALL = "SELECT t.id FROM ticket t WHERE t.id > ? AND {} ORDER BY t.id"
CHANGED = """
t.id IN (SELECT id FROM ticket WHERE changed_at >= ?
    UNION SELECT o.ticket_id FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id WHERE d.sent_at >= ?)
"""
"""A delivery that fails changes its ticket, one that is sent does not."""
NUMBERS = "SELECT number FROM ticket WHERE id IN {} ORDER BY id"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets: changed or sent of since a time; managed or opened by an employee; behind a number."""

    since: datetime | None = None
    seen_by: int | None = None
    after: str = ""


def ids(db: Database, wanted: Wanted) -> array[int]:
    """The ids of the tickets in the order in which they were opened, eight bytes each."""
    with db.told():
        sql, values = _where(wanted)
        return array("q", (row[0] for row in db.run(ALL.format(sql), (_start(db, wanted), *values))))


def tickets(db: Database, wanted: Sequence[int]) -> Iterator[Object]:
    """The tickets with these ids, each as it is at one moment."""
    with db.told():
        for start in range(0, len(wanted), PAGE):
            marks, values = in_list(wanted[start : start + PAGE])
            for (number,) in db.rows(NUMBERS.format(marks), values):
                if found := whole(db, number):
                    yield found


def whole(db: Database, number: str) -> Object | None:
    """A ticket_v1 object with `recipients`, `history` and `deliveries`, or nothing.

    Entries have `sender_name`, `on_behalf_name`, `on_behalf_address`, `whole_text` and `files`: number, name, type and
    size of each attachment.
    """
    with db.moment():
        ticket = views.ticket(db, number)
        if ticket is None:
            return None
        texts: dict[int, str] = dict(db.rows(TEXTS, (number,)))
        beside = beside_history(db, number)
        history = views.history(db, number, views.WHOLE)
        for entry in history:
            found = beside.get(entry["id"], Beside())
            entry["sender_name"] = found.sender_name
            entry["on_behalf_name"], entry["on_behalf_address"] = found.on_behalf
            entry["whole_text"] = texts[entry["id"]]
            entry["files"] = [
                {"number": one.number, "name": one.name, "type": one.type, "size": one.size}
                for one in found.attachments
            ]
        deliveries = views.deliveries(db, ticket=number, limit=views.WHOLE)[::-1]
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
