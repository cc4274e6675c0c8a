"""Paused pairs of sender and ticket: begun by a mail too many, ended by a person, carried along by a merge (B13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage import times
from storage.addresses import normalise, pair_name
from storage.changes import Author, draft
from storage.database import Database, Row
from storage.records import StoreError

PAUSED = """
SELECT t.number, p.sender, p.paused_at FROM pause p JOIN ticket t ON t.id = p.ticket_id WHERE p.resumed_at IS NULL
"""
RESUME = """
UPDATE pause SET resumed_at = ? WHERE ticket_id = ? AND sender = ? AND resumed_at IS NULL RETURNING paused_at
"""
MEANWHILE = """
SELECT sender_address, COUNT(*) FROM entry WHERE ticket_id = ? AND direction = 'in' AND at >= ? GROUP BY sender_address
"""


@dataclass(frozen=True, slots=True)
class PausedPair:
    """A sender whose mails to a ticket are filed and not distributed."""

    number: str
    sender: str
    paused_at: datetime


def of_ticket(db: Database, number: str) -> list[PausedPair]:
    """The senders that are paused on a ticket, in the order in which they were."""
    with db.told():
        return [_pair(row) for row in db.rows(f"{PAUSED} AND t.number = ? ORDER BY p.paused_at, p.id", (number,))]


def newest(db: Database, limit: int) -> list[PausedPair]:
    """The pairs that were paused last, of all tickets."""
    return [_pair(row) for row in db.rows(f"{PAUSED} ORDER BY p.paused_at DESC, p.id DESC LIMIT ?", (limit,))]


def _pair(row: Row) -> PausedPair:
    number, sender, paused_at = row
    return PausedPair(number, sender, times.from_text(paused_at))


def resume(db: Database, number: str, address: str, author: Author) -> int:
    """Distribute the sender's mails to the ticket again; how many were filed meanwhile, which nobody was sent."""
    sender = pair_name(normalise(address))
    with draft(db, number, author) as ticket:
        row = db.row(RESUME, (times.to_text(author.at), ticket.row["id"], sender))
        if row is None:
            raise StoreError(f"ticket {number}: {sender} is not paused; `ticket show {number}` lists who is")
        ticket.note("pause", sender, "", "resumed")
        filed = db.rows(MEANWHILE, (ticket.row["id"], row[0]))
        return sum(int(mails) for written, mails in filed if pair_name(written) == sender)
