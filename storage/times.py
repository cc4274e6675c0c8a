"""Times as stored on both databases: UTC, fixed-width ISO 8601 text such as `2026-11-23T22:18:13.123Z`.

Fixed width makes text order time order, and keeps the zone, which peewee loses on
PostgreSQL.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

import peewee


@lru_cache(maxsize=64)
def to_text(time: datetime) -> str:
    """The stored form of an aware time, cut to milliseconds; a naive time is a ValueError."""
    if time.tzinfo is None:
        raise ValueError(f"{time!r} has no time zone; the store takes aware times only")
    return time.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def end_text(time: datetime | None) -> str:
    """The stored form of a time up to which something goes; without one it is later than all that are stored."""
    return to_text(time) if time else "A"


def from_text(text: str) -> datetime:
    """The aware time in UTC that a stored text means."""
    return datetime.fromisoformat(text)


class UtcField(peewee.CharField):
    """A column of stored times."""

    def db_value(self, value: datetime | str | None) -> str | None:
        """The stored form; text is taken to be in it already."""
        return to_text(value) if isinstance(value, datetime) else value

    def python_value(self, value: str | None) -> datetime | None:
        """The aware time, or nothing."""
        return from_text(value) if value else None
