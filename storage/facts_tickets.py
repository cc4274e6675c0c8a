"""The tickets that one mail speaks of, each followed to the end of its chain of merges (B34)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from storage import times
from storage.database import Database, Row, in_list
from storage.records import ExternalRecipient, KnownMessage, Ticket
from storage.values import frozen

NEWEST = 9  # messages of a thread that are read besides its first

TICKETS = """
SELECT t.id, t.number, t.version, t.subject, t.status, t.closed_at, t.account_id, t.contact_id, t.manager_id,
    t.opened_by_id, t.merged_into_id, t.in_inbox, t.unread, c.email1, c.email2,
    (SELECT e.sender_address FROM entry e WHERE e.ticket_id = t.id AND e.kind = 'email' AND e.verified = 1
        ORDER BY e.id LIMIT 1)
FROM ticket t LEFT JOIN contact c ON c.id = t.contact_id WHERE """
RECIPIENTS = """
SELECT ticket_id, list, type, address, name, employee_id, role FROM recipient WHERE ticket_id IN {} ORDER BY id
"""
THREAD = "SELECT message_id, ticket_id, entry_id, issued, outward FROM message WHERE ticket_id = ? ORDER BY id "


@frozen
class Tickets:
    """What was found for a mail: tickets at the ends of merges, where asked numbers lead, and where merged ids lead."""

    ends: dict[int, Ticket]
    numbers: dict[str, int]
    end_of: dict[int, int]  # of all mails that asked together

    def moved(self, message: KnownMessage) -> KnownMessage:
        """The message with its tickets at the ends of their merges."""
        end, first = self.end_of[message.ticket_id], message.taken_from and self.end_of[message.taken_from]
        moved = (end, first) != (message.ticket_id, message.taken_from)
        return replace(message, ticket_id=end, taken_from=first) if moved else message


def read_all(db: Database, asked: Sequence[tuple[Sequence[str], Collection[int]]]) -> list[Tickets]:
    """The tickets with the numbers or ids that each of several mails asks for."""
    numbers = tuple(dict.fromkeys(number for its, _ in asked for number in its))
    rows = {row[0]: row for row in _asked(db, numbers, sorted({i for _, ids in asked for i in ids}))}
    with_number = {row[1]: row[0] for row in rows.values()}
    while missing := sorted({row[10] for row in rows.values() if row[10]} - rows.keys()):
        rows.update((row[0], row) for row in _asked(db, (), missing))
    end_of = {ticket_id: _end(rows, ticket_id) for ticket_id in rows}
    tickets = _tickets(db, {end: rows[end] for end in end_of.values()})
    found = []
    for its, ids in asked:
        of_numbers = {number: end_of[with_number[number]] for number in its if number in with_number}
        ends = (*of_numbers.values(), *(end_of[i] for i in sorted(ids)))
        found.append(Tickets({end: tickets[end] for end in ends}, of_numbers, end_of))
    return found


def _asked(db: Database, numbers: Sequence[str], ids: Sequence[int]) -> list[Row]:
    conditions: list[str] = []
    values: list[object] = []
    for column, wanted in (("t.number", numbers), ("t.id", ids)):
        if wanted:
            marks, padded = in_list(wanted)
            conditions.append(f"{column} IN {marks}")
            values += padded
    return db.rows(TICKETS + " OR ".join(conditions), values) if conditions else []


def _end(rows: dict[int, Row], ticket_id: int) -> int:
    """The end of a chain of merges; a ring, which nothing should make, ends where it closes."""
    seen = set()
    while rows[ticket_id][10] and ticket_id not in seen:
        seen.add(ticket_id)
        ticket_id = rows[ticket_id][10]
    return ticket_id


def _tickets(db: Database, rows: dict[int, Row]) -> dict[int, Ticket]:
    recipients: dict[int, list[Row]] = {ticket_id: [] for ticket_id in rows}
    if rows:
        marks, values = in_list(list(rows))
        for row in db.rows(RECIPIENTS.format(marks), values):
            recipients[row[0]].append(row)
    return {i: _ticket(row, recipients[i], _thread(db, i)) for i, row in rows.items()}


def _thread(db: Database, ticket_id: int) -> Iterator[KnownMessage]:
    """The first and the newest messages, in order."""
    rows = db.rows(f"{THREAD} DESC LIMIT {NEWEST + 1}", (ticket_id,))
    if len(rows) > NEWEST:
        rows[-1:] = db.rows(f"{THREAD} LIMIT 1", (ticket_id,))
    for message_id, ticket, entry_id, issued, outward in reversed(rows):
        yield KnownMessage(message_id, ticket, entry_id, bool(issued), bool(outward))


def _ticket(row: Row, recipients: Iterable[Row], thread: Iterable[KnownMessage]) -> Ticket:
    ticket_id, number, version, subject, status, closed_at, account, contact, manager, opened_by, *rest = row
    _, in_inbox, unread, *emails, first_sender = rest
    external, employee_ids, roles = [], [], []
    for _, kind, type_, address, name, employee_id, role in recipients:
        if kind == "external":
            external.append(ExternalRecipient(address, name, type_))
        elif role:
            roles.append(role)
        else:
            employee_ids.append(employee_id)
    return Ticket(
        id=ticket_id,
        number=number,
        version=version,
        subject=subject,
        status=status,
        closed_at=times.from_text(closed_at) if closed_at else None,
        account_id=account,
        contact_id=contact,
        contact_addresses=tuple(email for email in emails if email),
        manager_id=manager,
        opened_by_id=opened_by,
        external=tuple(external),
        employee_ids=tuple(employee_ids),
        roles=tuple(roles),
        thread=tuple(thread),
        in_inbox=bool(in_inbox),
        unread=bool(unread),
        first_sender=first_sender or "",
    )
