"""What the store tells of alarms, addresses and times, on a real one (B106)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.config.settings import Settings
from connector.doctor import ledger
from connector.doctor.findings import Finding
from connector.people import read_people
from storage import alarms
from storage.changes import Author
from storage.records import NewRecipient
from storage.store import Store
from tests.doctor.conftest import told
from tests.house import PEOPLE
from tests.storage import make, versions

NOW = make.NOW + timedelta(hours=1)
FINE = [("ok", "store"), ("ok", "PublicEmailAddress")]


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """The store of the settings, with people."""
    opened = Store.open(settings.store.database)
    opened.import_people(read_people(PEOPLE, settings.groups))
    yield opened
    opened.close()


def look(settings: Settings) -> list[Finding]:
    return list(ledger.check(settings, NOW))


def test_store__that_is_not_there_is_not_made(settings: Settings) -> None:
    """B106: before the first start."""
    assert told(look(settings)) == [("skipped", "store")]
    assert not Path(settings.store.database.partition(":")[2]).exists()


def test_store__of_an_older_version_is_left_as_it_is(settings: Settings) -> None:
    """B106, B97: doctor runs no migration."""
    versions.load("0002", "sqlite", settings.store.database)
    assert told(look(settings)) == told(look(settings)) == [("warning", "store")]


def test_store__that_is_broken_or_away(settings: Settings, tmp_path: Path) -> None:
    """B106: it is told, not raised."""
    (tmp_path / "tickets.db").write_bytes(b"no database at all" * 100)
    assert told(look(settings)) == [("problem", "store")]
    away = replace(settings, store=replace(settings.store, database="postgresql://x@127.0.0.1:1/none"))
    assert told(look(away)) == [("problem", "store")]


def test_store__that_is_well(settings: Settings, store: Store) -> None:
    """B106."""
    assert told(look(settings)) == FINE


def test_alarms__that_stand(settings: Settings, store: Store) -> None:
    """B106, B107: as a rule that was switched off for its time limit, until it is over."""
    alarms.raise_(store.db, "rule outlook-mobile", "The rule took too long", NOW)
    assert ("warning", "alarm rule outlook-mobile") in told(look(settings))
    alarms.end(store.db, "rule outlook-mobile", NOW)
    assert told(look(settings)) == FINE


def test_clock__that_was_set_back(settings: Settings, store: Store) -> None:
    """B106: by the newest mail there is."""
    make.open_ticket(store)
    assert told(look(settings)) == FINE
    assert ("problem", "clock") in told(ledger.check(settings, make.NOW - timedelta(hours=1)))


def test_default_manager(settings: Settings, store: Store) -> None:
    """B106: nobody, one who is not active, an employee."""
    for manager, found in (
        ("nobody@company.example", [("problem", "DefaultManager")]),
        ("dave@company.example", [("problem", "DefaultManager")]),
        ("Alice@company.example", []),
    ):
        own = replace(settings, tickets=replace(settings.tickets, default_manager=manager))
        assert [one for one in told(look(own)) if one not in FINE] == found, manager


def test_public_address__that_is_missing(settings: Settings, store: Store) -> None:
    """B106, B12: one of our domain is written to as if it were a customer; until the INI or the directory knows it."""
    ticket = make.open_ticket(store)
    author = Author("administrator", datetime.now(UTC))
    joining = [
        NewRecipient("external", "to", address)
        for address in ("sales@example.com", "support+7@example.com", "x@notexample.com", "jane@acme.example")
    ]
    store.add_recipients(ticket.number, joining, author)
    [found] = [one for one in look(settings) if one.level != "ok"]
    assert (found.about, "sales@example.com" in found.what) == ("PublicEmailAddress", True)
    connector = settings.connector
    for mended in (
        replace(connector, public_addresses=("support@example.com", "sales@example.com")),
        replace(connector, never_add=("sales@example.com",)),
    ):
        assert told(look(replace(settings, connector=mended))) == FINE
    with sqlite3.connect(settings.store.database.partition(":")[2]) as database:
        database.execute("UPDATE employee SET email2 = 'sales@example.com' WHERE email1 = 'alice@company.example'")
    assert told(look(settings)) == FINE
