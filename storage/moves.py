"""Moves what stands in a ticket: to another account, into another ticket, one entry alone (B38, B72, B95).

Message-IDs and mails still to be sent go along, so that later mail follows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from storage.changes import Author, Draft, draft
from storage.database import Database
from storage.models_people import Account, Contact
from storage.records import CLOSED_STATUSES, FactsMoved, StoreError
from storage.texts import name_key

MOVED_KINDS = ("email", "note", "delivery-report")
WITH_TICKET = ("entry", "message", "outgoing")
SAME_SLOT = "DELETE FROM recipient WHERE ticket_id = ? AND slot IN (SELECT slot FROM recipient WHERE ticket_id = ?)"
FLAGS: Mapping[str, tuple[str, tuple[str, str]]] = {
    "in_inbox": ("inbox", ("out", "in")),
    "unread": ("unread", ("read", "unread")),
    "dispatching": ("dispatching", ("off", "on")),
}
"""The columns of a ticket that are set where one of two merged tickets has them, as the history names them."""
LABELS = "SELECT name FROM label WHERE ticket_id = ? ORDER BY name"
RECIPIENTS = """
SELECT CASE WHEN r.list = 'external' THEN r.type || ' ' || r.address WHEN r.role IS NULL THEN 'employee ' || e.name
    ELSE 'role ' || r.role END
FROM recipient r LEFT JOIN employee e ON e.id = r.employee_id WHERE r.ticket_id = ? ORDER BY r.id
"""
"""The recipients of a ticket in the words of the history."""
SAME_LABEL = "DELETE FROM label WHERE ticket_id = ? AND name IN (SELECT name FROM label WHERE ticket_id = ?)"
STILL_PAUSED = """
UPDATE pause SET resumed_at = NULL WHERE ticket_id = ? AND sender IN
    (SELECT sender FROM pause WHERE ticket_id = ? AND resumed_at IS NULL)
"""
SAME_PAUSE = "DELETE FROM pause WHERE ticket_id = ? AND sender IN (SELECT sender FROM pause WHERE ticket_id = ?)"
ENTRY = """
SELECT t.number, e.kind, e.subject, e.direction, e.sender_kind FROM entry e JOIN ticket t ON t.id = e.ticket_id
WHERE e.id = ?
"""
TAKE = "UPDATE entry SET ticket_id = ? WHERE id = ?"
TAKE_OUTGOING = "UPDATE outgoing SET ticket_id = ? WHERE entry_id = ?"
TAKE_MESSAGES = """
UPDATE message SET taken_from_id = COALESCE(taken_from_id, ticket_id), ticket_id = ? WHERE entry_id = ?
"""
"""The mails that were sent bear the number of the ticket on which the entry was first, wherever it goes then."""


def move(db: Database, number: str, account: str, author: Author) -> None:
    """Bring a ticket under another account, by name, with all it has.

    Its contact becomes the person of that account who has an address of it, or nobody; its recipients stay.
    """
    with draft(db, number, author) as ticket:
        found = db.fetch(Account.select(Account.id, Account.name).where(Account.name_key == name_key(account)).dicts())
        if not found:
            raise StoreError(f"account {account!r}: there is none of this name; `accounts` lists them")
        here, there = ticket.row["account"], found[0]["id"]
        if here == there:
            return
        ticket.columns["account"] = there
        ticket.note("account", _account(db, here), found[0]["name"])
        ticket.reworded = True
        _follow_contact(db, ticket, there)


def _follow_contact(db: Database, ticket: Draft, account_id: int) -> None:
    before = ticket.row["contact"]
    if before is None:
        return
    name, *emails = db.rows("SELECT name, email1, email2 FROM contact WHERE id = ?", (before,))[0]
    having = [email for email in emails if email]
    same = Contact.email1.in_(having) | Contact.email2.in_(having)
    found = Contact.select(Contact.id, Contact.name).where(Contact.account == account_id, same).order_by(Contact.id)
    after = next(iter(db.fetch(found.tuples())), (None, ""))
    ticket.columns["contact"] = after[0]
    ticket.note("contact", name, after[1])


def _account(db: Database, account_id: int) -> str:
    return str(db.rows("SELECT name FROM account WHERE id = ?", (account_id,))[0][0])


def merge(db: Database, number: str, into: str, author: Author) -> None:
    """Put a ticket with everything into another one of the same account; its number leads there from now on (B34).

    What is left of it is closed, and in its history stands where it went.
    """
    if number == into:
        raise StoreError(f"ticket {number}: it cannot be merged into itself")
    with _both(db, number, into, author) as (source, target):
        if source.row["account"] != target.row["account"]:
            theirs = [_account(db, ticket.row["account"]) for ticket in (source, target)]
            raise StoreError(
                f"ticket {number} is of account {theirs[0]!r}, ticket {into} of {theirs[1]!r}: "
                "only tickets of one account are merged; move one of them first"
            )
        source.note("merged into", "", into)
        labels, recipients = (_names(db, sql, target.row["id"]) for sql in (LABELS, RECIPIENTS))
        moved = _take_everything(db, source.row["id"], target.row["id"])
        target.note("merged", "", f"{number} with {moved} entries: {source.row['subject']}")
        _note_joined(db, target, labels, recipients, f"merged with {number}")
        for column, words in FLAGS.items():
            target.flag(column, bool(source.row[column] or target.row[column]), *words, f"merged with {number}")
        _close_tombstone(source, target)
        source.reworded = target.reworded = True


def _take_everything(db: Database, source: int, target: int) -> int:
    """Bring all rows of one ticket to another; how many entries that were."""
    db.run(SAME_SLOT, (source, target))
    db.run(SAME_LABEL, (source, target))
    db.run(STILL_PAUSED, (target, source))
    db.run(SAME_PAUSE, (source, target))
    for table in ("recipient", "label", "pause", *WITH_TICKET):
        cursor = db.run(f"UPDATE {table} SET ticket_id = ? WHERE ticket_id = ?", (target, source))
        if table == "entry":
            moved = int(cursor.rowcount)
    return moved


def _names(db: Database, sql: str, ticket_id: int) -> list[str]:
    return [name for (name,) in db.rows(sql, (ticket_id,))]


def _note_joined(db: Database, target: Draft, labels: list[str], recipients: list[str], why: str) -> None:
    """What the ticket got that it had not before: `labels` and `recipients` are those it had."""
    all_labels = _names(db, LABELS, target.row["id"])
    if all_labels != labels:
        target.note("labels", ",".join(labels), ",".join(all_labels), why)
    joined = [name for name in _names(db, RECIPIENTS, target.row["id"]) if name not in recipients]
    if joined:
        target.note("recipients", "", ", ".join(joined), why)


def _close_tombstone(source: Draft, target: Draft) -> None:
    """What is left is closed, and waits for nobody."""
    why = f"merged into {target.row['number']}"
    source.columns["merged_into"] = target.row["id"]
    if source.row["status"] not in CLOSED_STATUSES:
        source.columns |= {"status": "Completed", "closed_at": source.author.at}
        source.note("status", source.row["status"], "Completed", why)
    for column, words in FLAGS.items():
        source.flag(column, False, *words, why)


def take(db: Database, entry_id: int, to: str, author: Author) -> str:
    """Take an entry to another ticket; replies to it follow (B38). The number of the ticket it was on.

    Mail from outside is news there: it puts the ticket into the Inbox and makes it unread (B92, B93).
    """
    row = db.row(ENTRY, (entry_id,))
    if row is None:
        raise StoreError(f"entry {entry_id}: there is none with this id")
    number, kind, subject, direction, sender_kind = row
    if kind not in MOVED_KINDS:
        raise StoreError(f"entry {entry_id} is a {kind}: only {', '.join(MOVED_KINDS)} can be taken to another ticket")
    if number == to:
        raise StoreError(f"entry {entry_id} stands on ticket {to} already")
    with _both(db, number, to, author) as (source, target):
        values = target.row["id"], entry_id
        if not db.run(f"{TAKE} AND ticket_id = ?", (*values, source.row["id"])).rowcount:
            raise FactsMoved(f"entry {entry_id} was taken elsewhere meanwhile")
        for sql in (TAKE_OUTGOING, TAKE_MESSAGES):
            db.run(sql, values)
        source.note("entry", f"{entry_id} {subject}".strip(), f"taken to {to}")
        target.note("entry", f"{entry_id} {subject}".strip(), f"taken from {number}")
        if direction == "in" and sender_kind != "employee":
            target.flag("in_inbox", True, "inbox", ("out", "in"), "customer's mail")
            target.flag("unread", True, "unread", ("read", "unread"), "customer's mail")
        source.reworded = target.reworded = True
    return str(number)


@contextmanager
def _both(db: Database, one: str, other: str, author: Author) -> Iterator[tuple[Draft, Draft]]:
    """Change two tickets in one transaction; they are locked in one order, whoever asks."""
    first, second = sorted((one, other))
    with db.transaction(), draft(db, first, author) as lower, draft(db, second, author) as upper:
        yield (lower, upper) if one == first else (upper, lower)
