"""What people change on tickets by command; each change is a history entry: who, when, old, new (B71)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage import entries, search, times
from storage.addresses import normalise
from storage.database import Database
from storage.deliveries import end_of_merges
from storage.filing_tickets import NEW_RECIPIENT, recipient_values
from storage.models import Label, Recipient, Ticket
from storage.models_people import Employee
from storage.records import CLOSED_STATUSES, ROLES, STATUSES, Change, NewRecipient, StoreError
from storage.texts import clean, plain_address

NEW_LABEL = "INSERT INTO label (ticket_id, name) VALUES (?, ?)"


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes, and when."""

    actor: str
    at: datetime
    why: str = ""


@dataclass(slots=True)
class Draft:
    """A ticket being changed: its row, the columns to set, and the history entries to write."""

    row: dict[str, Any]
    author: Author
    columns: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    touched: bool = False  # changed by more than what is drafted here
    reworded: bool = False  # other words are to be found in it

    def note(self, name: str, old: str, new: str, why: str = "") -> None:
        """Record one changed field; the author's reason comes before the one given here."""
        self.changes.append(Change(name, clean(old), clean(new), clean(self.author.why or why)))

    def flag(self, column: str, value: bool, name: str, words: tuple[str, str], why: str = "") -> None:
        """Set a flag, if it is not so already; `words` are those for false and true."""
        if self.row[column] != value:
            self.columns[column] = value
            self.note(name, words[not value], words[value], why)


@contextmanager
def draft(db: Database, number: str, author: Author) -> Iterator[Draft]:
    """Change one ticket in one transaction: what the body drafts is written at its end; no change writes nothing."""
    with db.transaction():
        query = Ticket.select().where(Ticket.number == number).dicts()
        rows = db.fetch(query.for_update() if db.postgresql else query)
        if not rows:
            raise StoreError(f"ticket {number!r}: there is none with this number")
        if into := rows[0]["merged_into"]:
            end = end_of_merges(db, rows[0]["id"], into)
            ((other,),) = db.rows("SELECT number FROM ticket WHERE id = ?", (end,))
            raise StoreError(f"ticket {number} was merged into {other}; change that")
        drafted = Draft(rows[0], author)
        yield drafted
        if drafted.changes or drafted.touched:
            _write(db, drafted)


def _write(db: Database, drafted: Draft) -> None:
    ticket_id, author = drafted.row["id"], drafted.author
    columns = {"version": Ticket.version + 1, "changed_at": author.at} | drafted.columns
    db.execute(Ticket.update(**columns).where(Ticket.id == ticket_id))
    entries.add_changes(db, ticket_id, drafted.changes, author.actor, times.to_text(author.at))
    if drafted.reworded:
        search.queue(db, ticket_id)


def set_status(db: Database, number: str, status: str, author: Author) -> bool:
    """Give a ticket another status; whether it had another one.

    Closing stores the Close Date, opening clears it (B91); the ticket leaves the Inbox (B92).
    """
    if status not in STATUSES:
        raise StoreError(f"status {status!r}: allowed are {', '.join(STATUSES)}")
    with draft(db, number, author) as ticket:
        before = ticket.row["status"]
        if status == before:
            return False
        ticket.columns["status"] = status
        if status not in CLOSED_STATUSES:
            ticket.columns["closed_at"] = None
        elif before not in CLOSED_STATUSES:
            ticket.columns["closed_at"] = author.at
        ticket.note("status", before, status)
        ticket.flag("in_inbox", False, "inbox", ("out", "in"), "the status changed")
        return True


def assign(db: Database, number: str, employee_id: int | None, author: Author) -> None:
    """Give a ticket another manager, or none."""
    with draft(db, number, author) as ticket:
        if ticket.row["manager"] != employee_id:
            ticket.columns["manager"] = employee_id
            ticket.note("manager", _employee(db, ticket.row["manager"]), _employee(db, employee_id))


def _employee(db: Database, employee_id: int | None) -> str:
    if employee_id is None:
        return ""
    for (name,) in db.fetch(Employee.select(Employee.name).where(Employee.id == employee_id).tuples()):
        return str(name)
    raise StoreError(f"employee {employee_id}: there is none with this id")


def set_unread(db: Database, number: str, unread: bool, author: Author) -> None:
    """Mark a ticket as unread or read (B93)."""
    with draft(db, number, author) as ticket:
        ticket.flag("unread", unread, "unread", ("read", "unread"))


def set_inbox(db: Database, numbers: Iterable[str], in_inbox: bool, author: Author) -> None:
    """Put tickets into the Inbox or take them out; all of them or, with a wrong number, none (B92)."""
    with db.transaction():
        for number in numbers:
            with draft(db, number, author) as ticket:
                ticket.flag("in_inbox", in_inbox, "inbox", ("out", "in"))


def set_labels(db: Database, number: str, add: Sequence[str], remove: Sequence[str], author: Author) -> None:
    """Add and remove labels of a ticket."""
    added, gone = {_label(name) for name in add}, {_label(name) for name in remove}
    with draft(db, number, author) as ticket:
        here = Label.ticket == ticket.row["id"]
        before = {name for (name,) in db.fetch(Label.select(Label.name).where(here).tuples())}
        after = (before | added) - gone
        if after == before:
            return
        db.execute(Label.delete().where(here, Label.name.in_(sorted(before - after))))
        for name in sorted(after - before):
            db.run(NEW_LABEL, (ticket.row["id"], name))
        ticket.note("labels", ",".join(sorted(before)), ",".join(sorted(after)))
        ticket.reworded = True


def _label(name: str) -> str:
    name = clean(" ".join(name.split()))
    if not name or "," in name:
        raise StoreError(f"label {name!r}: a label is not empty and has no comma")
    return name


def add_recipients(db: Database, number: str, joining: Sequence[NewRecipient], author: Author) -> None:
    """Add recipients to a ticket: addresses with their type, employees, roles (B64).

    Who is there already stays; an address that is there gets its new type.
    """
    for recipient in joining:
        _check(recipient)
    with draft(db, number, author) as ticket:
        there = _slots(db, ticket.row["id"])
        for recipient in joining:
            values = recipient_values(ticket.row["id"], recipient, author.actor, times.to_text(author.at))
            slot = str(values[1])
            if slot not in there:
                db.run(NEW_RECIPIENT, values)
                ticket.note("recipients", "", _shown(db, recipient))
            elif recipient.list == "external" and there[slot] != recipient.type:
                db.run("UPDATE recipient SET type = ? WHERE ticket_id = ? AND slot = ?", (recipient.type, *values[:2]))
                ticket.note("recipients", f"{there[slot]} {slot}", _shown(db, recipient))
            there[slot] = recipient.type


def remove_recipients(db: Database, number: str, leaving: Sequence[NewRecipient], author: Author) -> None:
    """Remove recipients from a ticket; one who is not on it is a StoreError, and nothing is removed."""
    with draft(db, number, author) as ticket:
        for recipient in leaving:
            slot = recipient_values(ticket.row["id"], recipient, "", "")[1]
            query = Recipient.delete().where(Recipient.ticket == ticket.row["id"], Recipient.slot == slot)
            if not db.execute(query):
                raise StoreError(f"ticket {number!r}: {_shown(db, recipient)} is not among its recipients")
            ticket.note("recipients", _shown(db, recipient), "")


def _check(recipient: NewRecipient) -> None:
    if recipient.list == "external":
        plain_address(recipient.address)
        if recipient.type not in ("to", "cc", "bcc"):
            raise StoreError(f"type {recipient.type!r} of {recipient.address}: allowed are to, cc, bcc")
    elif recipient.role and recipient.role not in ROLES:
        raise StoreError(f"role {recipient.role!r}: allowed are {', '.join(ROLES)}")


def _slots(db: Database, ticket_id: int) -> dict[str, str]:
    """The slots that are taken, with the type of each."""
    query = Recipient.select(Recipient.slot, Recipient.type).where(Recipient.ticket == ticket_id).tuples()
    return dict(db.fetch(query))


def _shown(db: Database, recipient: NewRecipient) -> str:
    """A recipient in the words of the history."""
    if recipient.list == "external":
        return f"{recipient.type} {normalise(recipient.address)}"
    return f"role {recipient.role}" if recipient.role else f"employee {_employee(db, recipient.employee_id)}"
