"""Listings and the stable views behind them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import search_page
from storage.changes import Author
from storage.records import StoreError, Wanted
from storage.store import Store
from storage.views import TicketFilter
from tests.storage import make

ALL = ["0500-1003", "0500-1002", "0500-1001", "0500-1000"]


@pytest.fixture
def full(store: Store) -> Store:
    """Four tickets, each changed an hour after the one before: one managed, labelled, closed, in the Inbox."""
    store.import_people(make.PEOPLE)
    facts = store.facts(Wanted(accounts=("Acme",), addresses=("carl@acme.example",)))
    for i, subject in enumerate(("Printer on fire", "100% broken", "Screen", "Mouse_pad")):
        filing = make.opening(store.facts(Wanted()), at=make.NOW + timedelta(hours=i))
        assert filing.new_ticket is not None
        new = replace(filing.new_ticket, subject=subject)
        if i == 0:
            contact = facts.contacts["carl@acme.example"][0]
            new = replace(new, account_id=contact.account_id, contact_id=contact.id)
        store.file(replace(filing, new_ticket=new))
    author = Author("administrator", make.NOW)
    store.set_inbox(["0500-1001"], True, Author("administrator", make.NOW + timedelta(hours=1)))
    ann = store.directory().by_address["ann@company.example"][0].id
    store.assign("0500-1000", ann, author)
    store.set_labels("0500-1000", ["vip"], [], author)
    store.set_status("0500-1002", "Completed", Author("administrator", make.NOW + timedelta(hours=2)))
    with store.db.transaction():
        store.db.run("UPDATE ticket SET dispatching = 1 WHERE number = ?", ("0500-1003",))
    store.index(60)
    return store


FILTERS = [
    (TicketFilter(), ALL),
    (TicketFilter("inbox"), ["0500-1001"]),
    (TicketFilter("dispatching"), ["0500-1003"]),
    (TicketFilter("open"), ["0500-1003", "0500-1001", "0500-1000"]),
    (TicketFilter("closed"), ["0500-1002"]),
    (TicketFilter(statuses=("Completed", "Hold")), ["0500-1002"]),
    (TicketFilter(labels=("vip",)), ["0500-1000"]),
    (TicketFilter(labels=("none",)), []),
    (TicketFilter(account="ACME"), ["0500-1000"]),
    (TicketFilter(manager_ids=(None,)), ALL[:3]),
    (TicketFilter(manager_ids=(1, None)), ALL),
    (TicketFilter("open", manager_ids=(None,)), ["0500-1003", "0500-1001"]),
    (TicketFilter(search="PRINTER"), ALL),
    (TicketFilter(search="printer", limit=2, after=ALL[0]), ALL[1:3]),
    (TicketFilter(search="fire printer"), ["0500-1000"]),
    (TicketFilter(search="fire screen"), []),
    (TicketFilter(search="1002"), ["0500-1002"]),
    (TicketFilter(search=" 0500-1002 "), ["0500-1002"]),
    (TicketFilter(search="acme"), ["0500-1000"]),
    (TicketFilter(search='"100% broken"'), ["0500-1001"]),
    (TicketFilter(search='"broken 100"'), []),
    (TicketFilter(search="mou*"), ["0500-1003"]),
    (TicketFilter("inbox", search="printer"), ["0500-1001"]),
    (TicketFilter("closed", search="printer"), ["0500-1002"]),
    (TicketFilter("open", search="printer", manager_ids=(1,)), ["0500-1000"]),
    (TicketFilter(search="printer", labels=("vip",)), ["0500-1000"]),
    (TicketFilter(search="printer", statuses=("Completed",), account="Acme"), []),
    (TicketFilter("open", manager_ids=(1,), labels=("vip",), account="Acme"), ["0500-1000"]),
    (TicketFilter("closed", statuses=("New",)), []),
    (TicketFilter(manager_ids=(1,), statuses=("New", "Completed")), ["0500-1000"]),
    (TicketFilter(seen_by=1), ["0500-1000"]),
    (TicketFilter("open", seen_by=1, search="printer"), ["0500-1000"]),
    (TicketFilter("inbox", seen_by=1), []),
    (TicketFilter(limit=2, after=ALL[0]), ALL[1:3]),
    (TicketFilter(after=ALL[3]), []),
    (TicketFilter(after="0500-9999"), []),
    (TicketFilter(labels=("vip", "none")), []),
    (TicketFilter(labels=("vip",), after=ALL[2]), ALL[3:]),
]


@pytest.mark.parametrize(("wanted", "numbers"), FILTERS, ids=[str(i) for i in range(len(FILTERS))])
def test_tickets__filters_stand_on_top_of_each_other(full: Store, wanted: TicketFilter, numbers: list[str]) -> None:
    """B94: views, statuses, managers, label, account and search, alone and together; the last changed comes first."""
    assert [row["number"] for row in full.tickets(wanted)] == numbers


def test_tickets__number_is_found_before_it_is_indexed(full: Store) -> None:
    """B94: who searches for a number finds its ticket, in any state of the index."""
    with full.db.transaction():
        full.db.run("DELETE FROM ticket_words")
    assert [row["number"] for row in full.tickets(TicketFilter(search="0500-1001"))] == ["0500-1001"]
    assert full.tickets(TicketFilter("closed", search="0500-1001")) == []


@pytest.mark.parametrize("windows", [(1, 2), (1, 4), (1, 100)])
def test_tickets__search_goes_beyond_the_newest(
    full: Store, monkeypatch: pytest.MonkeyPatch, windows: tuple[int, ...]
) -> None:
    """B94: what the newest tickets do not have is found by the index, the same tickets in the same order."""
    monkeypatch.setattr(search_page, "WINDOWS", windows)
    monkeypatch.setattr(search_page, "FEW", windows[-1])
    for wanted, numbers in FILTERS:
        if wanted.search:
            assert [row["number"] for row in full.tickets(wanted)] == numbers, wanted


def test_tickets__of_a_manager(full: Store) -> None:
    """B94: the tickets of one manager."""
    ann = full.directory().by_address["ann@company.example"][0]
    assert [row["number"] for row in full.tickets(TicketFilter(manager_ids=(ann.id,)))] == ["0500-1000"]


def test_tickets__unknown_view_is_refused(full: Store) -> None:
    """B94: a view that is none is an error that names them."""
    with pytest.raises(StoreError, match="allowed are inbox, dispatching, all, open, closed"):
        full.tickets(TicketFilter("mine"))


def test_ticket__row_has_people_and_times_as_the_interface_says(full: Store) -> None:
    """B90, B97: names, addresses, flags as booleans, labels as a list, times as text in UTC."""
    row = full.ticket("0500-1000")
    assert row is not None
    assert (row["account"], row["contact"], row["contact_address"]) == ("Acme", "Carl", "carl@acme.example")
    assert (row["manager"], row["manager_address"]) == ("Ann", "ann@company.example")
    assert (row["is_open"], row["in_inbox"], row["labels"]) == (True, False, ["vip"])
    assert (row["opened_at"], row["closed_at"], row["merged_into"]) == ("2026-11-23T22:18:13.123Z", None, None)


def test_ticket__view_has_flags_as_numbers(full: Store) -> None:
    """B97: to other systems a flag is 0 or 1, and labels are separated by commas, on both databases."""
    full.set_labels("0500-1000", ["a"], [], make.ADMIN)
    found = full.db.rows("SELECT is_open, dispatching, labels FROM ticket_v1 WHERE number = '0500-1000'")
    assert found == [(1, 0, "a,vip")]


def test_ticket__that_is_not_there_is_nothing(store: Store) -> None:
    """B94: no ticket is no error of a read."""
    assert (store.ticket("0500-9"), store.history("0500-9"), store.recipients("0500-9")) == (None, [], [])
    assert (store.entry(4711), store.mail("none")) == (None, None)


def test_ticket__merged_one_names_where_it_went(full: Store) -> None:
    """B34, B97: merged_into is the number of the ticket it was merged into."""
    with full.db.transaction():
        full.db.run(
            "UPDATE ticket SET merged_into_id = (SELECT id FROM ticket WHERE number = '0500-1001') WHERE id = 1"
        )
    row = full.ticket("0500-1000")
    assert row is not None
    assert row["merged_into"] == "0500-1001"


def test_history__is_paged_in_order(full: Store) -> None:
    """B70, B94: entries come in the order in which they happened."""
    assert [entry["kind"] for entry in full.history("0500-1000")] == ["email", "change", "change"]
    first = full.history("0500-1000")[0]["id"]
    assert [entry["text"] for entry in full.history("0500-1000", 1, first)] == ["manager: – → Ann"]


def test_deliveries__are_filtered_by_state_and_ticket(store: Store) -> None:
    """B87: deliveries are listed, the newest first, by state and by ticket."""
    first = make.open_ticket(store, outgoing=(make.outgoing("a@x.example", kind="response"),))
    make.open_ticket(store, outgoing=(make.outgoing("b@x.example"),))
    assert [row["recipient"] for row in store.deliveries(["pending", "deferred"])] == ["b@x.example", "a@x.example"]
    assert store.deliveries(["sent"]) == []
    newest = store.deliveries()[0]["id"]
    assert [row["recipient"] for row in store.deliveries(after=newest)] == ["a@x.example"]
    (row,) = store.deliveries(ticket=first.number)
    assert (row["kind"], row["ticket"], row["state"], row["tries"]) == ("response", first.number, "pending", 0)


def test_deliveries__of_an_employee_are_those_of_his_or_her_tickets(store: Store) -> None:
    """B94: tickets that the employee manages or opened; nobody else's, and no mail without a ticket."""
    store.import_people(make.PEOPLE)
    ann, max_ = (store.directory().by_address[f"{name}@company.example"][0].id for name in ("ann", "max"))
    for i, person in enumerate(("manager_id", "opened_by_id", "")):
        filing = make.opening(store.facts(Wanted()), outgoing=(make.outgoing(f"{i}@x.example"),))
        assert filing.new_ticket is not None
        store.file(replace(filing, new_ticket=replace(filing.new_ticket, **({person: ann} if person else {}))))
    assert [row["recipient"] for row in store.deliveries(seen_by=ann)] == ["1@x.example", "0@x.example"]
    assert [row["recipient"] for row in store.deliveries(ticket="0500-1000", seen_by=ann)] == ["0@x.example"]
    assert [row["recipient"] for row in store.deliveries(seen_by=ann, limit=1)] == ["1@x.example"]
    assert store.deliveries(seen_by=max_) == []


def test_people__are_listed(full: Store) -> None:
    """B20, B24: employees, accounts and contacts as the records describe them."""
    assert [employee.name for employee in full.directory().employees.values()] == ["Ann", "Max"]
    assert [account.name for account in full.accounts()] == ["Acme", "Unknown senders"]
    assert [(contact.name, contact.addresses) for contact in full.contacts()] == [("Carl", ("carl@acme.example",))]
