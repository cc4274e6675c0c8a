"""Paused pairs of sender and ticket: what is counted, written, resumed, merged (B13)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import facts_pace, pauses
from storage.records import Change, Pace, StoreError, Ticket, Wanted
from storage.store import Store
from tests.storage import make

SINCE = make.LATER - timedelta(minutes=30)


def pace(store: Store, ticket: Ticket, sender: str = make.BOB, since: object = SINCE, most: int = 3) -> Pace:
    """The sender's pace on the ticket."""
    assert since is None or hasattr(since, "tzinfo")
    return store.facts(Wanted(numbers=(ticket.number,), sender=sender, since=since, pace=most)).paces[ticket.id]


def reply(store: Store, number: str, **fields: object) -> None:
    """One more mail of Bob's on the ticket, half an hour after the first."""
    store.file(make.reply(store.facts(Wanted()), make.by_number(store, number), **fields))


def paused(store: Store, sender: str = make.BOB) -> Ticket:
    """A ticket with a pair that is paused by its second mail."""
    ticket = make.open_ticket(store)
    reply(store, ticket.number, pause=sender, changes=(Change("pause", "", sender, "too much"),))
    return ticket


def test_pace__newest_mails_of_the_sender_alone(store: Store) -> None:
    """B13: since the time asked, by the mailbox, no notes, no changes, no more than asked."""
    ticket = make.open_ticket(store)
    for sender in ("bob+1@customer.example", "carl@acme.example", make.BOB):
        reply(store, ticket.number, entry=make.entry(sender_address=sender, subject=sender))
    store.set_labels(ticket.number, ["red"], [], make.ADMIN)
    assert [mail.subject for mail in pace(store, ticket).mails] == [make.BOB, "bob+1@customer.example"]
    assert len(pace(store, ticket, since=make.NOW - timedelta(seconds=1)).mails) == 3
    assert len(pace(store, ticket, most=1).mails) == 1
    assert pace(store, ticket, "bob+2@customer.example") == pace(store, ticket)
    assert pace(store, ticket, "nobody@x.example") == Pace()


def test_pace__is_found_behind_others_entries(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B13: where the first few entries do not reach back as far as asked, more are looked at, but never all."""
    ticket = make.open_ticket(store)
    reply(store, ticket.number)
    for number in range(8):
        store.set_labels(ticket.number, [f"l{number}"], [], make.ADMIN)
    assert len(pace(store, ticket, most=2).mails) == 1
    monkeypatch.setattr(facts_pace, "MOST", 6)
    assert pace(store, ticket, most=2).mails == ()


def test_pace__nobody_asks(store: Store) -> None:
    """B13: commands, which look at tickets as mails do, ask for no pace."""
    ticket = paused(store)
    assert store.facts(Wanted(numbers=(ticket.number,))).paces == {}


def test_pause__until_resumed(store: Store) -> None:
    """B13, B71: written with the mail; ended with a history entry; the count begins anew; paused again later."""
    ticket = paused(store)
    assert pace(store, ticket).paused_at == make.LATER
    assert [(one.number, one.sender, one.paused_at) for one in pauses.of_ticket(store.db, ticket.number)] == [
        (ticket.number, make.BOB, make.LATER)
    ]
    assert pauses.resume(store.db, ticket.number, "Bob+x@Customer.example", make.ADMIN) == 1
    assert store.history(ticket.number)[-1]["text"] == f"pause: {make.BOB} → – (resumed)"
    assert pauses.of_ticket(store.db, ticket.number) == []
    assert pace(store, ticket) == Pace()
    reply(store, ticket.number, pause=make.BOB)
    assert pace(store, ticket).paused_at == make.LATER


def test_resume__of_who_is_not_paused(store: Store) -> None:
    """B13: refused with the reason, and nothing is written."""
    ticket = paused(store)
    with pytest.raises(StoreError, match=f"ticket {ticket.number}: x@y.example is not paused"):
        pauses.resume(store.db, ticket.number, "x@y.example", make.ADMIN)
    pauses.resume(store.db, ticket.number, make.BOB, make.ADMIN)
    with pytest.raises(StoreError, match="is not paused"):
        pauses.resume(store.db, ticket.number, make.BOB, make.ADMIN)


def test_pause__needs_a_ticket(store: Store) -> None:
    """B70: a filing without a ticket pauses nobody."""
    ticket = make.open_ticket(store)
    with pytest.raises(StoreError, match="a pause needs a ticket"):
        store.file(make.reply(store.facts(Wanted()), ticket, ticket_id=None, entry=None, pause=make.BOB))


@pytest.mark.parametrize("resumed", [(), ("source",), ("target",), ("source", "target")])
def test_merge__paused_on_either_is_paused_on_what_stays(store: Store, resumed: tuple[str, ...]) -> None:
    """B13, B34: unless both were resumed."""
    store.import_people(make.PEOPLE)
    tickets = {"source": paused(store), "target": paused(store)}
    for name in resumed:
        pauses.resume(store.db, tickets[name].number, make.BOB, make.ADMIN)
    store.merge(tickets["source"].number, tickets["target"].number, make.ADMIN)
    there = [one.sender for one in pauses.of_ticket(store.db, tickets["target"].number)]
    assert there == ([] if len(resumed) == 2 else [make.BOB])


def test_counts__newest_first(store: Store) -> None:
    """B106: how many pairs are paused, and which came last."""
    tickets = [paused(store, f"s{number}@x.example") for number in range(7)]
    pauses.resume(store.db, tickets[3].number, "s3@x.example", make.ADMIN)
    counts = store.counts()
    assert counts.paused == 6
    assert [one.sender for one in counts.newest_paused] == [f"s{number}@x.example" for number in (6, 5, 4, 2, 1)]
