"""Where a message's entry was filed first, if it was taken elsewhere since: answers to it bear that number (B38)."""

from __future__ import annotations

from typing import Any


def up(migrator: Any, db: Any) -> None:
    """Add the column."""
    db.execute_sql("ALTER TABLE message ADD COLUMN taken_from_id BIGINT REFERENCES ticket (id)")
