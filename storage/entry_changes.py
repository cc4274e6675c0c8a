"""What people change on a history entry: its text, and whether customers may see it (B44, B71, B72)."""

from __future__ import annotations

from typing import Any

from storage import entries, times
from storage.changes import Author, draft
from storage.database import Database
from storage.records import FactsMoved, NewEntry, StoreError
from storage.texts import clean

EDITED_KINDS = ("email", "note")
ENTRY = "SELECT t.number, e.kind, e.text, e.public FROM entry e JOIN ticket t ON t.id = e.ticket_id WHERE e.id = ?"
AS_READ = "WHERE id = ? AND ticket_id = (SELECT ticket.id FROM ticket WHERE number = ?)"


def edit(db: Database, entry_id: int, text: str, author: Author) -> bool:
    """Give a mail's or a note's entry another text; the original stays. Whether anything was changed."""
    number, kind, before, _ = _entry(db, entry_id)
    if kind not in EDITED_KINDS:
        raise StoreError(f"entry {entry_id} is a {kind}: only the texts of {' and '.join(EDITED_KINDS)} are edited")
    text = clean(text)
    if text == before:
        return False
    with draft(db, number, author) as ticket:
        _still(entry_id, db.run(f"UPDATE entry SET text = ? {AS_READ} AND text = ?", (text, entry_id, number, before)))
        ticket.note(f"text of entry {entry_id}", before, text)
        ticket.reworded = True
    return True


def add_note(db: Database, number: str, text: str, public: bool, author: Author) -> int:
    """Write a note on a ticket; the id of its entry. Nobody is told by mail."""
    text = clean(text).strip()
    if not text:
        raise StoreError("a note needs a text")
    with draft(db, number, author) as ticket:
        ticket.touched = ticket.reworded = True
        note = NewEntry(kind="note", direction="none", actor=author.actor, public=public, text=text, whole_text=text)
        return entries.add(db, ticket.row["id"], note, times.to_text(author.at))


def set_public(db: Database, entry_id: int, public: bool, author: Author) -> bool:
    """Show an entry to customers, or hide it from them (B44). Whether anything was changed."""
    number, kind, _, before = _entry(db, entry_id)
    if kind == "change" and public:
        raise StoreError(f"entry {entry_id} is a change: those are never shown to customers")
    if bool(before) == public:
        return False
    with draft(db, number, author) as ticket:
        values = (int(public), entry_id, number, before)
        _still(entry_id, db.run(f"UPDATE entry SET public = ? {AS_READ} AND public = ?", values))
        words = ("not public", "public")
        ticket.note(f"public flag of entry {entry_id}", words[not public], words[public])
    return True


def _still(entry_id: int, cursor: Any) -> None:
    """Go on only where the entry was as it had been read: the history must not tell a wrong old value."""
    if cursor.rowcount != 1:
        raise FactsMoved(f"entry {entry_id} was changed by somebody else meanwhile; look at it again")


def _entry(db: Database, entry_id: int) -> tuple[str, str, str, int]:
    with db.told():
        row = db.row(ENTRY, (entry_id,))
    if row is None:
        raise StoreError(f"entry {entry_id}: there is none with this id; `history NUMBER` lists a ticket's")
    return row
