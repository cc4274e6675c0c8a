"""What a replay of rules reads of the store (B55, B56)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from storage.records import Wanted
from storage.replay import Wanted as Replayed
from storage.replay import count, pages, said_before
from storage.store import Store
from tests.storage import make

SHA = "a" * 64
FIRST = "<first@acme.example>"


def test_replay__reads_mails_in_order_with_what_was_said_before(store: Store) -> None:
    """B55, B56: a mail knows the messages of its ticket that are older than it, and not itself."""
    facts = store.facts(Wanted())
    entry = replace(make.entry(), original_sha256=SHA, message_id=FIRST)
    store.file(make.opening(facts, entry=entry))
    ticket = store.facts(Wanted(numbers=(facts.next_number,))).tickets
    [only] = ticket.values()
    second = replace(make.entry(), original_sha256=SHA, message_id="<second@acme.example>")
    store.file(make.reply(store.facts(Wanted()), only, entry=second, mail=make.mail()))

    [[one, other]] = pages(store.db, Replayed())

    assert one.entry_id < other.entry_id
    assert said_before(store.db, one, (FIRST,)) == ()
    assert [said.message_id for said in said_before(store.db, other, (FIRST,))] == [FIRST]


def test_replay__counts_what_is_wanted(store: Store) -> None:
    """B55, B94: by time, by ticket, by who may see it; notes and mails without an original are none."""
    facts = store.facts(Wanted())
    store.file(make.opening(facts, entry=replace(make.entry(), original_sha256=SHA)))

    assert count(store.db, Replayed()) == 1
    assert count(store.db, Replayed(number=facts.next_number)) == 1
    assert count(store.db, Replayed(since=datetime(2099, 1, 1, tzinfo=UTC))) == 0
    assert count(store.db, Replayed(seen_by=1)) == 0
