"""The mail of ours that a delivery report is about (B11)."""

from __future__ import annotations

from storage.database import Database
from storage.records import IssuedDelivery, IssuedMail

MOST_DELIVERIES = 1000

ISSUED = """
SELECT o.id, o.kind, COALESCE(e.kind, '') FROM outgoing o LEFT JOIN entry e ON e.id = o.entry_id WHERE o.message_id = ?
"""
DELIVERIES = "SELECT id, recipient, state FROM delivery WHERE outgoing_id = ? ORDER BY id LIMIT ?"


def read(db: Database, message_id: str) -> IssuedMail | None:
    """The mail with this Message-ID and its recipients, or None where this service issued none."""
    row = db.row(ISSUED, (message_id,)) if message_id else None
    if row is None:
        return None
    outgoing_id, kind, entry_kind = row
    found = db.rows(DELIVERIES, (outgoing_id, MOST_DELIVERIES))
    deliveries = tuple(IssuedDelivery(*delivery) for delivery in found)
    return IssuedMail(message_id, kind, entry_kind == "delivery-report", deliveries)
