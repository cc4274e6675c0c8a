"""What keeps the store quick and need not be done by those who file: indexing what waits, and SQLite's log."""

from __future__ import annotations

from storage import search
from storage.database import Database

LONG_LOG = 16_000
"""Pages of log, from which on writers wait a moment so that it can begin anew; mail that never pauses makes it long."""


def keep(db: Database, seconds: float) -> int:
    """Index for about so many seconds at most, or not at all, and bring the log in; how many tickets still wait."""
    waiting = search.index(db, seconds) if seconds else search.waiting(db)
    if not db.postgresql:
        with db.told():
            _checkpoint(db)
    return waiting


def _checkpoint(db: Database) -> None:
    """Copy what is in the log without keeping anybody from writing; a long one to its end, which by then is near."""
    _, log, copied = db.rows("PRAGMA wal_checkpoint(PASSIVE)")[0]
    if log > LONG_LOG and copied < log:
        db.rows("PRAGMA wal_checkpoint(RESTART)")
