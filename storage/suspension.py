"""Suspends addresses that failed too often, with the mail that tells of it, and shows them (B11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage import failing, outgoing, times
from storage.addresses import normalise
from storage.database import Database
from storage.records import FailingAddress, Filing, NewOutgoing, Proof
from storage.writing import Writing

MOST_PROOFS = 10

COLUMNS = """
f.address, f.failures, f.failed_at, f.last_answer, f.suspended_at,
    (SELECT MIN(e.name) FROM employee e WHERE e.email1 = f.address OR e.email2 = f.address)
"""
ALL = f"SELECT {COLUMNS} FROM failing f ORDER BY f.suspended_at IS NULL, f.failed_at DESC, f.id"
DUE = f"SELECT {COLUMNS} FROM failing f WHERE f.suspended_at IS NULL AND f.failures >= ? ORDER BY f.id"
PROOFS = """
SELECT t.number, t.manager_id, o.message_id, d.last_answer FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id
LEFT JOIN ticket t ON t.id = o.ticket_id WHERE d.state = 'failed' AND d.recipient = ? ORDER BY d.id DESC LIMIT ?
"""
NOT_SENT = "SELECT COUNT(*) FROM delivery WHERE state = 'suspended' AND recipient = ?"
SUSPEND = "UPDATE failing SET suspended_at = ? WHERE address = ? AND suspended_at IS NULL AND failures >= ?"


class Failing:
    """The addresses of one store that mail cannot be delivered to."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def every(self) -> list[FailingAddress]:
        """All of them, the suspended ones first, then the one that failed last."""
        with self._db.told():
            return [_address(*row) for row in self._db.rows(ALL)]

    def due(self, failures: int) -> list[FailingAddress]:
        """Those that failed so often and are not suspended; an employee's never is."""
        with self._db.told():
            return [found for row in self._db.rows(DUE, (failures,)) if not (found := _address(*row)).employee]

    def proofs(self, address: str) -> list[Proof]:
        """The last failed deliveries of an address, the newest first."""
        with self._db.told():
            rows = self._db.rows(PROOFS, (address, MOST_PROOFS))
        return [Proof(number or "", *rest) for number, *rest in rows]

    def suspend(self, address: str, failures: int, notices: Sequence[NewOutgoing], at: datetime) -> bool:
        """Suspend an address that failed so often, and send the notices; False where another did, or undid it."""
        with self._db.transaction():
            if not self._db.run(SUSPEND, (times.to_text(at), address, failures)).rowcount:
                return False
            # failpoint: suspension.suspended
            outgoing.add(self._db, [Writing(Filing(None, at, outgoing=tuple(notices)), times.to_text(at))])
        return True

    def resume(self, address: str) -> int | None:
        """Send to an address again, its failures forgotten; how many deliveries were not sent, None: it had not failed.

        Those are not sent later either.
        """
        address = normalise(address)
        with self._db.transaction():
            if not failing.forget(self._db, address):
                return None
            row = self._db.row(NOT_SENT, (address,))
            return int(row[0]) if row else 0


def _address(
    address: str, failures: int, failed_at: str, answer: str, suspended_at: str | None, employee: str | None
) -> FailingAddress:
    since = times.from_text(suspended_at) if suspended_at else None
    return FailingAddress(address, failures, times.from_text(failed_at), answer, since, employee or "")
