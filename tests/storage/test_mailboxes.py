"""What is known of the mailboxes that mail is fetched from, on both databases."""

from __future__ import annotations

from datetime import timedelta

from storage import mailboxes
from storage.mailboxes import Position
from storage.records import Filing
from storage.store import Store
from tests.storage import make


def test_position__is_kept_for_each_folder(store: Store) -> None:
    """B1: how far each folder of each road was read; the last word counts."""
    mailboxes.keep(store.db, "IMAP:a", "INBOX", Position(1, 10))
    mailboxes.keep(store.db, "IMAP:a", "INBOX", Position(4294967295, 7))
    mailboxes.keep(store.db, "IMAP:a", "Later", Position(1, 3))
    assert mailboxes.position(store.db, "IMAP:a", "INBOX") == Position(4294967295, 7)
    assert mailboxes.position(store.db, "IMAP:a", "Later") == Position(1, 3)
    assert mailboxes.position(store.db, "IMAP:b", "INBOX") is None


def test_taken__by_message_id_and_size(store: Store) -> None:
    """B5: mails that were filed, and mails of the ledger that were not, by many Message-IDs at once."""
    filed, held = "<filed@acme.example>", "<held@acme.example>"
    make.open_ticket(store, mail=make.mail(message_id=filed, size=700), entry=make.entry(message_id=filed))
    record = make.mail(message_id=held, size=900, outcome="rejected", dedupe_key=None)
    store.file(Filing(mail=record, at=make.NOW, actor="Bob", directory_version=0))
    asked = [*(f"<{n}@none.example>" for n in range(300)), held, filed]
    assert mailboxes.taken(store.db, asked) == {(filed, 700), (held, 900)}
    assert mailboxes.taken(store.db, []) == set()


def test_first_taken__by_road(store: Store) -> None:
    """B5: when the first mail came by a road; others do not count."""
    for road, hours in (("imap:a", 3), ("imap:a", 2), ("smtp", 1)):
        make.open_ticket(store, mail=make.mail(road=road, received_at=make.NOW + timedelta(hours=hours)))
    assert mailboxes.first_taken(store.db, "imap:a") == make.NOW + timedelta(hours=2)
    assert mailboxes.first_taken(store.db, "imap:b") is None


def test_fetched__what_was_left_in_a_mailbox(store: Store) -> None:
    """B5: names are remembered once each, by road, and forgotten when the mail is gone."""
    mailboxes.change_fetched(store.db, "POP3:a", ["1", "2"], [])
    mailboxes.change_fetched(store.db, "POP3:a", ["2", "3"], ["1"])
    mailboxes.change_fetched(store.db, "POP3:b", ["1"], [])
    assert mailboxes.fetched(store.db, "POP3:a") == {"2", "3"}
    assert mailboxes.fetched(store.db, "POP3:b") == {"1"}
