"""What the courier claims, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from storage.records import Drop, Parcel, Result, StoreError
from storage.store import Store
from tests.storage import make

MINUTE = timedelta(minutes=1)


def claim(store: Store, *, limit: int = 10, owner: str = "courier", after: timedelta = MINUTE) -> list[Parcel]:
    """Claim what is due a while after the tickets of these tests were opened."""
    return store.claim_deliveries(make.NOW + after, limit, 60, owner)


def states(store: Store) -> dict[str, str]:
    """The state of each recipient's delivery."""
    return {row["recipient"]: row["state"] for row in store.deliveries()}


def result(drop: Drop, state: str, answer: str = "250 ok", **fields: object) -> Result:
    """What became of a drop."""
    return Result(drop.delivery_id, state, answer, make.LATER, **fields)  # type: ignore[arg-type]


def test_claim__due_deliveries_come_grouped_by_mail(store: Store) -> None:
    """B87: a parcel is one outgoing mail with those of its recipients that are due, and all that sending it needs."""
    record, sent = make.mail(), make.outgoing("a@company.example", "b@company.example")
    ticket = make.open_ticket(store, mail=record, outgoing=(sent, make.outgoing("c@x.example", body=b"own")))
    first, second = claim(store)
    assert [drop.address for drop in first.drops] == ["a@company.example", "b@company.example"]
    assert (first.head, first.body, first.body_start) == (sent.head, None, 100)
    assert (first.mail, first.original_sha256) == (record.spool_id, record.sha256)
    assert (first.ticket_number, first.message_id, first.created_at) == (ticket.number, sent.message_id, make.NOW)
    assert second.body == b"own"


def test_claim__nothing_is_due_before_its_time(store: Store) -> None:
    """B87: a delivery is not claimed before it is due."""
    make.open_ticket(store, outgoing=(make.outgoing("a@company.example"),))
    assert claim(store, after=timedelta(milliseconds=-1)) == []


def test_claim__leased_delivery_is_left_alone_until_the_lease_is_over(store: Store) -> None:
    """B88: what another courier holds is not claimed; after a crash the lease runs out."""
    make.open_ticket(store, outgoing=(make.outgoing("a@company.example"),))
    assert len(claim(store)) == 1
    assert claim(store, owner="other") == []
    assert len(claim(store, owner="other", after=MINUTE * 2)) == 1


def test_claim__limit_is_kept_and_the_oldest_comes_first(store: Store) -> None:
    """B87: at most so many deliveries are claimed, those due longest."""
    for i in range(3):
        make.open_ticket(store, at=make.NOW - i * MINUTE, outgoing=(make.outgoing(f"r{i}@company.example"),))
    assert [parcel.drops[0].address for parcel in claim(store, limit=1)] == ["r2@company.example"]


def test_claim__results_of_others_are_written_in_the_same_step(store: Store) -> None:
    """B87, B88: what became of what was claimed before goes with the next claim, all of it or nothing."""
    make.open_ticket(store, outgoing=(make.outgoing("a@company.example"), make.outgoing("b@company.example")))
    ((drop,),) = (parcel.drops for parcel in claim(store, limit=1))
    with pytest.raises(StoreError, match="allowed are sent, deferred, failed"):
        store.claim_deliveries(make.NOW + MINUTE, 10, 60, "courier", [result(drop, "lost")])
    assert set(states(store).values()) == {"pending"}
    (parcel,) = store.claim_deliveries(make.NOW + MINUTE, 10, 60, "courier", [result(drop, "sent")])
    assert [drop.address for drop in parcel.drops] == ["b@company.example"]
    assert states(store) == {"a@company.example": "sent", "b@company.example": "pending"}
    assert store.claim_deliveries(make.NOW, 10, 60, "courier", [result(parcel.drops[0], "sent")]) == []
    assert set(states(store).values()) == {"sent"}


def test_release__leases_of_the_owner_end(store: Store) -> None:
    """B88: a courier that starts anew takes back what it held before the crash, and nothing of others."""
    make.open_ticket(store, outgoing=(make.outgoing("a@company.example"),))
    claim(store)
    store.release_leases("other", make.NOW)
    assert claim(store) == []
    store.release_leases("courier", make.NOW)
    assert len(claim(store)) == 1


def test_claim__two_couriers_never_hold_one_delivery(open_store: Callable[..., Store]) -> None:
    """B88: while one courier's claim is not committed, another one waits for it or passes by, and shares nothing."""
    one, two = open_store(), open_store(busy_seconds=0.1)
    make.open_ticket(one, outgoing=(make.outgoing("a@company.example", "b@company.example"),))
    (first,) = claim(one, limit=1)
    (second,) = claim(two, limit=5, owner="other")
    assert {drop.address for drop in (*first.drops, *second.drops)} == {"a@company.example", "b@company.example"}
    assert len(first.drops) == len(second.drops) == 1


def test_record__each_recipient_has_its_own_outcome(store: Store) -> None:
    """B87: one status for each recipient, with tries and the relay's last answer."""
    make.open_ticket(store, outgoing=(make.outgoing("a@x.example", "b@x.example", "c@x.example"),))
    (parcel,) = claim(store)
    sent, deferred, failed = parcel.drops
    store.record_results(
        [
            result(sent, "sent"),
            result(deferred, "deferred", "451 later", next_try_at=make.LATER + MINUTE),
            result(failed, "failed", "550 no such user"),
        ],
        make.LATER,
    )
    rows = {row["recipient"]: row for row in store.deliveries()}
    assert (rows["a@x.example"]["state"], rows["a@x.example"]["sent_at"]) == ("sent", "2026-11-23T23:18:13.123Z")
    assert (rows["b@x.example"]["state"], rows["b@x.example"]["tries"]) == ("deferred", 1)
    assert rows["b@x.example"]["next_try_at"] == "2026-11-23T23:19:13.123Z"
    assert (rows["c@x.example"]["state"], rows["c@x.example"]["last_answer"]) == ("failed", "550 no such user")


def test_record__relay_that_is_down_is_no_try(store: Store) -> None:
    """B87: what never reached the recipient's turn does not count as a try."""
    make.open_ticket(store, outgoing=(make.outgoing("a@x.example"),))
    (parcel,) = claim(store)
    store.record_results([result(parcel.drops[0], "deferred", "no route", counted=False)], make.LATER)
    assert [row["tries"] for row in store.deliveries()] == [0]


def test_record__permanent_failure_is_on_the_ticket_and_in_the_inbox(store: Store) -> None:
    """B87, B92: a permanent failure becomes a Not Public entry that names address and answer, and an Inbox ticket."""
    ticket = make.open_ticket(store, outgoing=(make.outgoing("a@x.example"),))
    (parcel,) = claim(store)
    store.record_results([result(parcel.drops[0], "failed", "550 no such user")], make.LATER)
    (report,) = [entry for entry in store.history(ticket.number) if entry["kind"] == "delivery-report"]
    row = store.ticket(ticket.number)
    assert row is not None
    assert (report["kind"], report["direction"], report["public"]) == ("delivery-report", "none", False)
    assert "a@x.example" in report["text"]
    assert "550 no such user" in report["text"]
    assert (row["in_inbox"], row["changed_at"]) == (True, "2026-11-23T23:18:13.123Z")
    assert make.by_number(store, ticket.number).version == ticket.version + 1


def test_record__failure_that_fills_the_inbox_is_a_change(store: Store) -> None:
    """B71: the courier's putting a ticket into the Inbox is a history entry, Not Public; once there, it is none."""
    ticket = make.open_ticket(store, outgoing=(make.outgoing("a@x.example", "b@x.example"),))
    (parcel,) = claim(store)
    store.record_results([result(drop, "failed", "550 no") for drop in parcel.drops], make.LATER)
    (change,) = [entry for entry in store.history(ticket.number) if entry["kind"] == "change"]
    assert (change["actor"], change["public"], change["at"]) == ("courier", False, "2026-11-23T23:18:13.123Z")
    assert (change["subject"], change["text"]) == ("inbox", "inbox: out → in (delivery failed)")


def test_record__failure_on_a_ticket_in_the_inbox_is_no_change(store: Store) -> None:
    """B71, B87: a ticket that is in the Inbox already gets the report alone."""
    ticket = make.open_ticket(store, outgoing=(make.outgoing("a@x.example"),))
    store.set_inbox([ticket.number], True, make.ADMIN)
    before = len(store.history(ticket.number))
    (parcel,) = claim(store)
    store.record_results([result(parcel.drops[0], "failed", "550 no")], make.LATER)
    assert [entry["kind"] for entry in store.history(ticket.number)[before:]] == ["delivery-report"]


def test_record__repeated_result_changes_nothing(store: Store) -> None:
    """B88: a result that comes a second time, or after a better one, writes nothing."""
    ticket = make.open_ticket(store, outgoing=(make.outgoing("a@x.example", "b@x.example"),))
    (parcel,) = claim(store)
    results = [result(parcel.drops[0], "failed", "550 no"), result(parcel.drops[1], "sent")]
    store.record_results(results, make.LATER)
    before = store.deliveries(), store.history(ticket.number)
    store.record_results([*results, result(parcel.drops[1], "failed", "550 late")], make.LATER)
    assert (store.deliveries(), store.history(ticket.number)) == before


def test_record__failure_on_a_merged_ticket_goes_to_the_one_it_was_merged_into(store: Store) -> None:
    """B34, B87: the report stands where people look."""
    old, new = make.open_ticket(store, outgoing=(make.outgoing("a@x.example"),)), make.open_ticket(store)
    with store.db.transaction():
        store.db.run("UPDATE ticket SET merged_into_id = ? WHERE id = ?", (new.id, old.id))
    (parcel,) = claim(store)
    store.record_results([result(parcel.drops[0], "failed", "550 no")], make.LATER)
    assert [entry["kind"] for entry in store.history(new.number)] == ["email", "delivery-report", "change"]


def test_record__answer_of_any_bytes_is_stored(store: Store) -> None:
    """B87: NUL and lone surrogates in a relay's answer do not keep the result from being stored."""
    make.open_ticket(store, outgoing=(make.outgoing("a@x.example"),))
    (parcel,) = claim(store)
    store.record_results([result(parcel.drops[0], "failed", "550 \0\udcff no")], make.LATER)
    assert [row["last_answer"] for row in store.deliveries()] == ["550 ? no"]


def test_record__unknown_state_is_refused(store: Store) -> None:
    """B87: there are three outcomes; another one is an error that names them."""
    with pytest.raises(StoreError, match="allowed are sent, deferred, failed"):
        store.record_results([Result(1, "lost", "", make.LATER)], make.LATER)


def test_next_due__tells_when_to_wake(store: Store) -> None:
    """B87: the next due time, the end of a lease included; nothing where nothing waits."""
    assert store.next_due() is None
    make.open_ticket(store, outgoing=(make.outgoing("a@x.example"),))
    assert store.next_due() == make.NOW
    (parcel,) = claim(store)
    assert store.next_due() == make.NOW + 2 * MINUTE
    store.record_results([result(parcel.drops[0], "sent")], make.LATER)
    assert store.next_due() is None


def test_counts__tell_the_state_of_the_store(store: Store) -> None:
    """B106: mails by outcome, deliveries by state, the oldest due, the last of each road."""
    assert store.counts().oldest_due is None
    make.open_ticket(store, outgoing=(make.outgoing("a@x.example", "b@x.example"),))
    make.open_ticket(store, mail=make.mail(road="imap", received_at=make.LATER))
    store.record_results([result(claim(store)[0].drops[0], "sent")], make.LATER)
    counts = store.counts()
    assert (counts.mails, counts.deliveries) == ({"filed": 2}, {"pending": 1, "sent": 1})
    assert (counts.oldest_due, counts.last_delivery) == (make.NOW, make.LATER)
    assert counts.last_mail == {"smtp": make.NOW, "imap": make.LATER}
    assert states(store) == {"a@x.example": "sent", "b@x.example": "pending"}
