"""What a report needs of a ticket's entries beside the views (B70)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from storage.database import Database
from storage.records import NewAttachment

ENTRIES_OF = "SELECT entry.id FROM entry JOIN ticket ON ticket.id = ticket_id WHERE ticket.number = ?"
NAMES = f"""
SELECT id, sender_name, on_behalf_name, on_behalf_address FROM entry
WHERE id IN ({ENTRIES_OF}) AND (sender_name <> '' OR on_behalf_address <> '')
"""
ATTACHMENTS = f"""
SELECT entry_id, number, name, type, size FROM attachment WHERE entry_id IN ({ENTRIES_OF}) ORDER BY entry_id, number
"""


@dataclass(frozen=True, slots=True)
class Beside:
    """What history_v1 does not show of an entry: its sender's name, whose mail he forwarded, its attachments."""

    sender_name: str = ""
    on_behalf: tuple[str, str] = ("", "")  # name, address
    attachments: tuple[NewAttachment, ...] = ()


FORWARDED = f"SELECT id, on_behalf_address FROM entry WHERE id IN ({ENTRIES_OF}) AND on_behalf_address <> ''"


def forwarded_from(db: Database, number: str) -> dict[int, str]:
    """By id, for each entry of a ticket in which an employee forwarded somebody's mail, that person's address (B37)."""
    with db.told():
        return dict(db.rows(FORWARDED, (number,)))


def beside_history(db: Database, number: str) -> dict[int, Beside]:
    """By id, for each entry of a ticket that has something of it."""
    with db.reading():
        names, listed = db.rows(NAMES, (number,)), db.rows(ATTACHMENTS, (number,))
    found = {entry_id: Beside(name, (whose, address)) for entry_id, name, whose, address in names}
    for entry_id, *attachment in listed:
        before = found.get(entry_id, Beside())
        found[entry_id] = replace(before, attachments=(*before.attachments, NewAttachment(*attachment)))
    return found
