"""Writes history entries: what was mailed or noted, and what was changed (B70, B71)."""

from __future__ import annotations

from collections.abc import Sequence

from storage.database import Database, Row
from storage.records import Change, FactsMoved, NewEntry
from storage.writing import Writing

NEW_ENTRY = """
INSERT INTO entry (ticket_id, mail_id, at, kind, actor, direction, public, verified, sender_address, sender_name,
    sender_kind, authentication, on_behalf_name, on_behalf_address, message_id, original_sha256, subject, text,
    whole_text, decision)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
NEW_CHANGE = """
INSERT INTO entry (ticket_id, at, kind, actor, direction, public, field, old_value, new_value, subject, text)
VALUES (?, ?, 'change', ?, 'none', 0, ?, ?, ?, ?, ?)
"""
NEW_ATTACHMENT = "INSERT INTO attachment (entry_id, number, name, type, size) VALUES (?, ?, ?, ?, ?)"
NEW_MESSAGE = """
INSERT INTO message (message_id, ticket_id, entry_id, issued, outward) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""


def add(db: Database, ticket_id: int, entry: NewEntry, at: str, mail_id: int | None = None) -> int:
    """Write one entry's own row, and return its id; `at` is stored text."""
    sender = (entry.sender_address, entry.sender_name, entry.sender_kind, entry.authentication)
    on_behalf = (entry.on_behalf_name, entry.on_behalf_address)
    flags = (int(entry.public), int(entry.verified))
    texts = (entry.subject, entry.text, entry.whole_text, entry.decision)
    about = (ticket_id, mail_id, at, entry.kind, entry.actor, entry.direction)
    entry_id = db.insert(
        NEW_ENTRY, (*about, *flags, *sender, *on_behalf, entry.message_id, entry.original_sha256, *texts)
    )
    # failpoint: entries.entry-written
    return entry_id


def add_all(db: Database, writings: Sequence[Writing]) -> None:
    """Write the entries of filings with their attachments, make their Message-IDs known, then write the changes.

    FactsMoved where one must be the first with its Message-ID, and is not.
    """
    attachments: list[Row] = []
    leading: list[Row] = []
    following: list[Row] = []
    changes: list[Row] = []
    for one in writings:
        if one.ticket_id is None:
            continue
        if entry := one.filing.entry:
            entry_id = one.entry_id = add(db, one.ticket_id, entry, one.at, one.mail_id)
            attachments += [(entry_id, a.number, a.name, a.type, a.size) for a in entry.attachments]
            if entry.message_id:
                known = (entry.message_id, one.ticket_id, entry_id, 0, int(seen_outside(entry)))
                (leading if one.leads else following).append(known)
        changes += change_rows(one.ticket_id, one.filing.changes, one.filing.actor, one.at)
    db.many(NEW_ATTACHMENT, attachments)
    if db.many(NEW_MESSAGE, leading) != len(leading):
        raise FactsMoved("a Message-ID was filed meanwhile")
    db.many(NEW_MESSAGE, following)
    db.many(NEW_CHANGE, changes)


def seen_outside(entry: NewEntry) -> bool:
    """Whether outsiders know the entry's Message-ID: it is that of a mail one of them wrote."""
    return entry.public and entry.direction == "in" and entry.sender_kind != "employee"


def add_changes(db: Database, ticket_id: int, changes: Sequence[Change], actor: str, at: str) -> None:
    """Write one entry of kind `change` for each changed field, Not Public."""
    db.many(NEW_CHANGE, change_rows(ticket_id, changes, actor, at))


def change_rows(ticket_id: int, changes: Sequence[Change], actor: str, at: str) -> list[Row]:
    """The values of NEW_CHANGE for each changed field."""
    return [(ticket_id, at, actor, c.field, c.old, c.new, c.field, in_words(c)) for c in changes]


def in_words(change: Change) -> str:
    """`status: New → Pending (why)`, for people who read the history."""
    why = f" ({change.why})" if change.why else ""
    return f"{change.field}: {change.old or '–'} → {change.new or '–'}{why}"
