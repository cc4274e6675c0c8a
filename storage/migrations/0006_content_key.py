"""A filed mail is found by its Message-ID and compared by its content: the key of the content needs no index (B5).

Keys are hashes, so that an index of them is written and read at a random place for each mail. Only where a mail has no
Message-ID, or that of another mail, its key stands in the indexed column.
"""

from __future__ import annotations

from typing import Any

COLUMN = "ALTER TABLE mail ADD COLUMN content_key TEXT"
FILLED = "UPDATE mail SET content_key = dedupe_key WHERE dedupe_key IS NOT NULL"
FOUND_BY_MESSAGE_ID = """
UPDATE mail SET dedupe_key = NULL WHERE dedupe_key IS NOT NULL AND EXISTS (
    SELECT 1 FROM message JOIN entry ON entry.id = message.entry_id
    WHERE message.message_id = mail.message_id AND message.issued = 0 AND entry.mail_id = mail.id
)
"""


def up(migrator: Any, db: Any) -> None:
    """Move the keys."""
    for statement in (COLUMN, FILLED, FOUND_BY_MESSAGE_ID):
        db.execute_sql(statement)
