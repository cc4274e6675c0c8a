"""Tickets are indexed behind the filing: what is queued, what a document holds, who overtakes whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage import search
from storage.people_rows import AccountRow, ContactRow
from storage.records import NewAttachment, Result, StoreError, Wanted
from storage.store import Store
from storage.words import fts5, terms, tsquery
from tests.storage import make

MATCH_SQLITE = "SELECT rowid FROM ticket_words WHERE ticket_words MATCH ? ORDER BY rowid"
MATCH_POSTGRESQL = "SELECT ticket_id FROM ticket_words WHERE words @@ CAST(? AS tsquery) ORDER BY ticket_id"


def indexed(store: Store, text: str) -> list[int]:
    """The ids of the tickets whose indexed documents match."""
    sql, query = (MATCH_POSTGRESQL, tsquery) if store.db.postgresql else (MATCH_SQLITE, fts5)
    return [id_ for (id_,) in store.db.rows(sql, (query(terms(text)),))]


def queued(store: Store) -> list[int]:
    """The tickets that wait to be indexed."""
    return [id_ for (id_,) in store.db.rows("SELECT ticket_id FROM search_queue ORDER BY id")]


@pytest.fixture
def full(store: Store) -> Store:
    """People, two indexed tickets of one account, the first with an attachment."""
    store.import_people(make.PEOPLE)
    attached = (NewAttachment(1, "Störung_42.pdf", "application/pdf", 10),)
    make.open_ticket(store, entry=make.entry(subject="Aubergine", text="The toner leaks.", attachments=attached))
    make.open_ticket(store, outgoing=(make.outgoing("a@x.example"),))
    store.index(60)
    return store


FOUND = ["0500-1000", "printer", '"unknown senders"', "aubergine", "toner", "bob@customer.example", "storung", "pdf"]


@pytest.mark.parametrize("text", FOUND)
def test_document__holds_what_people_look_for(full: Store, text: str) -> None:
    """B94: number, subject, account, and of every entry subject, text, sender and names of attachments."""
    assert 1 in indexed(full, text)


def test_document__ends_somewhere(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B94: so many bytes of a ticket are found, those of the newest entries."""
    monkeypatch.setattr(search, "DOCUMENT_BYTES", 350)
    ticket = make.open_ticket(store, entry=make.entry(text="oldest " + "x " * 200))
    for i in range(3):
        store.add_note(ticket.number, f"note{i} " + "y " * 50, False, make.ADMIN)
    store.index(60)
    assert [bool(indexed(store, word)) for word in ("note2", "note0", "oldest")] == [True, True, False]


def test_document__of_a_long_ticket_has_all_entries(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B94: entries are read some at a time, and none is left out."""
    monkeypatch.setattr(search, "ENTRIES_AT_ONCE", 2)
    monkeypatch.setattr(search, "ENTRIES", search.ENTRIES.replace("LIMIT 100", "LIMIT 2"))
    ticket = make.open_ticket(store, entry=make.entry(text="first"))
    for i in range(4):
        store.add_note(ticket.number, f"note{i}", False, make.ADMIN)
    store.index(60)
    assert all(indexed(store, word) == [ticket.id] for word in ("first", "note0", "note1", "note2", "note3"))


def fail_delivery(store: Store) -> object:
    (parcel,) = store.claim_deliveries(make.LATER, 10, 60, "courier")
    return store.record_results([Result(parcel.drops[0].delivery_id, "failed", "550 no", make.LATER)], make.LATER)


CHANGES: dict[str, tuple[Callable[[Store], Any], set[int]]] = {
    "new ticket": (lambda s: make.open_ticket(s), {3}),
    "reply": (lambda s: s.file(make.reply(s.facts(Wanted()), make.by_number(s, "0500-1000"))), {1}),
    "note": (lambda s: s.add_note("0500-1000", "Text", False, make.ADMIN), {1}),
    "edited text": (lambda s: s.edit_text(1, "Other", make.ADMIN), {1}),
    "labels": (lambda s: s.set_labels("0500-1001", ["vip"], [], make.ADMIN), {2}),
    "description": (lambda s: s.set_fields("0500-1001", {"description": "Other"}, make.ADMIN), {2}),
    "move": (lambda s: s.move("0500-1000", "Acme", make.ADMIN), {1}),
    "merge": (lambda s: s.merge("0500-1000", "0500-1001", make.ADMIN), {1, 2}),
    "take": (lambda s: s.take(1, "0500-1001", make.ADMIN), {1, 2}),
    "delivery report": (fail_delivery, {2}),
    "account": (lambda s: s.change_person(AccountRow, 2, {"name": "Others"}), {1, 2}),
    "status": (lambda s: s.set_status("0500-1000", "Hold", make.ADMIN), set()),
    "priority": (lambda s: s.set_fields("0500-1001", {"priority": "high"}, make.ADMIN), set()),
    "domains": (lambda s: s.change_person(AccountRow, 2, {"domains": ("other.example",)}), set()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_queue__holds_tickets_whose_words_changed(full: Store, change: str) -> None:
    """B94: whatever changes words has the ticket indexed anew; what does not, does not."""
    act, tickets = CHANGES[change]
    act(full)
    assert set(queued(full)) == tickets


def test_queue__contact_with_a_new_name(full: Store) -> None:
    """B94: tickets of a contact are found by the new name, and no longer by the old one."""
    contact = full.contacts()[0]
    with full.db.transaction():
        full.db.run("UPDATE ticket SET account_id = ?, contact_id = ? WHERE id = 2", (contact.account_id, contact.id))
    full.change_person(ContactRow, contact.id, {"name": "Carla Neu"})
    full.index(60)
    assert (indexed(full, '"carla neu"'), indexed(full, "carl")) == ([2], [])


def test_index__rewritten_words_are_found_and_old_ones_not(full: Store) -> None:
    """B72, B94: the index follows an edited text."""
    full.edit_text(1, "The drum squeaks.", make.ADMIN)
    assert full.index(60) == 0
    assert (indexed(full, "squeaks"), indexed(full, "toner"), queued(full)) == ([1], [], [])


def test_index__filing_that_fails_queues_nothing(full: Store) -> None:
    """B70: the queue is written with the filing, or not at all."""
    wrong = make.opening(full.facts(Wanted()), outgoing=(make.outgoing(""),))
    with pytest.raises(StoreError):
        full.file(wrong)
    assert queued(full) == []


def test_index__says_how_many_wait(full: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B94: where the time is over, the tickets that are not indexed are counted."""
    monkeypatch.setattr(search, "FIRST", search.FIRST.replace("LIMIT 32", "LIMIT 1"))
    for number in ("0500-1000", "0500-1001", "0500-1001"):
        full.add_note(number, "Text", False, make.ADMIN)
    assert full.index(0) == 1
    assert full.index(60) == 0


def test_index__who_was_overtaken_writes_nothing_old(
    full: Store, open_store: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """B94: of two who index one ticket at once, the newer document stays."""
    other = open_store()
    full.edit_text(1, "first", make.ADMIN)
    documents = search._documents

    def slowly(*arguments: Any) -> Any:
        found = list(documents(*arguments))
        monkeypatch.setattr(search, "_documents", documents)
        other.edit_text(1, "second", make.ADMIN)
        other.index(60)
        return found

    monkeypatch.setattr(search, "_documents", slowly)
    full.index(60)
    assert (indexed(full, "second"), indexed(full, "first")) == ([1], [])


def test_index__large_documents_are_written_a_few_at_a_time(full: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B94: nobody waits for long: a batch ends where it has become large, and the next one goes on."""
    monkeypatch.setattr(search, "BATCH_BYTES", 10)
    for number in ("0500-1000", "0500-1001"):
        full.add_note(number, "some longer text", False, make.ADMIN)
    assert search.index_some(full.db)
    assert queued(full) == [2]
    assert full.index(60) == 0
    assert indexed(full, "longer") == [1, 2]
