"""Whose tickets each employee wants to see in a listing, where no managers are named (B94)."""

from __future__ import annotations

from collections.abc import Sequence

from storage.database import Database
from storage.records import StoreError

LISTINGS = ("tickets", "inbox")
"""Each has a default of its own."""

READ = "SELECT manager_id FROM listing_default WHERE employee_id = ? AND listing = ? ORDER BY id"
CLEAR = "DELETE FROM listing_default WHERE employee_id = ? AND listing = ?"
ADD = "INSERT INTO listing_default (employee_id, listing, manager_id) VALUES (?, ?, ?)"
FORGET = "DELETE FROM listing_default WHERE employee_id = ? OR manager_id = ?"


def managers(db: Database, employee_id: int, listing: str) -> tuple[int | None, ...]:
    """The ids of the managers, in the order in which they were named, None for nobody; empty for everybody."""
    with db.told():
        return tuple(manager for (manager,) in db.rows(READ, (employee_id, listing)))


def set_managers(db: Database, employee_id: int, listing: str, manager_ids: Sequence[int | None]) -> None:
    """Keep them in place of those before; StoreError for a listing that has no default."""
    if listing not in LISTINGS:
        raise StoreError(f"listing {listing!r}: allowed are {', '.join(LISTINGS)}")
    with db.transaction():
        db.run(CLEAR, (employee_id, listing))
        db.many(ADD, [(employee_id, listing, manager) for manager in dict.fromkeys(manager_ids)])


def forget(db: Database, employee_id: int) -> None:
    """Nothing in here points to an employee any more; in the transaction that removes him or her."""
    db.run(FORGET, (employee_id, employee_id))
