"""What a report needs of a ticket's entries beside the views (B70)."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Database
from storage.records import NewAttachment

ENTRIES_OF = "SELECT entry.id FROM entry JOIN ticket ON ticket.id = ticket_id WHERE ticket.number = ?"
NAMES = f"SELECT id, sender_name FROM entry WHERE id IN ({ENTRIES_OF}) AND sender_name <> ''"
ATTACHMENTS = f"""
SELECT entry_id, number, name, type, size FROM attachment WHERE entry_id IN ({ENTRIES_OF}) ORDER BY entry_id, number
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """What history_v1 does not show of an entry: its sender's name, its attachments."""

    sender_name: str = ""
    attachments: tuple[NewAttachment, ...] = ()


def beside_history(db: Database, number: str) -> dict[int, Beside]:
    """By id, for each entry of a ticket that has something of it."""
    with db.reading():
        names, listed = db.rows(NAMES, (number,)), db.rows(ATTACHMENTS, (number,))
    found = {entry_id: Beside(name) for entry_id, name in names}
    for entry_id, *attachment in listed:
        before = found.get(entry_id, Beside())
        found[entry_id] = Beside(before.sender_name, (*before.attachments, NewAttachment(*attachment)))
    return found
