"""Brings a database up to the newest migration when it is opened (B97)."""

from __future__ import annotations

import secrets
import uuid
from pathlib import Path

from playhouse.migrations import MigrationError, Runner

from storage.database import Database
from storage.records import StoreError

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x636D7431  # of this application among PostgreSQL's advisory locks


def up(db: Database, folder: Path = FOLDER) -> list[str]:
    """Run the pending migrations, all in one transaction, and return their names.

    Of several processes that open at once one does it and the others wait. A database that knows migrations which the
    folder does not have is newer than this program: StoreError.
    """
    runner = Runner(db.peewee, str(folder))
    if not _pending(runner):
        return []
    if db.postgresql:
        return _up_postgresql(db, runner)
    return _up_sqlite(db, runner)


def waiting(url: str, folder: Path = FOLDER) -> list[str]:
    """The names of the migrations that the database has not had; nothing is made or changed. StoreError as `up`."""
    if url.startswith("sqlite:") and not Path(url.removeprefix("sqlite:")).exists():
        return sorted(file.stem for file in folder.glob("[0-9]*.py"))
    db = Database(url, 10.0)
    db.connect()
    try:
        with db.told():
            return _pending(Runner(db.peewee, str(folder)))
    finally:
        db.close()


def _pending(runner: Runner) -> list[str]:
    status = runner.status()
    unknown = [migration.name for migration in status if migration.path is None]
    if unknown:
        raise StoreError(
            f"the database is newer than this program: it has had {', '.join(unknown)}; install the newer version"
        )
    return [migration.name for migration in status if not migration.applied]


def _up_postgresql(db: Database, runner: Runner) -> list[str]:
    with db.transaction():
        db.run("SELECT pg_advisory_xact_lock(?)", (LOCK,))
        return _run(runner)


def _up_sqlite(db: Database, runner: Runner) -> list[str]:
    """Foreign keys rest meanwhile, or a rebuilt table would take its children with it; they are checked at the end.

    Views rest too: SQLite would not let a table be rebuilt that one of them reads.
    """
    db.run("PRAGMA foreign_keys = 0")
    db.run("PRAGMA legacy_alter_table = 1")
    try:
        with db.transaction():
            applied = _run(runner)
            if broken := db.rows("PRAGMA foreign_key_check"):
                raise StoreError(f"migration leaves rows that point to nothing: {broken[:5]}")
            return applied
    finally:
        db.run("PRAGMA legacy_alter_table = 0")
        db.run("PRAGMA foreign_keys = 1")


def _run(runner: Runner) -> list[str]:
    try:
        applied: list[str] = runner.up()
        # failpoint: migrate.applied
    except MigrationError as error:
        raise StoreError(f"migration: {error}") from error
    return applied


def seed(db: Database, first_number: int) -> None:
    """Give a new database its settings: an id and a secret key of its own, and where numbers and versions start."""
    settings = {
        "installation": uuid.uuid4().hex,
        "secret": secrets.token_hex(32),
        "next_number": str(first_number),
        "directory_version": "1",
    }
    if len(db.rows("SELECT name FROM setting")) >= len(settings):
        return
    with db.transaction():
        db.many("INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", settings.items())
        # failpoint: migrate.seeded
