"""What people chose for senders whose mails would be held: remembered by address and reason (B9)."""

from __future__ import annotations

from storage import times
from storage.addresses import normalise
from storage.database import Database, Row
from storage.records import Choice, StoreError
from storage.texts import clean

COLUMNS = "address, reason, choice, chosen_by, chosen_at"
REMEMBER = f"""
INSERT INTO choice ({COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (address, reason)
DO UPDATE SET choice = excluded.choice, chosen_by = excluded.chosen_by, chosen_at = excluded.chosen_at
"""
OF_ADDRESS = f"SELECT {COLUMNS} FROM choice WHERE address = ?"
ALL = f"SELECT {COLUMNS} FROM choice ORDER BY address, reason"


def remember(db: Database, choice: Choice) -> None:
    """Remember a choice; one for the same address and reason is replaced."""
    address = normalise(choice.address)
    if not address:
        raise StoreError("a choice is remembered for an address")
    at = times.to_text(choice.at)
    with db.transaction():
        db.run(REMEMBER, (address, choice.reason, choice.choice, clean(choice.by), at))


def forget(db: Database, address: str) -> int:
    """Forget all that was chosen for an address; how many choices that were."""
    with db.transaction():
        return int(db.run("DELETE FROM choice WHERE address = ?", (normalise(address),)).rowcount)


def every(db: Database) -> list[Choice]:
    """All that is remembered, by address."""
    with db.told():
        return list(map(_choice, db.rows(ALL)))


def of(db: Database, address: str) -> dict[str, Choice]:
    """What was chosen for one normalised address, by reason."""
    return {one.reason: one for one in map(_choice, db.rows(OF_ADDRESS, (address,)))}


def _choice(row: Row) -> Choice:
    address, reason, choice, by, at = row
    return Choice(address, reason, choice, by, times.from_text(at))
