"""Priority, type, due date, description and dispatching, set by command."""

from __future__ import annotations

import pytest

from storage.records import StoreError, Ticket
from storage.store import Store
from storage.views import TicketFilter
from tests.storage import make

DUE = "2026-12-01T00:00:00.000Z"
ALL = {"priority": "high", "type": "repair", "due": DUE, "description": "It burns.\nStill."}


@pytest.fixture
def ticket(store: Store) -> Ticket:
    """A ticket."""
    return make.open_ticket(store)


def fields(store: Store, ticket: Ticket) -> list[object]:
    """Priority, type, due date and description in ticket_v1."""
    row = store.ticket(ticket.number)
    assert row is not None
    return [row[name] for name in ("priority", "type", "due_at", "description")]


def changes(store: Store, ticket: Ticket) -> list[str]:
    """What the history says of changes."""
    return [entry["text"] for entry in store.history(ticket.number) if entry["kind"] == "change"]


def test_fields__each_is_a_history_entry(store: Store, ticket: Ticket) -> None:
    """B90, B71: who, when, old and new for each field that changed."""
    store.set_fields(ticket.number, ALL, make.ADMIN)
    assert fields(store, ticket) == ["high", "repair", DUE, "It burns.\nStill."]
    assert changes(store, ticket) == [
        "priority: – → high",
        "type: – → repair",
        f"due: – → {DUE}",
        "description: It is broken. → It burns.\nStill.",
    ]
    last = store.history(ticket.number)[-1]
    assert (last["actor"], last["at"]) == ("administrator", "2026-11-23T23:18:13.123Z")


def test_fields__empty_text_clears(store: Store, ticket: Ticket) -> None:
    """B90: a due date that is taken away is null; the others are empty."""
    store.set_fields(ticket.number, ALL, make.ADMIN)
    store.set_fields(ticket.number, dict.fromkeys(ALL, ""), make.ADMIN)
    assert fields(store, ticket) == ["", "", None, ""]
    assert changes(store, ticket)[6] == f"due: {DUE} → –"


def test_fields__what_is_so_already_writes_nothing(store: Store, ticket: Ticket) -> None:
    """B71: no entry, and the version stays."""
    store.set_fields(ticket.number, ALL, make.ADMIN)
    before = make.by_number(store, ticket.number)
    store.set_fields(ticket.number, ALL, make.ADMIN)
    store.set_dispatching(ticket.number, False, make.ADMIN)
    assert (make.by_number(store, ticket.number), len(changes(store, ticket))) == (before, 4)


def test_fields__unknown_one_is_refused(store: Store, ticket: Ticket) -> None:
    """B90: the error names what there is; nothing is set."""
    with pytest.raises(StoreError, match="ticket fields colour: allowed are priority, type, due, description"):
        store.set_fields(ticket.number, {"priority": "high", "colour": "red"}, make.ADMIN)
    assert changes(store, ticket) == []


def test_fields__what_databases_refuse_is_left_out(store: Store, ticket: Ticket) -> None:
    """B90: NUL and lone surrogates."""
    store.set_fields(ticket.number, {"type": "a\0b\udcff"}, make.ADMIN)
    assert fields(store, ticket)[1] == "ab?"


def test_dispatching__goes_on_and_off(store: Store, ticket: Ticket) -> None:
    """B90, B94, B71: the ticket is in the view For Dispatching for as long as it waits."""
    store.set_dispatching(ticket.number, True, make.ADMIN)
    assert [row["number"] for row in store.tickets(TicketFilter("dispatching"))] == [ticket.number]
    store.set_dispatching(ticket.number, False, make.ADMIN)
    assert store.tickets(TicketFilter("dispatching")) == []
    assert changes(store, ticket) == ["dispatching: off → on", "dispatching: on → off"]


def test_fields__of_no_ticket_are_refused(store: Store) -> None:
    """B71: a number that names no ticket is an error that names it."""
    for change in (
        lambda: store.set_fields("0500-9", ALL, make.ADMIN),
        lambda: store.set_dispatching("0500-9", True, make.ADMIN),
    ):
        with pytest.raises(StoreError, match="'0500-9': there is none"):
            change()
