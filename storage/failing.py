"""Addresses that mail cannot be delivered to: counted, and forgotten when something is heard of them (B11).

What is counted are failures for good whose reason lies in the address, each delivery once, since the last success: a
mail that came from there, or a later delivery of which nothing bad was heard for a day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from storage import times
from storage.database import Database, in_list, with_asked
from storage.records import DeliveryFailure, FactsMoved
from storage.texts import clean

NO_REPORT = timedelta(days=1)
"""When no report has come for so long, none is taken to come: the mail has arrived."""

FAILED_AFTER_ALL = """
UPDATE delivery SET state = 'failed', sent_at = NULL, last_answer = ? WHERE id = ? AND state = 'sent' RETURNING id
"""
LAST_FAILED = "SELECT id FROM delivery WHERE state = 'failed' AND recipient = ? AND id < ? ORDER BY id DESC LIMIT 1"
ARRIVED_BETWEEN = """
SELECT 1 FROM delivery WHERE id > ? AND id < ? AND recipient = ? AND state = 'sent' AND sent_at <= ? LIMIT 1
"""
SUSPENDED = """
SELECT address, suspended_at FROM asked CROSS JOIN failing WHERE address = value AND suspended_at IS NOT NULL
"""
COUNT = """
INSERT INTO failing (address, failures, failed_at, last_answer) VALUES (?, 1, ?, ?)
ON CONFLICT (address) DO UPDATE SET failures = CASE WHEN ? = 1 THEN 1 ELSE failing.failures + 1 END,
    failed_at = excluded.failed_at, last_answer = excluded.last_answer
"""


def fail_after_all(db: Database, failures: Iterable[DeliveryFailure], at: datetime) -> None:
    """Write down that deliveries failed which had been sent; FactsMoved where one is not in that state any more."""
    for failure in failures:
        if db.row(FAILED_AFTER_ALL, (clean(failure.answer), failure.delivery_id)) is None:
            raise FactsMoved(f"delivery {failure.delivery_id} was reported meanwhile")
        if failure.counted:
            count(db, failure.address, failure.delivery_id, failure.answer, at)


def count(db: Database, address: str, delivery_id: int, answer: str, at: datetime) -> None:
    """Count one failed delivery of an address; the count begins anew where one in between arrived."""
    anew = int(_arrived_since_last(db, address, delivery_id, at))
    db.run(COUNT, (address, times.to_text(at), clean(answer), anew))


def _arrived_since_last(db: Database, address: str, delivery_id: int, at: datetime) -> bool:
    """Whether a delivery between the last failed one and this one was sent, and nothing bad heard of it in time."""
    if db.row("SELECT 1 FROM failing WHERE address = ?", (address,)) is None:
        return False
    last = db.row(LAST_FAILED, (address, delivery_id))
    if last is None:
        return False
    return db.row(ARRIVED_BETWEEN, (last[0], delivery_id, address, times.to_text(at - NO_REPORT))) is not None


def forget(db: Database, address: str) -> bool:
    """Forget all failures of an address, and so its suspension; whether there were any."""
    return bool(db.run("DELETE FROM failing WHERE address = ?", (address,)).rowcount)


def among(db: Database, addresses: Collection[str]) -> dict[str, bool]:
    """Those of the addresses that have failed, each with whether it is suspended."""
    marks, values = in_list(list(addresses))
    query = "SELECT address, suspended_at FROM failing WHERE address IN "
    return {address: suspended_at is not None for address, suspended_at in db.rows(query + marks, values)}


def suspended_among(db: Database, addresses: Collection[str]) -> dict[str, str]:
    """Those of the different addresses that are suspended, each with the stored time since when."""
    these, values = with_asked(addresses)
    return dict(db.rows(these + SUSPENDED, values))
