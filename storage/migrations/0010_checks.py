"""Checks that cost SQLite nothing: `x = 'a' OR x = 'b'` instead of `x IN ('a', 'b')`.

For a list of three or more SQLite fills a temporary tree, for each row that is written: more work than the row itself.
The checks allow what they allowed. SQLite has no statement to change one; where only the text of a table changes, and
nothing of what is stored, its manual has it changed in the schema ("Making Other Kinds Of Table Schema Changes").
PostgreSQL compares with a list as it stands.
"""

from __future__ import annotations

import re
from typing import Any

from peewee import PostgresqlDatabase

TABLES = ("ticket", "recipient", "mail", "entry", "outgoing", "delivery")
"""Those of which rows are written for each mail."""
LIST = re.compile(r"(\w+) IN \((('[^']*'), ('[^']*'),[^)]*)\)")
"""A column and its list of three values or more."""


def up(migrator: Any, db: Any) -> None:
    """Write the checks of the tables anew."""
    if isinstance(db, PostgresqlDatabase):
        return
    (version,) = db.execute_sql("PRAGMA schema_version").fetchone()
    db.execute_sql("PRAGMA writable_schema = 1")
    for table in TABLES:
        (text,) = db.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        db.execute_sql("UPDATE sqlite_master SET sql = ? WHERE name = ?", (LIST.sub(_compared, text), table))
    db.execute_sql(f"PRAGMA schema_version = {version + 1}")
    db.execute_sql("PRAGMA writable_schema = RESET")


def _compared(found: re.Match[str]) -> str:
    values = re.split(r",\s+", found[2])
    return "(" + " OR ".join(f"{found[1]} = {value}" for value in values) + ")"
