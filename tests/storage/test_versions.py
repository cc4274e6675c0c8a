"""A database of every earlier version is brought up to the newest, and nothing in it is lost (B97)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from storage import migrate, views
from storage.database import Database
from storage.store import Store
from tests.storage import make, versions

NUMBERS = sorted({file.name[:4] for file in versions.FOLDER.glob("*.sql")})
BEFORE_THE_FIRST_STORE = ("0001",)
"""Tables without their views: no program was ever released with these alone."""
SETTING = "0500-2000"
"""The next number of each of these databases."""

Rows = dict[str, Counter[tuple[Any, ...]]]


def _columns(db: Database, table: str) -> list[str]:
    return [str(column[0]) for column in db.run(f"SELECT * FROM {table} WHERE 1 = 0").description]


def _rows(db: Database, columns: dict[str, list[str]]) -> Rows:
    """Every row of tables and views, these columns of them."""
    return {
        name: Counter(
            tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
            for row in db.rows(f"SELECT {', '.join(named)} FROM {name}")
        )
        for name, named in columns.items()
    }


def _tables(db: Database) -> dict[str, list[str]]:
    """The columns of each table but those that index and migrations keep for themselves, and of each view."""
    own = ("schema_migration", "ticket_words", "sqlite_")
    named = [name for name in db.peewee.get_tables() if not name.startswith(own)]
    return {name: _columns(db, name) for name in (*named, *views.COLUMNS)}


@pytest.fixture(params=NUMBERS)
def number(request: pytest.FixtureRequest) -> str:
    """A version, by its migration."""
    return str(request.param)


def test_versions__each_migration_left_its_database() -> None:
    """B97: whoever adds a migration adds the database as it is after it: `python -m tests.storage.versions`."""
    migrations = {file.stem[:4] for file in migrate.FOLDER.glob("0*.py")}.difference(BEFORE_THE_FIRST_STORE)
    assert migrations == set(NUMBERS)
    assert all(versions.file(number, backend).exists() for number in NUMBERS for backend in ("sqlite", "postgresql"))


def test_versions__rows_stay_as_they_are(number: str, backend: str, empty_url: str) -> None:
    """B97: brought up to the newest version, every row of every table and view is what it was."""
    versions.load(number, backend, empty_url)
    db = Database(empty_url, 10.0)
    db.connect()
    columns = _tables(db)
    before = _rows(db, columns)
    assert all(before[name] for name in columns)

    ran = migrate.up(db)

    queued = before.pop("search_queue", None)
    after = _rows(db, columns)
    assert queued is None or queued <= after.pop("search_queue")  # a migration may have more to index
    assert after == before
    assert [name[:4] for name in ran] == [one for one in NUMBERS if one > number]
    db.close()


def test_versions__go_on_living(number: str, backend: str, empty_url: str) -> None:
    """B70, B97: on a database brought up, mail is filed, tickets are opened, found and sent, as on a new one."""
    versions.load(number, backend, empty_url)
    store = Store.open(empty_url)
    opened = make.open_ticket(store, outgoing=(make.outgoing("a@x.example", message_id="<new@x.example>"),))
    assert opened.number == SETTING
    store.file(make.reply(store.facts(make.Wanted()), make.by_number(store, "0500-1000")))
    store.set_status("0500-1000", "Hold", make.ADMIN)
    assert make.by_number(store, "0500-1003").number == "0500-1000"  # merged twice over
    assert store.index(60) == 0
    assert "0500-1000" in [row["number"] for row in store.tickets(views.TicketFilter(search="broken"))]
    assert [drop.address for parcel in store.claim_deliveries(make.LATER, 50, 60, "x") for drop in parcel.drops]
    store.close()
