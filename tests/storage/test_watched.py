"""What `doctor` and the alarms ask of the store, on both databases (B106, B107)."""

from __future__ import annotations

from datetime import timedelta

from storage import road_hours, state
from storage.own_domain import recipients_of
from storage.records import NewRecipient, Result
from storage.store import Store
from tests.storage import make


def test_hours__are_those_in_which_mail_came_by_the_road(store: Store) -> None:
    """B107: each once, of this time on, whatever came by other roads."""
    start = make.NOW.replace(minute=0, second=0, microsecond=0)
    for road, minutes in (("smtp", 0), ("smtp", 59), ("smtp", 125), ("smtp", -1), ("imap:a", 60)):
        facts = store.facts(make.Wanted())
        store.file(make.opening(facts, mail=make.mail(road=road, received_at=start + timedelta(minutes=minutes))))
    assert road_hours.hours(store.db, "smtp", start) == [start, start + timedelta(hours=2)]
    assert road_hours.last(store.db, "smtp") == start + timedelta(minutes=125)
    assert (road_hours.hours(store.db, "pop3:b", start), road_hours.last(store.db, "pop3:b")) == ([], None)


def test_waiting__are_deliveries_that_are_not_done_with(store: Store) -> None:
    """B107: how many, since when; none any more when they are sent."""
    facts = store.facts(make.Wanted())
    store.file(make.opening(facts, outgoing=(make.outgoing("x@else.example", "y@else.example"),)))
    found = state.waiting(store.db)
    assert (found.deliveries, found.oldest_due, found.oldest_untried) == (2, make.NOW, make.NOW)
    for parcel in store.claim_deliveries(make.LATER, 10, 60, "test"):
        store.record_results([Result(one.delivery_id, "sent", "250", make.LATER) for one in parcel.drops], make.LATER)
    assert state.waiting(store.db) == state.Waiting(0, None, None)


def test_own_domain__has_recipients_that_are_no_employees(store: Store) -> None:
    """B106: by how many tickets they stand on; neither employees nor other domains."""
    store.import_people(make.PEOPLE)
    addresses = ("sales@company.example", "ann@company.example", "x@notcompany.example", "y@sub.company.example")
    for joining in (addresses, addresses[:1]):
        ticket = make.open_ticket(store)
        store.add_recipients(ticket.number, [NewRecipient("external", "to", one) for one in joining], make.ADMIN)
    assert recipients_of(store.db, "company.example") == [("sales@company.example", 2)]
