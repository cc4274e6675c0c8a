"""Opening a store: migrations, what a new one gets, and what the schema promises."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from storage import migrate, views
from storage.models import TABLES
from storage.records import NewRecipient, StoreError, Wanted
from storage.store import Store
from tests.storage import make


def test_open__new_store_gets_an_identity_that_stays(empty_url: str) -> None:
    """B12, B97: an installation has an id and a secret key of its own from its first start on."""
    first = Store.open(empty_url)
    second = Store.open(empty_url)
    assert (second.installation, second.secret) == (first.installation, first.secret)
    assert (len(first.installation), len(first.secret)) == (32, 32)
    first.close()
    second.close()


def test_open__first_number_counts_for_a_new_store_alone(empty_url: str) -> None:
    """B90: the counter starts at FirstNumber; afterwards the setting does not move it."""
    Store.open(empty_url, number_prefix="0700", first_number=42).close()
    store = Store.open(empty_url, number_prefix="0700", first_number=1)
    assert store.facts(Wanted()).next_number == "0700-0042"
    store.close()


def test_open__migrations_run_once(empty_url: str) -> None:
    """B97: numbered migrations run at start, each once, in order."""
    store = Store.open(empty_url)
    applied = [name for (name,) in store.db.rows("SELECT name FROM schema_migration ORDER BY id")]
    assert applied == sorted(file.stem for file in migrate.FOLDER.glob("0*.py"))
    assert migrate.up(store.db) == []
    store.close()


def test_open__database_that_is_newer_is_refused(fresh: Store, empty_url: str) -> None:
    """B97: a database that a newer program migrated is left alone, and the message says what to do."""
    with fresh.db.transaction():
        fresh.db.run(
            "INSERT INTO schema_migration (name, applied) VALUES (?, ?)", ("9999_later", "2030-01-01 00:00:00")
        )
    with pytest.raises(StoreError, match=r"newer than this program: it has had 9999_later; install the newer version"):
        Store.open(empty_url)


def test_migrate__failing_migration_leaves_nothing(fresh: Store, tmp_path: Path) -> None:
    """B97: of several pending migrations all run, or none leaves a trace."""
    folder = Path(shutil.copytree(migrate.FOLDER, tmp_path / "migrations"))
    up = "def up(migrator, db):\n    db.execute_sql('{}')\n"
    (folder / "0900_good.py").write_text(up.format("CREATE TABLE extra (id INTEGER)"))
    (folder / "0901_bad.py").write_text(up.format("CREATE TABLE setting (id INTEGER)"))
    with pytest.raises(StoreError):
        migrate.up(fresh.db, folder)
    assert "extra" not in fresh.db.peewee.get_tables()
    assert fresh.facts(Wanted()).next_number == "0500-1000"


def test_migrate__data_survives_the_next_one(fresh: Store, tmp_path: Path) -> None:
    """B97: a table that a later migration rebuilds keeps its rows, and what points to them."""
    ticket = make.open_ticket(fresh)
    folder = Path(shutil.copytree(migrate.FOLDER, tmp_path / "migrations"))
    (folder / "0900_mood.py").write_text(
        "from peewee import TextField\n\n\ndef up(migrator, db):\n"
        "    migrator.migrate(migrator.add_column('entry', 'mood', TextField(default='')))\n"
        "    migrator.migrate(migrator.drop_not_null('entry', 'text'))\n"
    )
    assert migrate.up(fresh.db, folder) == ["0900_mood"]
    assert fresh.db.rows("SELECT ticket_id, mood FROM entry") == [(ticket.id, "")]
    assert [message.ticket_id for message in make.by_number(fresh, ticket.number).thread] == [ticket.id]
    assert [entry["kind"] for entry in fresh.history(ticket.number)] == ["email"]


def test_open__wrong_url_is_refused() -> None:
    """B100: a URL of another database is an error that names what is allowed."""
    with pytest.raises(StoreError, match="allowed are sqlite:PATH"):
        Store.open("mysql://localhost/tickets")


def test_open__folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """B100: the message names the folder that is in the way."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        Store.open(f"sqlite:{tmp_path}/file/tickets.db")


def test_models__agree_with_the_tables(store: Store) -> None:
    """B97: the models that commands use have the very columns that the migrations made."""
    for model in TABLES:
        meta: Any = model._meta
        columns = {column.name: column.null for column in store.db.peewee.get_columns(meta.table_name)}
        assert {f.column_name: bool(f.null) for f in meta.sorted_fields} == columns, meta.table_name


def test_views__have_exactly_the_columns_of_the_interface(store: Store) -> None:
    """B97: the four stable views, column by column, in order."""
    for view, columns in views.COLUMNS.items():
        cursor = store.db.run(f"SELECT * FROM {view}")
        assert [column[0] for column in cursor.description] == columns.split()


WRONG_ROWS = [
    "UPDATE ticket SET account_id = 99",
    "UPDATE ticket SET status = 'Sleeping'",
    "UPDATE ticket SET status = 'Completed'",
    "UPDATE ticket SET closed_at = '2026-11-23T22:18:13.123Z'",
    "UPDATE ticket SET unread = 2",
    "UPDATE ticket SET merged_into_id = id",
    "UPDATE entry SET direction = 'up'",
    "UPDATE entry SET ticket_id = 99",
    "UPDATE delivery SET state = 'lost'",
    "UPDATE delivery SET state = 'sent'",
    "UPDATE delivery SET next_try_at = NULL",
    "UPDATE recipient SET type = 'from'",
    "UPDATE recipient SET list = 'employee'",
    "UPDATE mail SET outcome = 'gone'",
    "DELETE FROM entry",
    "DELETE FROM ticket",
]


@pytest.mark.parametrize("sql", WRONG_ROWS)
def test_tables__refuse_what_cannot_be(store: Store, sql: str) -> None:
    """B91, B97: keys and constraints hold for whoever writes."""
    make.open_ticket(
        store,
        outgoing=(make.outgoing("a@x.example"),),
        recipients=(NewRecipient("external", address="a@x.example"),),
    )
    with pytest.raises(make.REFUSED):
        store.db.run(sql)


def test_sqlite__checks_of_a_mail_s_tables_need_no_temporary_tree(tmp_path: Path) -> None:
    """B97: their lists are spelled out, value by value, in a schema that SQLite finds sound."""
    store = Store.open(f"sqlite:{tmp_path}/tickets.db")
    texts = dict(store.db.rows("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
    for table in ("ticket", "recipient", "mail", "entry", "outgoing", "delivery"):
        assert re.search(r" IN \(('[^']*',\s*){2}", texts[table]) is None
    assert "(type = 'to' OR type = 'cc' OR type = 'bcc')" in texts["recipient"]
    assert store.db.rows("PRAGMA integrity_check") == [("ok",)]
    assert store.db.rows("PRAGMA writable_schema") == [(0,)]
    store.close()


def test_sqlite__is_durable_at_commit(tmp_path: Path) -> None:
    """B2, B70: write-ahead log, a sync at every commit, foreign keys on."""
    store = Store.open(f"sqlite:{tmp_path}/tickets.db")
    pragmas = [store.db.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert pragmas == ["wal", 2, 1]
    store.close()


def test_sqlite__in_memory_serves_tests() -> None:
    """B105: a store in memory leaves nothing on disk."""
    store = Store.open("sqlite::memory:")
    assert make.open_ticket(store).number == "0500-1000"
    store.close()
