"""What an employee without Other Employees' Tickets sees."""

from __future__ import annotations

from dataclasses import replace

from storage.command_reads import tickets_seen_by
from storage.records import NewTicket, Wanted
from storage.store import Store
from storage.views import COLUMNS, TicketFilter
from tests.storage.make import PEOPLE, open_ticket, opening


def test_managed_and_opened_tickets_alone(store: Store) -> None:
    """B94, B96: tickets that others manage and opened are not there; filters count on top."""
    store.import_people(PEOPLE)
    me = store.directory().by_address["ann@company.example"][0].id
    open_ticket(store)
    for person in ("manager_id", "opened_by_id"):
        facts = store.facts(Wanted())
        ticket = NewTicket(facts.next_number, None, "Acme", None, None, None, f"Mine as {person}", "")
        store.file(opening(facts, new_ticket=replace(ticket, **{person: me})))
    rows = tickets_seen_by(store.db, TicketFilter(), me)
    assert [row["subject"] for row in rows] == ["Mine as opened_by_id", "Mine as manager_id"]
    assert list(rows[0]) == COLUMNS["ticket_v1"].split()
    store.index(60)
    assert [row["number"] for row in tickets_seen_by(store.db, TicketFilter(search="manager"), me)] == ["0500-1001"]
    assert tickets_seen_by(store.db, TicketFilter("closed"), me) == []
