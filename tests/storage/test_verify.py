"""Damage planted in a store of which every table has rows: verify finds each, and nothing in a sound one (B97)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from storage import migrate, verify
from storage.database import Database
from storage.store import Store
from storage.verify_checks import CHECKS
from tests.storage import make, versions

PLANTED = [
    ("message-ticket", "UPDATE message SET ticket_id = 6 WHERE ticket_id = 1 AND id = (SELECT MIN(id) FROM message)"),
    ("message-missing", "DELETE FROM message WHERE message_id = (SELECT MAX(message_id) FROM entry)"),
    ("outgoing-ticket", "UPDATE outgoing SET ticket_id = 6 WHERE id = 1"),
    ("outgoing-message", "DELETE FROM message WHERE message_id = (SELECT message_id FROM outgoing WHERE id = 1)"),
    ("outgoing-original", "UPDATE outgoing SET original_sha256 = (SELECT MAX(sha256) FROM mail) WHERE id = 1"),
    ("outgoing-body", "UPDATE outgoing SET original_sha256 = '', body = NULL WHERE mail_id IS NULL"),
    ("outgoing-nobody", "DELETE FROM delivery WHERE outgoing_id = 1"),
    ("entry-original", "UPDATE entry SET original_sha256 = (SELECT MAX(sha256) FROM mail) WHERE id = 1"),
    ("mail-entry", "UPDATE mail SET outcome = 'filed' WHERE outcome = 'held'"),
    ("hash-form", "UPDATE mail SET sha256 = 'abc' WHERE outcome = 'held'"),
    ("attachment-number", "UPDATE attachment SET number = 3 WHERE entry_id = 1 AND number = 2"),
    ("recipient-slot", "UPDATE recipient SET slot = 'other' WHERE list = 'external' AND type = 'cc'"),
    ("recipient-slot", "UPDATE recipient SET slot = 'role x' WHERE role = 'account-manager'"),
    ("merged-open", "UPDATE ticket SET in_inbox = 1 WHERE number = '0500-1003'"),
    ("delivery-lease", "UPDATE delivery SET lease_owner = 'x' WHERE state = 'sent'"),
    (
        "contact-account",
        "UPDATE ticket SET contact_id = (SELECT id FROM contact WHERE name <> 'Carl') WHERE number = '0500-1000'",
    ),
    ("merge-ring", "UPDATE ticket SET merged_into_id = 4 WHERE number = '0500-1004'"),
    ("time", "UPDATE ticket SET due_at = '2026-12-01' WHERE number = '0500-1000'"),
    ("time", "UPDATE entry SET at = '2026-12-01 00:00:00.000Z' WHERE id = 1"),
    ("setting", "DELETE FROM setting WHERE name = 'secret'"),
    ("setting", "UPDATE setting SET value = 'x-1' WHERE name = 'directory_version'"),
    ("next-number", "UPDATE setting SET value = '1005' WHERE name = 'next_number'"),
    ("search", "DELETE FROM ticket_words WHERE {id} = 1"),
    ("search", "INSERT INTO ticket_words ({id}, words) VALUES (77, 'words')"),
]
"""What verify calls it, and how it is done; none of it is refused by the database."""

FORBIDDEN = [
    ("reference", "UPDATE ticket SET account_id = 99 WHERE number = '0500-1000'"),
    ("reference", "DELETE FROM mail WHERE id = 1"),
    ("reference", "UPDATE entry SET ticket_id = 99 WHERE id = 1"),
    ("closed-status", "UPDATE ticket SET closed_at = NULL WHERE number = '0500-1001'"),
    ("closed-status", "UPDATE ticket SET status = 'Canceled' WHERE number = '0500-1000'"),
    ("constraint", "UPDATE delivery SET state = 'lost' WHERE id = 1"),
    ("constraint", "UPDATE ticket SET merged_into_id = id WHERE number = '0500-1000'"),
    ("constraint", "UPDATE recipient SET type = NULL WHERE type = 'bcc'"),
]
"""What the database itself refuses; verify finds it where the refusing was switched off."""
CODES_OF_SQLITE = {"constraint": "integrity"}


@pytest.fixture
def sound(backend: str, empty_url: str) -> Iterator[Store]:
    """A store with rows of every kind, brought up to the newest version."""
    versions.load(versions.newest(), backend, empty_url)
    store = Store.open(empty_url)
    yield store
    store.close()


def codes(db: Database, *, quick: bool = False) -> list[str]:
    """The codes of what is found."""
    return [finding.code for finding in verify.check(db, "0500", quick=quick)]


@contextmanager
def lawless(db: Database) -> Iterator[None]:
    """The database refuses nothing: a condition or a reference that was dropped and put back without a look at rows."""
    if not db.postgresql:
        db.run("PRAGMA foreign_keys = 0")
        db.run("PRAGMA ignore_check_constraints = 1")
        yield
        db.run("PRAGMA ignore_check_constraints = 0")
        return
    sql = """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace"""
    laws = db.rows(sql)
    for table, name, _ in laws:
        db.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, law in laws:
        db.run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {law} NOT VALID")


def test_verify__finds_nothing_in_a_sound_store(sound: Store) -> None:
    """B97: a store with rows of every kind, also after work on it."""
    assert codes(sound.db) == []
    make.open_ticket(sound, outgoing=(make.outgoing("a@x.example", message_id="<n@x.example>", body=b"x"),))
    sound.merge("0500-1002", "0500-1000", make.ADMIN)
    assert [code for code in codes(sound.db) if code != "entry-original"] == []  # of `make`, where no two hashes agree
    assert codes(sound.db, quick=True) == codes(sound.db)


@pytest.mark.parametrize("number", sorted({file.name[:4] for file in versions.FOLDER.glob("*.sql")}))
def test_verify__finds_nothing_in_what_was_brought_up(number: str, backend: str, empty_url: str) -> None:
    """B97: no migration leaves damage."""
    versions.load(number, backend, empty_url)
    store = Store.open(empty_url)
    assert migrate.up(store.db) == []
    assert codes(store.db) == []
    store.close()


@pytest.mark.parametrize(("code", "sql"), PLANTED)
def test_verify__finds_what_is_planted(sound: Store, code: str, sql: str) -> None:
    """B97: each kind of damage, by its own code, with where it is and what to do."""
    planted = sound.db.run(sql.format(id="ticket_id" if sound.db.postgresql else "rowid"))
    assert planted.rowcount > 0
    found = [finding for finding in verify.check(sound.db, "0500") if finding.code == code]
    assert found
    assert all((finding.where, finding.what, finding.todo, finding.level == "error") for finding in found)


@pytest.mark.parametrize(("code", "sql"), FORBIDDEN)
def test_verify__finds_what_the_database_would_refuse(sound: Store, code: str, sql: str) -> None:
    """B91, B97: the database refuses it; where its conditions were away meanwhile, verify finds it."""
    with pytest.raises(make.REFUSED):
        sound.db.run(sql)
    with lawless(sound.db):
        assert sound.db.run(sql).rowcount > 0
    found = codes(sound.db)
    assert (code if sound.db.postgresql else CODES_OF_SQLITE.get(code, code)) in found


def test_verify__each_check_was_tried() -> None:
    """A check that no test plants damage for does not get in."""
    assert {one.code for one in CHECKS} <= {code for code, _ in (*PLANTED, *FORBIDDEN)}


def test_verify__finds_a_damaged_file(sound: Store) -> None:
    """B97: SQLite's own check of its pages, PostgreSQL's invalid constraints."""
    if sound.db.postgresql:
        sound.db.run("ALTER TABLE label ADD CONSTRAINT extra CHECK (name <> 'x') NOT VALID")
    else:
        sound.db.run("PRAGMA writable_schema = 1")
        sound.db.run("UPDATE sqlite_master SET rootpage = 3 WHERE name = 'label_name'")
        sound.db.run("PRAGMA writable_schema = RESET")
    assert "integrity" in codes(sound.db)
