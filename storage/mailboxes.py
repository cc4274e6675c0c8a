"""How far each mailbox was read, by the numbers that its server gives to mails (RFC 3501, section 2.3.1.1)."""

from __future__ import annotations

from typing import NamedTuple

from storage.database import Database

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
