"""A copy of the whole database while it is in use (B97)."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from storage import faults
from storage.records import StoreError

PAGES, PAUSE_SECONDS = 256, 0.005
"""What is copied at a time, a MB; nobody who writes waits for longer than that takes."""
MOST_RESTARTS = 20
Step = Callable[[int, int], None]
"""Called with the pages that are copied and all pages."""


def backup(url: str, file: Path, step: Step = lambda done, all_: None) -> None:
    """Write a copy, as it is at one moment, to a file that is not there; StoreError says what is in the way.

    SQLite's can be opened as it is, PostgreSQL's is an archive for pg_restore.
    """
    if url.startswith("sqlite:"):
        _sqlite(url.removeprefix("sqlite:"), file, step)
    else:
        _postgresql(url, file)


def _sqlite(path: str, file: Path, step: Step) -> None:
    """Copy by SQLite's own backup, inside one read transaction: writers go on, and it never has to begin anew."""
    if not Path(path).is_file():
        raise StoreError(f"{path}: there is no database to back up yet")
    with faults.told(), closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(file)) as target:
        source.execute("PRAGMA query_only = 1")
        source.execute("BEGIN")
        source.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # from here on this moment is read
        source.backup(target, pages=PAGES, progress=lambda _, left, all_: step(all_ - left, all_), sleep=PAUSE_SECONDS)
        target.execute("PRAGMA journal_mode = delete")  # one file, without a log beside it


def _postgresql(url: str, file: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise StoreError(
            "pg_dump is not installed here: install PostgreSQL's client programs (Debian: postgresql-client), or run "
            "`pg_dump -Fc` on the database's own machine"
        )
    done = subprocess.run(
        [program, "--format=custom", f"--file={file}", "--dbname", url], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StoreError(f"pg_dump could not back up: {done.stderr.strip()}")
