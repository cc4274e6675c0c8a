"""Writes what mails do to tickets: opens them or brings them up to date, with those who join them (B70)."""

from __future__ import annotations

from collections.abc import Sequence

from storage.addresses import normalise
from storage.database import Database
from storage.records import CLOSED_STATUSES, FactsMoved, Filing, NewRecipient, NewTicket, StoreError
from storage.texts import name_key
from storage.writing import Writing

NEXT_NUMBER = "UPDATE setting SET value = ? WHERE name = 'next_number' AND value = ?"
NEW_ACCOUNT = "INSERT INTO account (name, name_key) VALUES (?, ?) ON CONFLICT DO NOTHING"
NEW_TICKET = """
INSERT INTO ticket (number, account_id, contact_id, manager_id, opened_by_id, subject, description, status, priority,
    closed_at, in_inbox, unread, opened_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
PAUSE = """
INSERT INTO pause (ticket_id, sender, paused_at) VALUES (?, ?, ?)
ON CONFLICT (ticket_id, sender) DO UPDATE SET paused_at = excluded.paused_at, resumed_at = NULL
"""
NEW_RECIPIENT = """
INSERT INTO recipient (ticket_id, slot, list, type, address, name, employee_id, role, added_by, added_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""


def write(db: Database, writings: Sequence[Writing]) -> None:
    """Open each mail's ticket, or bring it up to date; none where the mail is not filed."""
    of_tickets = [one for one in writings if _has_ticket(one.filing)]
    _check_directory(db, {one.filing.directory_version for one in of_tickets})
    _take_numbers(db, [one.filing.new_ticket.number for one in of_tickets if one.filing.new_ticket])
    joining: list[tuple[object, ...]] = []
    for one in of_tickets:
        filing, new = one.filing, one.filing.new_ticket
        ticket_id = one.ticket_id = _open(db, filing, new, one.at) if new else _update(db, filing, one.at)
        joining += [recipient_values(ticket_id, who, filing.actor, one.at) for who in filing.recipients]
    db.many(NEW_RECIPIENT, joining)
    for one in of_tickets:
        if one.filing.pause:
            db.run(PAUSE, (one.ticket_id, one.filing.pause, one.at))


def _has_ticket(filing: Filing) -> bool:
    if filing.new_ticket or filing.ticket_id is not None:
        return True
    if filing.entry or filing.changes or filing.recipients or filing.pause:
        raise StoreError("an entry, a change, a recipient or a pause needs a ticket")
    return False


def _check_directory(db: Database, versions: set[int]) -> None:
    if not versions:
        return
    row = db.row("SELECT value FROM setting WHERE name = 'directory_version'")
    if row is None or versions != {int(row[0])}:
        raise FactsMoved("the directory of people changed")


def _take_numbers(db: Database, numbers: Sequence[str]) -> None:
    """Move the counter behind the numbers that the decisions were made with."""
    if not numbers:
        return
    counters = [int(number.rpartition("-")[2]) for number in numbers]
    first, behind = counters[0], counters[0] + len(counters)
    if counters != list(range(first, behind)) or db.run(NEXT_NUMBER, (str(behind), str(first))).rowcount != 1:
        raise FactsMoved(f"number {numbers[0]} is taken")
    # failpoint: filing.number-taken


def _open(db: Database, filing: Filing, new: NewTicket, at: str) -> int:
    account_id = new.account_id or account_named(db, new.account_name)
    people = (account_id, new.contact_id, new.manager_id, new.opened_by_id)
    status = filing.status or new.status
    closed_at = at if status in CLOSED_STATUSES else None
    state = (status, new.priority, closed_at, int(filing.in_inbox or False), int(filing.unread or False), at, at)
    ticket_id = db.insert(NEW_TICKET, (new.number, *people, new.subject, new.description, *state))
    # failpoint: filing.ticket-opened
    return ticket_id


def account_named(db: Database, name: str) -> int:
    """The id of the account of this name, which is made where there is none."""
    key = name_key(name)
    query = "SELECT id FROM account WHERE name_key = ?"
    row = db.row(query, (key,))
    if row is None:
        db.run(NEW_ACCOUNT, (name.strip(), key))
        row = db.row(query, (key,))
    assert row is not None  # just made, here or by another process
    return int(row[0])


def _update(db: Database, filing: Filing, at: str) -> int:
    """Bring the ticket up to date, if it still is what the decision was made with; its id."""
    ticket_id = filing.ticket_id or 0
    sets, values = ["version = version + 1", "changed_at = ?"], [at]
    for column, flag in (("in_inbox", filing.in_inbox), ("unread", filing.unread)):
        if flag is not None:
            sets.append(f"{column} = {int(flag)}")
    if filing.status is not None:
        status_set, status_values = status_change(filing.status, at)
        sets.append(status_set)
        values += status_values
    where = "WHERE id = ? AND version = ? AND merged_into_id IS NULL"
    sql = f"UPDATE ticket SET {', '.join(sets)} {where}"
    if db.run(sql, (*values, ticket_id, filing.ticket_version)).rowcount != 1:
        raise FactsMoved(f"ticket {ticket_id} changed")
    # failpoint: filing.ticket-updated
    return ticket_id


def status_change(status: str, at: str) -> tuple[str, list[str]]:
    """The assignment that sets a status: closing stores the Close Date once, opening clears it (B91)."""
    if status in CLOSED_STATUSES:
        return "status = ?, closed_at = COALESCE(closed_at, ?)", [status, at]
    return "status = ?, closed_at = NULL", [status]


def recipient_values(ticket_id: int, recipient: NewRecipient, by: str, at: str) -> tuple[object, ...]:
    """The row of one recipient; its slot is what may stand on a ticket once."""
    if recipient.list == "external":
        address = normalise(recipient.address)
        return (ticket_id, address, "external", recipient.type, address, recipient.name, None, None, by, at)
    slot = f"role {recipient.role}" if recipient.role else f"employee {recipient.employee_id}"
    return (ticket_id, slot, "employee", None, "", "", recipient.employee_id, recipient.role or None, by, at)
