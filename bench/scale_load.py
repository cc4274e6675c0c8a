"""Stores filled in bulk with `bench.scale_rows`, kept in a folder so that a run can be repeated."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.options import note
from bench.scale_rows import COLUMNS, FIRST_NUMBER, Generator, Row, Rows, people
from storage.store import Store
from storage.words import tsvector
from tests import postgres

BATCH = 5000  # tickets
FORM = 2  # of the rows; raised where they change, so that a kept database is loaded anew

FAST_SQLITE = ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = 0", "cache_size = -2000000")
NEXT_NUMBER = "UPDATE setting SET value = '{}' WHERE name = 'next_number'"
SETTINGS = ("shared_buffers=1GB", "maintenance_work_mem=512MB", "max_wal_size=4GB")
"""What anybody with a million tickets gives PostgreSQL."""
INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)
"""
WITH_IDS = ("employee", "account", "contact", "ticket", "recipient", "mail", "entry", "message", "outgoing", "delivery")


@contextmanager
def store(backend: str, folder: Path, tickets: int) -> Iterator[str]:
    """The URL of a store with so many tickets: loaded now, or earlier where the folder still holds it."""
    place = folder / f"{backend}-{tickets}"
    with (_postgresql if backend == "postgresql" else _sqlite)(place, tickets) as url:
        yield url


def _sign(tickets: int) -> str:
    """What a kept database must have been made of; migrations that came later run when it is opened."""
    return f"{FORM} {tickets}"


@contextmanager
def _sqlite(place: Path, tickets: int) -> Iterator[str]:
    url = f"sqlite:{place}/tickets.db"
    if _is_fresh(place, tickets):
        Store.open(url).close()
        _load_sqlite(place / "tickets.db", tickets)
        (place / "loaded").write_text(_sign(tickets))
    _warm(place / "tickets.db")
    yield url


def _warm(file: Path) -> None:
    """Have the file in memory, as that of a store in use is."""
    with file.open("rb") as opened:
        while opened.read(1 << 24):
            pass


def _is_fresh(place: Path, tickets: int) -> bool:
    """Whether the place has to be filled, as that of the empty store always; what it held before is removed."""
    sign = place / "loaded"
    if tickets and sign.exists() and sign.read_text() == _sign(tickets):
        return False
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    return True


def _load_sqlite(file: Path, tickets: int) -> None:
    db = sqlite3.connect(file, isolation_level=None)
    for pragma in FAST_SQLITE:
        db.execute(f"PRAGMA {pragma}")
    db.execute("INSERT INTO ticket_words (ticket_words, rank) VALUES ('hashsize', 67108864)")
    indexes = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    for rows in _batches(tickets):
        db.execute("BEGIN")
        for table, of_table in rows.items():
            _insert(db, table, of_table)
        db.execute("COMMIT")
    note("  indexes")
    for _, sql in indexes:
        db.execute(sql)
    db.execute(NEXT_NUMBER.format(FIRST_NUMBER + tickets))
    _merge(db)
    db.execute("PRAGMA journal_mode = WAL")
    db.close()


def _insert(db: sqlite3.Connection, table: str, rows: list[Row]) -> None:
    columns = COLUMNS[table]
    if table == "ticket_words":
        columns = columns.replace("ticket_id", "rowid")
        rows = [(id_, " ".join(document)) for id_, document in rows]  # type: ignore[arg-type]
    marks = ", ".join("?" * len(columns.split(",")))
    db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _merge(db: sqlite3.Connection) -> None:
    """Bring the index to the state in which the service's upkeep leaves it."""
    db.execute("INSERT INTO ticket_words (ticket_words, rank) VALUES ('hashsize', 1048576)")
    before = -2
    while db.total_changes - before >= 2:
        before = db.total_changes
        db.execute("INSERT INTO ticket_words (ticket_words, rank) VALUES ('merge', 10000)")


@contextmanager
def _postgresql(place: Path, tickets: int) -> Iterator[str]:
    programs = postgres.programs()
    assert programs is not None, "PostgreSQL's programs are not here"
    fresh = _is_fresh(place, tickets)
    server = postgres.Server(place.resolve(), programs)
    if fresh:
        if os.geteuid() == 0:
            shutil.chown(place, postgres.ACCOUNT, postgres.ACCOUNT)
        server.make()
    server.start(*SETTINGS)
    try:
        url = server.url("postgres")
        if fresh:
            Store.open(url).close()
            _load_postgresql(url, tickets)
            (place / "loaded").write_text(_sign(tickets))
        yield url
    finally:
        server.run("pg_ctl", "-D", f"{place.resolve()}/data", "-m", "fast", "-w", "stop")


def _load_postgresql(url: str, tickets: int) -> None:
    import psycopg  # an optional extra

    with psycopg.connect(url, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")  # no foreign keys are checked
        indexes = db.execute(INDEXES).fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        for rows in _batches(tickets):
            with db.transaction():
                for table, of_table in rows.items():
                    _copy(db, table, of_table)
        note("  indexes")
        for _, sql in indexes:
            db.execute(sql)
        for table in WITH_IDS:
            db.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")
        db.execute(NEXT_NUMBER.format(FIRST_NUMBER + tickets))
        db.execute("VACUUM ANALYZE")


def _copy(db: Any, table: str, rows: list[Row]) -> None:
    if not rows:
        return
    with db.cursor().copy(f"COPY {table} ({COLUMNS[table]}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((row[0], tsvector(row[0], row[1])) if table == "ticket_words" else row)  # type: ignore[arg-type]


def _batches(tickets: int) -> Iterator[Rows]:
    """People, then the tickets some thousands at a time; says how far it is."""
    started = time.monotonic()
    yield people()
    if not tickets:
        return
    for i, rows in enumerate(Generator(tickets).batches(BATCH), 1):
        yield rows
        if i % 20 == 0:
            note(f"  {i * BATCH} of {tickets} tickets, {time.monotonic() - started:.0f} s")
