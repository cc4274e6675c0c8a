"""Makes the values that tests put into the store: one sensible default each, what matters is named by the test."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg

from storage.changes import Author
from storage.people_rows import AccountRow, ContactRow, EmployeeRow
from storage.records import Facts, Filed, Filing, MailRecord, NewEntry, NewOutgoing, NewTicket, Ticket, Wanted
from storage.store import Store

REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)
"""What the databases raise where a key or a condition does not hold."""
NOW = datetime(2026, 11, 23, 22, 18, 13, 123000, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BOB = "bob@customer.example"
ADMIN = Author("administrator", LATER)
PEOPLE = (
    EmployeeRow("Ann", "ann@company.example", "ann@private.example"),
    EmployeeRow("Max", "max@company.example", mail_option="all"),
    AccountRow("Acme", "office@acme.example", domains=("acme.example",), manager="max@company.example"),
    ContactRow("Carl", "Acme", "carl@acme.example", main=True),
)

_numbers = count()


def mail(**fields: Any) -> MailRecord:
    """A mail that no other call of this makes."""
    i = next(_numbers)
    made = MailRecord(
        spool_id=f"spool{i}",
        received_at=NOW,
        road="smtp",
        sha256=f"{i:064x}",
        size=4000,
        message_id=f"<m{i}@customer.example>",
        dedupe_key=f"key{i}",
        sender=BOB,
        subject="Printer",
        outcome="filed",
    )
    return replace(made, **fields)


def entry(**fields: Any) -> NewEntry:
    """A customer's mail as a history entry."""
    i = next(_numbers)
    made = NewEntry(
        kind="email",
        direction="in",
        actor="Bob",
        public=True,
        subject="Printer",
        text="It is broken.",
        whole_text="It is broken.\n> old",
        sender_address=BOB,
        sender_name="Bob",
        sender_kind="unknown",
        authentication="none",
        message_id=f"<e{i}@customer.example>",
        original_sha256=f"{i:064x}",
        decision='{"outcome": "filed"}',
    )
    return replace(made, **fields)


def outgoing(*recipients: str, **fields: Any) -> NewOutgoing:
    """A mail to send."""
    made = NewOutgoing(
        kind="distribution",
        message_id=f"<o{next(_numbers)}@company.example>",
        envelope_from="support@company.example",
        head=b"Subject: Printer\r\n\r\n",
        recipients=recipients,
        outward=False,
        body_start=100,
    )
    return replace(made, **fields)


def opening(facts: Facts, **fields: Any) -> Filing:
    """A mail that opens a ticket, by what the store knew."""
    ticket = NewTicket(facts.next_number, None, "Unknown senders", None, None, None, "Printer", "It is broken.")
    made = Filing(
        mail=mail(), at=NOW, actor="Bob", directory_version=facts.directory.version, new_ticket=ticket, entry=entry()
    )
    return replace(made, **fields)


def reply(facts: Facts, ticket: Ticket, **fields: Any) -> Filing:
    """A mail that goes on a ticket, by what the store knew."""
    made = Filing(
        mail=mail(),
        at=LATER,
        actor="Bob",
        directory_version=facts.directory.version,
        ticket_id=ticket.id,
        ticket_version=ticket.version,
        entry=entry(),
    )
    return replace(made, **fields)


def open_ticket(store: Store, **fields: Any) -> Ticket:
    """File a mail that opens a ticket, and read the ticket."""
    filed = store.file(opening(store.facts(Wanted()), **fields))
    return ticket(store, filed)


def ticket(store: Store, filed: Filed) -> Ticket:
    """The ticket that a filing wrote to, as facts show it."""
    (number,) = store.db.row("SELECT number FROM ticket WHERE id = ?", (filed.ticket_id,)) or ("",)
    return by_number(store, number)


def by_number(store: Store, number: str) -> Ticket:
    """The ticket with a number, as facts show it."""
    facts = store.facts(Wanted(numbers=(number,)))
    return facts.tickets[facts.numbers[number]]


def count_rows(store: Store) -> dict[str, int]:
    """How many rows each table has that a filing writes to."""
    tables = ["mail", "ticket", "entry", "attachment", "message", "recipient", "outgoing", "delivery", "account"]
    return {table: (store.db.row(f"SELECT COUNT(*) FROM {table}") or (0,))[0] for table in tables}
