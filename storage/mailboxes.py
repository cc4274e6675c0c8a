"""What is known of the mailboxes that mail is fetched from: how far each was read, and what was taken.

IMAP: by the numbers that its server gives to mails (RFC 3501, section 2.3.1.1). POP3: by their names (RFC 1939, UIDL).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from storage import times
from storage.database import Database, in_list

READ = "SELECT uid_validity, last_uid FROM mailbox WHERE road = ? AND folder = ?"
WRITE = """
INSERT INTO mailbox (road, folder, uid_validity, last_uid) VALUES (?, ?, ?, ?)
ON CONFLICT (road, folder) DO UPDATE SET uid_validity = excluded.uid_validity, last_uid = excluded.last_uid
"""


class Position(NamedTuple):
    """Every mail up to `last_uid` was looked at; the numbers are those of this `uid_validity`."""

    uid_validity: int
    last_uid: int


def position(db: Database, road: str, folder: str) -> Position | None:
    """How far the folder was read on this road; None for one that never was."""
    with db.told():
        row = db.row(READ, (road, folder))
    return Position(*row) if row else None


def keep(db: Database, road: str, folder: str, position: Position) -> None:
    """Remember how far it was read."""
    with db.transaction():
        db.run(WRITE, (road, folder, *position))


LETTERS = """
SELECT g.message_id, m.size FROM message g JOIN entry e ON e.id = g.entry_id JOIN mail m ON m.id = e.mail_id
WHERE g.message_id IN {0} UNION ALL SELECT message_id, size FROM mail WHERE outcome <> 'filed' AND message_id IN {0}
"""
AT_ONCE = 256  # Message-IDs in one question


def taken(db: Database, message_ids: Sequence[str]) -> set[tuple[str, int]]:
    """Message-ID and size in bytes of every mail in the ledger that has one of these, whatever road it came by."""
    found: set[tuple[str, int]] = set()
    for start in range(0, len(message_ids), AT_ONCE):
        marks, values = in_list(message_ids[start : start + AT_ONCE])
        with db.told():
            found.update((str(name), int(size)) for name, size in db.rows(LETTERS.format(marks), (*values, *values)))
    return found


def first_taken(db: Database, road: str) -> datetime | None:
    """When the first mail was accepted by this road (`imap:office`)."""
    with db.told():
        row = db.row("SELECT MIN(received_at) FROM mail WHERE road = ?", (road,))
    return times.from_text(row[0]) if row and row[0] else None


def fetched(db: Database, road: str) -> set[str]:
    """The names of the mails that were taken on this road and left in the mailbox."""
    with db.told():
        return {str(name) for (name,) in db.rows("SELECT unique_id FROM fetched WHERE road = ?", (road,))}


def change_fetched(db: Database, road: str, add: Iterable[str], remove: Iterable[str]) -> None:
    """Remember these, and forget those that are in the mailbox no more."""
    with db.transaction():
        db.many(
            "INSERT INTO fetched (road, unique_id) VALUES (?, ?) ON CONFLICT (road, unique_id) DO NOTHING",
            [(road, name) for name in add],
        )
        db.many("DELETE FROM fetched WHERE road = ? AND unique_id = ?", [(road, name) for name in remove])
