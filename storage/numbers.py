"""The number of the next ticket, raised by hand and never lowered (B90)."""

from __future__ import annotations

import json

from storage import times
from storage.changes import Author
from storage.database import Database
from storage.facts import format_number
from storage.models_people import Setting
from storage.records import StoreError
from storage.views import Object

NEXT, RAISES = "next_number", "number_raises"
"""Settings: the next counter, and a JSON array of who raised it when, oldest first."""
KEEP = "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"


def raises(db: Database) -> list[Object]:
    """Who raised the number and when, from what to what, the oldest first: objects with at, by, old, new."""
    with db.told():
        return list(json.loads(_setting(db, RAISES) or "[]"))


def raise_to(db: Database, counter: int, prefix: str, author: Author) -> None:
    """Let the next ticket have this counter; StoreError for one that is lower than the next already is."""
    with db.transaction():
        before = int(_setting(db, NEXT, lock=True) or 0)
        old, new = format_number(prefix, before), format_number(prefix, counter)
        if counter < before:
            raise StoreError(f"number {new}: the next one is {old} already, and it is never lowered")
        if counter == before:
            return
        db.execute(Setting.update(value=str(counter)).where(Setting.name == NEXT))
        raised = {"at": times.to_text(author.at), "by": author.actor, "old": old, "new": new}
        db.run(KEEP, (RAISES, json.dumps([*raises(db), raised])))


def _setting(db: Database, name: str, *, lock: bool = False) -> str | None:
    """A setting's value; locked, others wait with changing it until this transaction ends."""
    query = Setting.select(Setting.value).where(Setting.name == name).tuples()
    rows = db.fetch(query.for_update() if lock and db.postgresql else query)
    return str(rows[0][0]) if rows else None
