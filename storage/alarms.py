"""Alarms that stand: each is raised once and told of once, and once more when it is over (B107)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import outgoing, times
from storage.database import Database
from storage.records import Filing, NewOutgoing
from storage.writing import Writing

RAISE = "INSERT INTO alarm (name, what, raised_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"
END = "DELETE FROM alarm WHERE name = ? RETURNING id"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One that stands; `name` says about what it is, in a form that stays: `road IMAP:office`."""

    name: str
    what: str
    raised_at: datetime


def standing(db: Database) -> list[Alarm]:
    """All that stand, the oldest first."""
    with db.told():
        rows = db.rows("SELECT name, what, raised_at FROM alarm ORDER BY raised_at, id")
    return [Alarm(name, what, times.from_text(raised_at)) for name, what, raised_at in rows]


def raise_(db: Database, name: str, what: str, at: datetime, mails: Sequence[NewOutgoing] = ()) -> bool:
    """Let it stand, and send these mails; False where it stands already, and then nothing is written."""
    with db.transaction():
        raised = db.row(RAISE, (name, what, times.to_text(at))) is not None
        if raised:
            outgoing.add(db, [Writing(Filing(None, at, outgoing=tuple(mails)), times.to_text(at))])
        return raised


def end(db: Database, name: str, at: datetime, mails: Sequence[NewOutgoing] = ()) -> bool:
    """It is over; send these mails. False where it does not stand."""
    with db.transaction():
        ended = db.row(END, (name,)) is not None
        if ended:
            outgoing.add(db, [Writing(Filing(None, at, outgoing=tuple(mails)), times.to_text(at))])
        return ended
