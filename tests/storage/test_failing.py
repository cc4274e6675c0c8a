"""B11: addresses that fail are counted, suspended and heard of again; on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.records import DeliveryFailure, FactsMoved, Filing, NewOutgoing, Result, Ticket, Wanted
from storage.store import Store
from tests.storage import make

JANE = "jane@acme.example"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def sent(store: Store, count: int, *recipients: str) -> list[int]:
    """The ids of deliveries that the relay took a day after the mails were made."""
    mails = [make.outgoing(*(recipients or (JANE,))) for _ in range(count)]
    make.open_ticket(store, outgoing=tuple(mails))
    parcels = store.claim_deliveries(make.NOW + MINUTE, 100, 60, "courier")
    ids = [drop.delivery_id for parcel in parcels for drop in parcel.drops]
    store.record_results([Result(one, "sent", "250 ok", make.NOW) for one in ids], make.NOW)
    return ids


def bounced(store: Store, delivery_id: int, *, counted: bool = True, after: timedelta = MINUTE) -> None:
    """A report on a delivery is filed."""
    failure = DeliveryFailure(delivery_id, JANE, "550 5.1.1 no\x00 user", counted)
    store.file(Filing(None, make.NOW + after, failures=(failure,)))


def states(store: Store) -> list[str]:
    return [row["state"] for row in reversed(store.deliveries())]


def write(store: Store, ticket: Ticket, *mails: NewOutgoing, after: timedelta = MINUTE) -> None:
    """One more mail is filed on a ticket."""
    now = make.by_number(store, ticket.number)
    store.file(make.reply(store.facts(Wanted()), now, at=make.NOW + after, outgoing=mails))


def test_report__fails_the_delivery_and_counts(store: Store) -> None:
    """B11: what was sent failed after all, with the answer; the count is the address's."""
    first, second, third = sent(store, 3)
    bounced(store, first)
    bounced(store, second)
    bounced(store, third, counted=False)

    assert states(store) == ["failed"] * 3
    assert store.deliveries()[0]["last_answer"] == "550 5.1.1 no user"
    (failing,) = store.failing.every()
    assert (failing.address, failing.failures, failing.suspended_at) == (JANE, 2, None)
    assert failing.failed_at == make.NOW + MINUTE


def test_report__on_one_delivery_counts_once(store: Store) -> None:
    """B11: two workers with two reports on one delivery: the second decides again, and nothing of it is written."""
    (first,) = sent(store, 1)
    bounced(store, first)

    with pytest.raises(FactsMoved):
        bounced(store, first)
    assert store.failing.every()[0].failures == 1


def test_count__begins_anew_after_a_success(store: Store) -> None:
    """B11: a mail in between of which nothing bad was heard for a day has arrived; one of today may still fail."""
    first, _, third = sent(store, 3)
    bounced(store, first)

    bounced(store, third, after=DAY - MINUTE)
    assert store.failing.every()[0].failures == 2

    fourth, _, sixth = sent(store, 3)
    bounced(store, fourth, after=2 * DAY)
    assert store.failing.every()[0].failures == 3  # none lies between this one and the last
    bounced(store, sixth, after=2 * DAY)
    assert store.failing.every()[0].failures == 1


def test_courier__refusal_of_the_address_counts(store: Store) -> None:
    """B11, B87: a permanent answer of the relay that blames the address; no other."""
    make.open_ticket(store, outgoing=(make.outgoing(JANE), make.outgoing(JANE)))
    parcels = store.claim_deliveries(make.NOW + MINUTE, 100, 60, "courier")
    first, second = (parcel.drops[0].delivery_id for parcel in parcels)

    store.record_results([Result(first, "failed", "550 5.7.1 spam", make.NOW)], make.NOW)
    assert store.failing.every() == []
    store.record_results([Result(second, "failed", "550 5.1.1 no", make.NOW, blames_address=True)], make.NOW)
    assert [one.failures for one in store.failing.every()] == [1]


def test_suspend__those_that_failed_often_and_nobody_of_the_house(store: Store) -> None:
    """B11: an employee's address is counted and shown, and never suspended."""
    store.import_people(make.PEOPLE)
    for address in (JANE, "ann@private.example", "bob@customer.example"):
        (delivery,) = sent(store, 1, address)
        store.file(Filing(None, make.NOW, failures=(DeliveryFailure(delivery, address, "550 5.1.1", True),)))

    assert [one.address for one in store.failing.due(1)] == [JANE, "bob@customer.example"]
    assert store.failing.due(2) == []
    assert {one.address: one.employee for one in store.failing.every()}["ann@private.example"] == "Ann"
    assert store.counts().failing_employees == 1


def test_suspend__once_with_its_mail(store: Store) -> None:
    """B11: suspension and the mail that tells of it become visible together, once."""
    (first,) = sent(store, 1)
    bounced(store, first)
    notice = make.outgoing("max@company.example", kind="alarm", body=b"x")

    assert not store.failing.suspend(JANE, 2, [notice], make.LATER)
    assert store.failing.suspend(JANE, 1, [notice], make.LATER)
    assert not store.failing.suspend(JANE, 1, [replace(notice, message_id="<other@x>")], make.LATER)

    assert [one.suspended_at for one in store.failing.every()] == [make.LATER]
    assert [row["kind"] for row in store.deliveries(["pending"])] == ["alarm"]
    assert store.counts().suspended == 1
    assert store.failing.due(1) == []


def test_suspended__nothing_is_sent_and_the_ticket_says_so_once(store: Store) -> None:
    """B11: deliveries are there as suspended, others of the same mail are sent."""
    (first,) = sent(store, 1)
    bounced(store, first)
    store.failing.suspend(JANE, 1, [], make.NOW)
    ticket = make.open_ticket(store)

    for _ in range(2):
        write(store, ticket, make.outgoing(JANE, "max@company.example"))

    rows = store.deliveries(ticket=ticket.number)
    assert sorted(row["state"] for row in rows) == ["pending", "pending", "suspended", "suspended"]
    assert {row["recipient"] for row in rows if row["state"] == "suspended"} == {JANE}
    assert all(row["next_try_at"] is None for row in rows if row["state"] == "suspended")
    told = [row for row in store.history(ticket.number) if row["kind"] == "delivery-report"]
    assert [(row["public"], row["subject"]) for row in told] == [(False, f"Not sent to {JANE}: suspended")]
    due = store.claim_deliveries(make.NOW + MINUTE, 100, 60, "courier")
    assert {drop.address for parcel in due for drop in parcel.drops} == {"max@company.example"}


def test_resume__sends_again_and_not_what_was_not_sent(store: Store) -> None:
    """B11: after it new mails are sent; a later suspension is told anew."""
    (first,) = sent(store, 1)
    bounced(store, first)
    store.failing.suspend(JANE, 1, [], make.NOW)
    ticket = make.open_ticket(store)
    write(store, ticket, make.outgoing(JANE))

    assert store.failing.resume("Jane@ACME.example") == 1
    assert store.failing.resume(JANE) is None
    write(store, ticket, make.outgoing(JANE))
    assert [row["state"] for row in store.deliveries(ticket=ticket.number)] == ["pending", "suspended"]

    (again,) = (drop.delivery_id for p in store.claim_deliveries(make.NOW + DAY, 9, 60, "c") for drop in p.drops)
    store.record_results([Result(again, "failed", "550 5.1.1", make.NOW, blames_address=True)], make.NOW)
    store.failing.suspend(JANE, 1, [], make.NOW + DAY)
    write(store, ticket, make.outgoing(JANE), after=2 * DAY)
    told = [row for row in store.history(ticket.number) if "suspended" in row["subject"]]
    assert len(told) == 2


def test_heard_of__forgets_the_failures_in_the_filing_s_transaction(store: Store) -> None:
    """B11: mail from the address; an answer to it in the same filing is sent."""
    (first,) = sent(store, 1)
    bounced(store, first)
    store.failing.suspend(JANE, 1, [], make.NOW)
    assert store.facts(Wanted(sender=JANE)).failing == {JANE: True}

    store.file(Filing(None, make.NOW, heard_of=JANE, outgoing=(make.outgoing(JANE),)))

    assert store.failing.every() == []
    assert store.deliveries()[0]["state"] == "pending"
    assert store.facts(Wanted(sender=JANE)).failing == {}


def test_facts__of_the_mail_that_a_report_is_about(store: Store) -> None:
    """B11: its recipients with their states, its ticket, whether it passed on a report; None for any other."""
    mail = make.outgoing(JANE, "max@company.example")
    ticket = make.open_ticket(store, outgoing=(mail,))
    facts = store.facts(Wanted(reported=mail.message_id))

    assert facts.reported is not None
    assert (facts.reported.kind, facts.reported.of_report) == ("distribution", False)
    assert [(one.recipient, one.state) for one in facts.reported.deliveries] == [
        (JANE, "pending"),
        ("max@company.example", "pending"),
    ]
    assert facts.tickets[facts.messages[mail.message_id].ticket_id].number == ticket.number
    assert store.facts(Wanted(reported="<guessed@x.example>")).reported is None


def test_proofs__are_the_last_failures_with_their_tickets(store: Store) -> None:
    """B11: what the managers are told."""
    first, second = sent(store, 2)
    bounced(store, first)
    bounced(store, second)

    assert [(one.number, one.answer) for one in store.failing.proofs(JANE)] == [("0500-1000", "550 5.1.1 no user")] * 2
