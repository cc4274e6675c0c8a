"""One connection to SQLite or PostgreSQL for each thread, and the few ways in which the store speaks SQL to it.

Statements are written once, with `?` for values, and hold no other question mark and no per cent sign.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import peewee

from storage import faults
from storage.records import StoreBusy, StoreError
from storage.wal import Log

Row = tuple[Any, ...]
UTF8 = "UTF8"  # as PostgreSQL calls it

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    "wal_autocheckpoint": 4000,
    "cache_size": -32_000,
}
"""Durable at commit, readers beside one writer. A log of 16 MB, for a page that many mails change is brought into the
database once. Room for 32 MB of pages: all inner pages of a million tickets' indexes."""
SYNC_LATER = PRAGMAS | {"synchronous": "normal", "wal_autocheckpoint": 32_000}
"""Durable at `sync`; the log is brought in by `storage.upkeep`, and only where nobody does that by a commit."""
LITTLE = "PRAGMA cache_size = -2000"
"""Room for 2 MB of pages."""


@lru_cache(maxsize=512)
def _percent(sql: str) -> str:
    """The statement in psycopg's style of values."""
    return sql.replace("?", "%s")


def in_list(values: Sequence[object]) -> tuple[str, tuple[object, ...]]:
    """The text and values of an SQL list of at least one value.

    It is filled up to the next power of two with its last value, so that few different statements have to be prepared.
    """
    room = 1 << (len(values) - 1).bit_length()
    padded = (*values, *[values[-1]] * (room - len(values)))
    return f"({','.join('?' * room)})", padded


def with_asked(values: Collection[object]) -> tuple[str, tuple[object, ...]]:
    """The text and values of a WITH clause: at least one value, all different, as the column `value` of `asked`.

    `FROM asked CROSS JOIN …` reads what has one of the values by one look at an index for each. For an IN with
    several values SQLite fills a temporary tree first, which costs more than the looks. Filled up with NULL.
    """
    room = 1 << (len(values) - 1).bit_length()
    rows = ", ".join(["(?)"] * room)
    return f"WITH asked (value) AS NOT MATERIALIZED (VALUES {rows})", (*values, *[None] * (room - len(values)))


def with_asked_rows(columns: str, rows: Sequence[Row]) -> tuple[str, tuple[object, ...]]:
    """The same for at least one row with a value for each of the columns, which are parted by commas."""
    room = 1 << (len(rows) - 1).bit_length()
    width = len(rows[0])
    marks = ", ".join([f"({', '.join('?' * width)})"] * room)
    values = chain.from_iterable(rows)
    filled = (*values, *[None] * (width * (room - len(rows))))
    return f"WITH asked ({columns}) AS NOT MATERIALIZED (VALUES {marks})", filled


class Database:
    """A database by its URL: `sqlite:PATH`, `sqlite::memory:` (one thread only) or `postgresql://…`.

    Threads get connections of their own; a process that forks must open its own Database. With `sync_later` a commit
    to SQLite is visible at once and safe from a crash of the program, but safe from a loss of power only after `sync`,
    or after a commit by anybody who opened it without.
    """

    def __init__(self, url: str, busy_seconds: float, *, sync_later: bool = False) -> None:
        self.url = url
        self.postgresql = url.startswith(("postgresql://", "postgres://"))
        self.peewee: Any = _postgresql(url) if self.postgresql else _sqlite(url, busy_seconds, sync_later=sync_later)
        self.busy_seconds = busy_seconds
        self._log = Log(Path(f"{url.removeprefix('sqlite:')}-wal")) if sync_later and not self.postgresql else None

    def connect(self) -> None:
        """Open this thread's connection; SQLite's change to WAL may have to wait for others that open it too.

        StoreError for a database of PostgreSQL's that cannot hold every letter: in SQL_ASCII it gives no text at all.
        """
        last = time.monotonic() + self.busy_seconds
        while True:
            try:
                with faults.told():
                    self.peewee.connect(reuse_if_open=True)
                self._must_hold_every_letter()
                self._watch_the_log()
                return
            except StoreBusy as busy:
                if "locked" not in str(busy) or time.monotonic() > last:
                    raise
                time.sleep(0.02)

    def _watch_the_log(self) -> None:
        if self._log is not None:
            with suppress(OSError):  # `sync` tries again, and tells
                self._log.open()

    def _must_hold_every_letter(self) -> None:
        encoding = self.peewee.connection().info.parameter_status("server_encoding") if self.postgresql else UTF8
        if encoding != UTF8:
            self.close()
            raise StoreError(
                f"the database's encoding is {encoding}: allowed is {UTF8} (createdb -E UTF8 -T template0 …)"
            )

    def hold_little(self) -> None:
        """Keep few pages of SQLite's in memory on this connection: for who reads many, and seldom the same again."""
        if not self.postgresql:
            self.run(LITTLE)

    def sync(self) -> None:
        """Bring all that was committed to the disk, with `sync_later`; nobody's writing waits for it. StoreBusy.

        What a checkpoint took out of the log is on the disk already.
        """
        if self._log is None:
            return
        self._log.sync(self._bring_in)
        # failpoint: database.synced

    def _bring_in(self) -> bool:
        """Bring all of SQLite's log into the database, synced, and begin it anew; False while others are in the way."""
        with faults.told():
            busy, *_ = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        return not busy

    def close(self) -> None:
        """Close this thread's connection."""
        if self._log is not None:
            self._log.close()
        if not self.peewee.is_closed():
            self.peewee.close()

    def run(self, sql: str, values: Sequence[object] = ()) -> Any:
        """The cursor of one executed statement; errors are the driver's, which `told` translates."""
        cursor = self.peewee.cursor()
        cursor.execute(_percent(sql) if self.postgresql else sql, values)
        return cursor

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of a query."""
        found: list[Row] = self.run(sql, values).fetchall()
        return found

    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row of a query, or nothing."""
        cursor = self.run(sql, values)
        found: Row | None = cursor.fetchone()
        cursor.close()  # an unfinished RETURNING would keep SQLite's transaction from committing
        return found

    def insert(self, sql: str, values: Sequence[object]) -> int:
        """The id of the row that an INSERT makes; 0 where another row is in the way and it does nothing.

        SQLite knows the last id by itself, and would fill a temporary tree for RETURNING.
        """
        if self.postgresql:
            row = self.row(f"{sql} RETURNING id", values)
            return int(row[0]) if row else 0
        cursor = self.run(sql, values)
        return int(cursor.lastrowid) if cursor.rowcount else 0

    def many(self, sql: str, rows: Collection[Sequence[object]]) -> int:
        """One statement for each row of values, if there are any; how many rows of the table that wrote."""
        if not rows:
            return 0
        cursor = self.peewee.cursor()
        cursor.executemany(_percent(sql) if self.postgresql else sql, rows)
        # failpoint: database.many-executed
        return int(cursor.rowcount)

    def fetch(self, query: Any) -> list[Any]:
        """What a peewee query finds."""
        return list(query.bind(self.peewee))

    def execute(self, query: Any) -> int:
        """Execute a peewee insert, update or delete; the new row's id, or how many rows it was."""
        return int(query.bind(self.peewee).execute())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside become visible together or not at all; inside another one it is a savepoint of it.

        SQLite's is IMMEDIATE: one that reads and then writes would be told "locked" at once. Errors come as the
        store's own.
        """
        with self.told(), self.peewee.atomic():
            yield
            # failpoint: database.before-commit
        # failpoint: database.committed

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several queries on SQLite see one state and lock the file once; PostgreSQL needs nothing."""
        with self.told():
            if self.postgresql or self.peewee.in_transaction():
                yield
            else:
                with self.peewee.transaction("DEFERRED"):
                    yield

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Several queries see one state, on both; nothing is written inside."""
        if not self.postgresql:
            with self.reading():
                yield
            return
        with self.transaction():
            self.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield

    def told(self) -> _Told:
        """Errors as the store's own; a connection that broke is dropped, so that the next call makes a new one."""
        return _Told(self)

    def drop_broken(self) -> None:
        """Forget this thread's connection if it broke, unless a transaction around still has to fail with it."""
        if self.postgresql and not self.peewee.is_connection_usable() and not self.peewee.in_transaction():
            self.peewee.close()


class _Told:
    """The context of `Database.told`; each call of the store enters some, so that it is no generator."""

    __slots__ = ("_db",)

    def __init__(self, db: Database) -> None:
        self._db = db

    def __enter__(self) -> None:
        """Nothing to do yet."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is None:
            return
        told = error if isinstance(error, StoreBusy) else faults.of(error)
        if isinstance(told, StoreBusy):
            self._db.drop_broken()
        if told is not None and told is not error:
            raise told from error


def _sqlite(url: str, busy_seconds: float, *, sync_later: bool) -> peewee.Database:
    path = url.removeprefix("sqlite:")
    if path == url or not path:
        raise StoreError(f"database {url!r}: allowed are sqlite:PATH, sqlite::memory: and postgresql://…")
    if path != ":memory:":
        _make_file(Path(path))
    pragmas = SYNC_LATER if sync_later else PRAGMAS
    return peewee.SqliteDatabase(path, pragmas=pragmas, timeout=busy_seconds, lock_type="IMMEDIATE")


def _make_file(path: Path) -> None:
    """The folder and an empty file that its owner alone can read, as what SQLite puts beside it will be then."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder of the database cannot be made: {error}") from error
    with suppress(OSError):  # one that is there, or that cannot be had: SQLite says what is wrong with it
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _postgresql(url: str) -> peewee.Database:
    try:
        import psycopg  # noqa: F401  # an optional extra: asked for only where it is used
    except ImportError as error:
        raise StoreError("postgresql:// needs psycopg: install cmt-email-connector[postgresql]") from error
    return peewee.PostgresqlDatabase(url.replace("postgres://", "postgresql://", 1), prefer_psycopg3=True)
