"""What a replay of rules reads: the stored mails page by page, and what was known when each came (B55, B56)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import facts_said, times
from storage.database import Database, in_list
from storage.delivery_list import OWN
from storage.records import KnownMessage, Said

PAGE = 25  # is what a process takes at once
COLUMNS = "e.id, e.ticket_id, t.number, e.sender_address, e.original_sha256, e.decision"
MAILS = """
SELECT {} FROM entry e JOIN ticket t ON t.id = e.ticket_id
WHERE e.id > ? AND e.kind = 'email' AND e.original_sha256 <> '' AND {}
"""
BEFORE = """
SELECT message_id, ticket_id, entry_id, issued, outward FROM message
WHERE ticket_id = ? AND entry_id < ? AND message_id IN """


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One entry that a mail became; `decision` is its record as JSON, "" where there is none."""

    entry_id: int
    ticket_id: int
    number: str
    sender: str
    sha256: str
    decision: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: since a time, of one ticket, of tickets that an employee manages or opened."""

    since: datetime | None = None
    number: str = ""
    seen_by: int | None = None


def pages(db: Database, wanted: Wanted) -> Iterator[list[StoredMail]]:
    """The entries in the order of their ids, a page at a time."""
    sql, values = _where(wanted)
    after = 0
    select = f"{MAILS.format(COLUMNS, sql)} ORDER BY e.id LIMIT ?"
    while rows := db.rows(select, (after, *values, PAGE)):
        after = rows[-1][0]
        yield [StoredMail(row[0], row[1], row[2], row[3], row[4], row[5] or "") for row in rows]


def count(db: Database, wanted: Wanted) -> int:
    """How many entries there are."""
    sql, values = _where(wanted)
    row = db.row(MAILS.format("COUNT(*)", sql), (0, *values))
    return int(row[0]) if row else 0


def said_before(db: Database, mail: StoredMail, asked: Sequence[str]) -> tuple[Said, ...]:
    """The messages that the mail answers, of those that its ticket had before it."""
    if not asked:
        return ()
    marks, values = in_list(asked)
    rows = db.rows(BEFORE + marks, (mail.ticket_id, mail.entry_id, *values))
    known = [KnownMessage(row[0], row[1], row[2], bool(row[3]), bool(row[4])) for row in rows]
    return facts_said.read(db, known, asked)


def _where(wanted: Wanted) -> tuple[str, tuple[object, ...]]:
    conditions: list[str] = ["1 = 1"]
    values: list[object] = []
    if wanted.since is not None:
        conditions.append("e.at >= ?")
        values.append(times.to_text(wanted.since))
    if wanted.number:
        conditions.append("t.number = ?")
        values.append(wanted.number)
    if wanted.seen_by is not None:
        conditions.append(OWN)
        values += [wanted.seen_by] * 2
    return " AND ".join(conditions), tuple(values)
