"""A small database of every version there ever was, as texts beside this file (B97).

`python -m tests.storage.versions` writes those of the newest migration; do so when you add one, and keep the others.
"""

from __future__ import annotations

import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from storage import migrate
from storage.store import Store
from tests import postgres
from tests.storage import make
from tests.storage.filled import fill

FOLDER = Path(__file__).parent / "versions"
SHADOWS = ("_data", "_idx", "_content", "_docsize", "_config")
"""What FTS5 calls the tables in which it keeps its own."""
IDENTITY = "UPDATE setting SET value = '{}' WHERE name = '{}'"


def newest() -> str:
    """The number of the newest migration, `0003`."""
    return max(file.stem for file in migrate.FOLDER.glob("0*.py"))[:4]


def file(number: str, backend: str) -> Path:
    """The text of a version."""
    return FOLDER / f"{number}.{backend}.sql"


def load(number: str, backend: str, url: str) -> None:
    """Make the database of a version in an empty one."""
    text = file(number, backend).read_text(encoding="utf-8")
    if backend == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite:"), isolation_level=None)
        connection.executescript(text)
        connection.close()
        return
    import psycopg  # an optional extra

    with psycopg.connect(url, autocommit=True) as made:
        made.execute(text.encode())


def dump_sqlite(path: Path) -> Iterator[str]:
    """All statements that make the database anew, the full-text index by its own tables."""
    connection = sqlite3.connect(path)
    made = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    objects = [(type_, name, sql) for type_, name, sql in made if not name.startswith("sqlite_")]
    virtual = [name for _, name, sql in objects if sql.startswith("CREATE VIRTUAL")]
    shadows = {name + end for name in virtual for end in SHADOWS}
    yield "PRAGMA journal_mode = wal;\nBEGIN;"
    for type_, name, sql in objects:
        if type_ == "table" and name not in shadows:
            yield f"{sql};"
    for type_, name, _ in objects:
        if type_ == "table" and name not in virtual:
            if name in shadows:
                yield f"DELETE FROM {name};"
            yield from _rows(connection, name)
    for type_, _, sql in objects:
        if type_ != "table":
            yield f"{sql};"
    yield "COMMIT;"


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    quoted = " || ', ' || ".join(f"quote({column})" for column in columns)
    for (values,) in connection.execute(f"SELECT {quoted} FROM {table} ORDER BY 1"):
        yield f"INSERT INTO {table} VALUES ({values});"


def dump_postgresql(server: postgres.Server, database: str) -> str:
    """The text that pg_dump makes, without what only psql understands."""
    options = ["--no-owner", "--inserts", "--rows-per-insert=100", "-h", str(server.folder), "-U", postgres.ACCOUNT]
    program = server.programs / "pg_dump"
    made = subprocess.run([program, *options, database], capture_output=True, text=True, check=True, cwd="/").stdout
    lines = (line for line in made.split("\n") if line and not line.startswith(("--", "\\")))
    return "\n".join(lines) + "\n"


def _filled(url: str) -> None:
    store = Store.open(url)
    fill(store)
    if hasattr(store, "index"):  # not in the versions before it
        store.index(60)
        store.set_labels("0500-1001", ["waits for the index"], [], make.ADMIN)
    with store.db.transaction():
        store.db.run(IDENTITY.format("0" * 32, "installation"))
        store.db.run(IDENTITY.format("0" * 64, "secret"))
    store.close()


def main() -> None:
    """Write the newest version's two texts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tickets.db"
        _filled(f"sqlite:{path}")
        file(newest(), "sqlite").write_text("\n".join(dump_sqlite(path)) + "\n", encoding="utf-8")
    with postgres.running() as server:
        database = server.create()
        _filled(server.url(database))
        file(newest(), "postgresql").write_text(dump_postgresql(server, database), encoding="utf-8")


if __name__ == "__main__":
    main()
