"""Looks for what cannot be in a sound database: broken pointers, broken constraints, counters that lag (B97).

Every check is a query; what it finds says where, and the check says what and what to do.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import peewee

from storage.database import Database, Row
from storage.models import TABLES
from storage.times import UtcField
from storage.verify_checks import CHECKS, RESTORE

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a stable code, where it is, what it is, what to do about it."""

    code: str
    where: str
    what: str
    todo: str
    level: str = ERROR


@dataclass(frozen=True, slots=True)
class Original:
    """An original that something points to: the name, its size where the ledger knows it, and who points."""

    sha256: str
    size: int | None
    place: str


POINTERS = """
SELECT sha256, MAX(size), MIN(place) FROM (
    SELECT sha256, size, 'mail ' || spool_id AS place FROM mail
    UNION ALL SELECT original_sha256, NULL, 'entry ' || id FROM entry WHERE original_sha256 <> ''
    UNION ALL SELECT original_sha256, NULL, 'outgoing mail ' || id FROM outgoing WHERE original_sha256 <> ''
) pointer GROUP BY sha256 ORDER BY sha256
"""
COUNT = """
SELECT COUNT(*) FROM (SELECT sha256 FROM mail UNION SELECT original_sha256 FROM entry UNION
SELECT original_sha256 FROM outgoing) pointer WHERE sha256 <> ''
"""
ATTACHED = """
SELECT e.id, e.original_sha256, a.number, a.size FROM attachment a JOIN entry e ON e.id = a.entry_id
WHERE e.original_sha256 <> '' ORDER BY e.id, a.number
"""
SET_ASIDE = "SELECT spool_id, outcome FROM mail WHERE outcome IN ('held', 'quarantined')"


def originals(db: Database) -> Iterator[Original]:
    """Every original that a mail, an entry or a mail to send points to, in the order of their names."""
    with db.told():
        for row in db.run(POINTERS):
            yield Original(*row)


def count_originals(db: Database) -> int:
    """How many originals are pointed to."""
    with db.told():
        return int(db.rows(COUNT)[0][0])


def attachments(db: Database) -> Iterator[tuple[int, str, dict[int, int]]]:
    """Of each entry that has attachments its id, its original, and the size of each attachment by number."""
    entry, sha256, sizes = 0, "", dict[int, int]()
    with db.told():
        for entry_id, name, number, size in db.run(ATTACHED):
            if entry_id != entry and sizes:
                yield entry, sha256, sizes
                sizes = {}
            entry, sha256 = entry_id, name
            sizes[number] = size
    if sizes:
        yield entry, sha256, sizes


def set_aside(db: Database) -> dict[str, str]:
    """Held and quarantined mails of the ledger: their outcome by spool id."""
    with db.told():
        return dict(db.rows(SET_ASIDE))


def check(db: Database, number_prefix: str, *, quick: bool = False) -> Iterator[Finding]:
    """All that is wrong in the database; `quick` leaves out what reads all of it several times."""
    steps: tuple[Callable[[Database], Iterator[Finding]], ...] = (
        *((_postgresql, _references, _conditions) if db.postgresql else (_sqlite,)),
        _queries,
        _rings,
        _times,
        *(() if quick else (_index,)),
    )
    with db.told():
        if not db.postgresql and quick:
            steps = (_foreign_keys, *steps[1:])
        for step in steps:
            yield from step(db)
        yield from _settings(db, number_prefix)


def _sqlite(db: Database) -> Iterator[Finding]:
    try:
        rows = [str(message) for (message,) in db.rows("PRAGMA integrity_check") if message != "ok"]
    except (sqlite3.DatabaseError, peewee.DatabaseError) as error:
        rows = [str(error)]
    for message in rows:
        yield Finding("integrity", "database", message, RESTORE)
    yield from _foreign_keys(db)


def _foreign_keys(db: Database) -> Iterator[Finding]:
    for table, rowid, parent, _ in db.rows("PRAGMA foreign_key_check"):
        yield Finding("reference", f"{table} {rowid}", f"points to a row of {parent} that is not there", RESTORE)


UNSOUND = """
SELECT conrelid::regclass::text || '.' || conname FROM pg_constraint
WHERE NOT convalidated AND connamespace = CURRENT_SCHEMA()::regnamespace
UNION ALL SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE NOT indisvalid AND relnamespace = CURRENT_SCHEMA()::regnamespace
"""
CONDITIONS = """
SELECT conrelid::regclass::text, conname, pg_get_expr(conbin, conrelid) FROM pg_constraint
WHERE contype = 'c' AND connamespace = CURRENT_SCHEMA()::regnamespace ORDER BY conrelid::regclass::text, conname
"""


def _postgresql(db: Database) -> Iterator[Finding]:
    for (name,) in db.rows(UNSOUND):
        yield Finding("integrity", name, "the constraint or index is not valid", "REINDEX it, or VALIDATE CONSTRAINT")


def _conditions(db: Database) -> Iterator[Finding]:
    """Rows that a condition of their table forbids."""
    for table, name, condition in db.rows(CONDITIONS):
        for (place,) in db.rows(f"SELECT CAST(ctid AS TEXT) FROM {table} WHERE NOT ({condition})"):
            yield Finding("constraint", f"{table} {place}", f"breaks {name}", RESTORE)


def _references(db: Database) -> Iterator[Finding]:
    """Rows that point to nothing; SQLite has a pragma for them."""
    for model in TABLES:
        for field in model._meta.sorted_fields:
            if isinstance(field, peewee.ForeignKeyField):
                table, parent = model._meta.table_name, field.rel_model._meta.table_name
                column = field.column_name
                sql = f"SELECT {column} FROM {table} c WHERE {column} IS NOT NULL"
                for (value,) in db.rows(f"{sql} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = c.{column})"):
                    what = f"points to a row of {parent} that is not there"
                    yield Finding("reference", f"{table}.{column} {value}", what, RESTORE)


def _queries(db: Database) -> Iterator[Finding]:
    for one in CHECKS:
        for (place,) in db.rows(one.sql):
            yield Finding(one.code, f"{one.of} {place}", one.what, one.todo)


def _rings(db: Database) -> Iterator[Finding]:
    """Chains of merges that come back to where they began, or lead to a ticket that is open no more than by name."""
    rows: list[Row] = db.rows("SELECT id, number, merged_into_id FROM ticket WHERE merged_into_id IS NOT NULL")
    leads: Mapping[int, int] = {id_: into for id_, _, into in rows}
    for id_, number, _ in rows:
        at, seen = leads.get(id_), {id_}
        while at is not None and at not in seen:
            seen.add(at)
            at = leads.get(at)
        if at == id_:
            yield Finding("merge-ring", f"ticket {number}", "it was merged into itself, by way of others", RESTORE)


def _times(db: Database) -> Iterator[Finding]:
    """Times that are not text of the fixed width by which they sort."""
    for model in TABLES:
        for field in model._meta.sorted_fields:
            if isinstance(field, UtcField):
                table, column = model._meta.table_name, field.column_name
                sql = f"SELECT id FROM {table} WHERE {column} IS NOT NULL AND {column} NOT LIKE ?"
                for (row,) in db.rows(sql, ("____-__-__T__:__:__.___Z",)):
                    yield Finding("time", f"{table} {row}", f"{column} is no time of the store", RESTORE)


MISSING = """
SELECT number FROM ticket t WHERE NOT EXISTS (SELECT 1 FROM ticket_words w WHERE w.{id} = t.id)
AND NOT EXISTS (SELECT 1 FROM search_queue q WHERE q.ticket_id = t.id)
"""
LEFT = "SELECT {id} FROM ticket_words w WHERE NOT EXISTS (SELECT 1 FROM ticket t WHERE t.id = w.{id})"
REBUILD = "put the tickets into the queue again: INSERT INTO search_queue (ticket_id) SELECT id FROM ticket"


def _index(db: Database) -> Iterator[Finding]:
    """The full-text index has every ticket, or the queue has it."""
    id_ = "ticket_id" if db.postgresql else "rowid"
    for (number,) in db.rows(MISSING.format(id=id_)):
        yield Finding("search", f"ticket {number}", "the search does not know it", REBUILD)
    for (ticket_id,) in db.rows(LEFT.format(id=id_)):
        yield Finding("search", f"document {ticket_id}", "it is of a ticket that is not there", RESTORE)
    if not db.postgresql:
        try:
            with db.peewee.atomic():
                db.run("INSERT INTO ticket_words (ticket_words) VALUES ('integrity-check')")
        except peewee.DatabaseError as error:
            yield Finding("search", "index", str(error), REBUILD)


HIGHEST = "SELECT number FROM ticket WHERE number LIKE ? ORDER BY LENGTH(number) DESC, number DESC LIMIT 1"
SETTINGS = {
    "installation": "our own mails are recognised by it",
    "secret": "our own mails are recognised by it",
    "next_number": "no ticket can be opened",
    "directory_version": "no mail can be filed",
}


def _settings(db: Database, number_prefix: str) -> Iterator[Finding]:
    """What the installation must know of itself, and that the next number is above all that were given."""
    found: dict[str, str] = dict(db.rows("SELECT name, value FROM setting"))
    for name, why in SETTINGS.items():
        if not found.get(name, "").isalnum():
            yield Finding("setting", f"setting {name}", f"it is missing or empty: {why}", RESTORE)
    counter = found.get("next_number", "")
    highest = db.row(HIGHEST, (f"{number_prefix}-%",))
    given = highest[0].rpartition("-")[2] if highest else ""
    if given.isdigit() and counter.isdigit() and int(counter) <= int(given):
        what = f"the next number is {counter}, but {highest[0] if highest else ''} was given already"
        yield Finding("next-number", "setting next_number", what, "raise it: `email-connector numbers raise`")
