"""The database locked, away, full, or odd."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import peewee
import pytest

from storage import faults, migrate
from storage.records import FactsMoved, StoreBusy, StoreError, Wanted
from storage.store import Store
from tests import postgres
from tests.fakes import disk
from tests.storage import make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where an SQLite store of the test lies."""
    return tmp_path / "tickets.db"


def test_locked__filing_is_told_to_come_back(file: Path) -> None:
    """B3: while another process holds the lock a filing is StoreBusy, and goes through afterwards."""
    store = Store.open(f"sqlite:{file}", busy_seconds=0.05)
    filing = make.opening(store.facts(Wanted()))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked by another process"):
        store.file(filing)
    other.execute("ROLLBACK")
    other.close()
    assert not store.file(filing).repeated
    store.close()


@pytest.mark.parametrize(("sync_later", "level"), [(False, 2), (True, 1)])
def test_sync_later__is_asked_for(file: Path, sync_later: bool, level: int) -> None:
    """B70: a commit waits for the disk (FULL), but for those who promise to sync (NORMAL)."""
    store = Store.open(f"sqlite:{file}", sync_later=sync_later)
    assert store.db.rows("PRAGMA synchronous") == [(level,)]
    store.close()
    store.sync()  # the log is gone with the last connection: everything is in the database


def test_sync__failing_disk_is_busy(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B70: a log that cannot be brought to the disk is StoreBusy, and says so."""
    store = Store.open(f"sqlite:{file}", sync_later=True)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", disk.fails)
        with pytest.raises(StoreBusy, match=r"tickets\.db-wal: Input/output error"):
            store.sync()
    store.sync()
    store.close()


def test_sync__that_failed_is_not_tried_again_on_the_same_log(file: Path) -> None:
    """B70: the log is brought into the database instead, which takes until nobody reads what is in it."""
    store, other = Store.open(f"sqlite:{file}", sync_later=True, busy_seconds=0.05), Store.open(f"sqlite:{file}")
    broken = disk.Disk("fsync", where="-wal", times=1)
    with broken.in_place():
        store.file(make.opening(store.facts(Wanted())))
        with pytest.raises(StoreBusy):
            store.sync()
        with other.db.reading():
            other.counts()
            for _ in range(2):
                with pytest.raises(StoreBusy, match="others still read it"):
                    store.sync()
        assert len([path for _, path in broken.synced if path.endswith("-wal")]) == 1
        store.sync()
    assert other.db.rows("PRAGMA wal_checkpoint(PASSIVE)") == [(0, 0, 0)]
    assert make.count_rows(other)["mail"] == 1
    store.close()
    other.close()


def test_locked__facts_and_idle_courier_go_on(file: Path) -> None:
    """B3: reading waits for no writer."""
    store = Store.open(f"sqlite:{file}", busy_seconds=0.05)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert store.facts(Wanted()).next_number == "0500-1000"
    assert store.claim_deliveries(make.NOW, 10, 60, "courier") == []
    other.close()
    store.close()


def test_full__disk_is_busy_and_nothing_is_half_there(file: Path) -> None:
    """B70: a full disk in the middle of a filing is StoreBusy; with room again the same filing goes through."""
    store = Store.open(f"sqlite:{file}")
    filing = make.opening(store.facts(Wanted()), entry=make.entry(text="x" * 1_000_000))
    pages = store.db.rows("PRAGMA page_count")[0][0]
    store.db.run(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(StoreBusy, match="disk of the database is full"):
        store.file(filing)
    store.db.run("PRAGMA max_page_count = 1000000")
    assert set(make.count_rows(store).values()) == {0}
    assert not store.file(filing).repeated
    store.close()


def test_full__batch_of_filings_is_busy(file: Path) -> None:
    """B70: a full disk that ends the transaction of several filings ends all of them."""
    store = Store.open(f"sqlite:{file}")
    small = make.opening(store.facts(Wanted()))
    pages = store.db.rows("PRAGMA page_count")[0][0]
    store.db.run(f"PRAGMA max_page_count = {pages + 20}")

    def file_two() -> None:
        with store.batch():
            store.file(small)
            store.file(make.opening(store.facts(Wanted()), entry=make.entry(text="x" * 1_000_000)))

    with pytest.raises(StoreBusy):
        file_two()
    assert set(make.count_rows(store).values()) == {0}
    store.close()


def test_away__file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """B3: a database that cannot be opened is StoreBusy with the reason, at once."""
    (tmp_path / "tickets.db").mkdir()
    with pytest.raises(StoreBusy, match="cannot be opened"):
        Store.open(f"sqlite:{tmp_path}/tickets.db")


@pytest.mark.postgresql
@pytest.mark.usefixtures("server")  # skips where there are no programs
def test_away__postgresql_that_restarts_is_found_again() -> None:
    """B3: a server that stops in mid-transaction is StoreBusy, then too; back again, the same filing goes through."""
    with postgres.running() as server:
        store = Store.open(server.url(server.create()), busy_seconds=0.05)
        filing = make.opening(store.facts(Wanted()))

        def file_while_it_stops() -> None:
            with store.batch():
                store.file(filing)
                server.stop()

        with pytest.raises(StoreBusy):
            file_while_it_stops()
        with pytest.raises(StoreBusy):
            store.facts(Wanted())
        server.start()
        assert not store.file(filing).repeated
        store.close()


@pytest.mark.parametrize("text", ["\0", "\udcff"])
def test_text__that_databases_refuse_is_an_error_or_stored(store: Store, text: str) -> None:
    """B8: NUL and lone surrogates, which the mail parser takes out, leave nothing half written."""
    filing = make.opening(store.facts(Wanted()), entry=make.entry(text=text))
    try:
        store.file(filing)
    except StoreError:
        assert set(make.count_rows(store).values()) == {0}
    else:
        assert make.count_rows(store)["entry"] == 1


def raised(error: Callable[[], None]) -> Exception:
    """An error with its chain, as raised."""
    try:
        error()
    except Exception as caught:
        return caught
    raise AssertionError("nothing was raised")


def test_translated__truth_behind_cannot_rollback() -> None:
    """B70: a full disk that shows up as "cannot rollback" is told as a full disk."""

    def full_then_rollback() -> None:
        try:
            raise sqlite3.OperationalError("database or disk is full")
        except sqlite3.OperationalError:
            raise peewee.OperationalError("cannot rollback - no transaction is active")  # noqa: B904  # as peewee does

    assert isinstance(faults.translated(raised(full_then_rollback)), StoreBusy)


def test_translated__what_was_told_before_is_not_told_again() -> None:
    """B70: an error raised while an earlier StoreBusy is handled is told for itself."""

    def busy_then_wrong() -> None:
        try:
            raise StoreBusy("locked") from sqlite3.OperationalError("database is locked")
        except StoreBusy:
            raise peewee.IntegrityError("CHECK constraint failed")  # noqa: B904  # the case itself

    told = faults.translated(raised(busy_then_wrong))
    assert type(told) is StoreError


def test_told__other_errors_pass() -> None:
    """B70: what is no fault of a database stays what it is."""
    with pytest.raises(ZeroDivisionError), faults.told():
        _ = 1 / 0
    with pytest.raises(FactsMoved), faults.told():
        raise FactsMoved("x")


def test_open__nobody_else_can_read_the_file(tmp_path: Path) -> None:
    """B102: what mails say is for the service's own user, whatever the umask is."""
    store = Store.open(f"sqlite:{tmp_path / 'tickets.db'}")
    store.counts()
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("tickets.db*")} == {0o600}


@pytest.mark.postgresql
def test_odd__database_that_cannot_hold_every_letter(server: postgres.Server) -> None:
    """B97: what `createdb` makes where the locale is C is refused with what to do, and nothing is made in it."""
    url = server.url(server.create("template0 ENCODING SQL_ASCII LC_COLLATE 'C' LC_CTYPE 'C'"))
    for attempt in (Store.open, migrate.waiting):
        with pytest.raises(StoreError, match=r"encoding is SQL_ASCII: allowed is UTF8 \(createdb -E UTF8"):
            attempt(url)
