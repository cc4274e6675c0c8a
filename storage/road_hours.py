"""In which hours mail came by a road: what its usual gaps are learned from (B107)."""

from __future__ import annotations

from datetime import UTC, datetime

from storage import times
from storage.database import Database

HOUR = len("2026-11-28T16")
LAST = "SELECT MAX(received_at) FROM mail WHERE road = ?"
HOURS = f"""
SELECT DISTINCT SUBSTR(received_at, 1, {HOUR}) FROM mail WHERE road = ? AND received_at >= ? ORDER BY 1
"""


def hours(db: Database, road: str, since: datetime) -> list[datetime]:
    """The hours (their first moments, UTC) of this time on in which mail came by this road, the earliest first."""
    with db.told():
        rows = db.rows(HOURS, (road, times.to_text(since)))
    return [datetime.fromisoformat(f"{hour}:00").replace(tzinfo=UTC) for (hour,) in rows]


def last(db: Database, road: str) -> datetime | None:
    """When the last mail came by it (`imap:office`)."""
    with db.told():
        row = db.row(LAST, (road,))
    return times.from_text(row[0]) if row and row[0] else None
