"""How much the sender of a mail wrote on each ticket that it speaks of, and whether the pair is paused (B13)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import islice

from storage import times
from storage.addresses import pair_name
from storage.database import Database, with_asked_rows
from storage.records import Pace, PacedMail, Wanted

FEW, MOST = 3, 1000
"""Entries that are looked at, the newest first: so many for each mail that may be counted, and so many at most."""

PAUSES = """
SELECT ticket_id, sender, paused_at, resumed_at FROM asked CROSS JOIN pause
WHERE ticket_id = asked.ticket AND sender = asked.name
"""
NEWEST = """
SELECT at, direction, sender_address, subject, authentication FROM entry WHERE ticket_id = ? ORDER BY id DESC LIMIT ?
"""


def read_all(db: Database, asked: Sequence[tuple[Wanted, Collection[int]]]) -> list[dict[int, Pace]]:
    """The pace of each mail's sender on each of its tickets, by their ids; nothing where nobody asks for it."""
    pairs = [
        (ticket_id, pair_name(wanted.sender))
        for wanted, ids in asked
        if wanted.pace and wanted.since
        for ticket_id in ids
    ]
    if not pairs:
        return [{} for _ in asked]
    these, values = with_asked_rows("ticket, name", pairs)
    pauses = {(ticket_id, sender): when for ticket_id, sender, *when in db.rows(these + PAUSES, values)}
    return [_read(db, wanted, ids, pauses) for wanted, ids in asked]


def _read(
    db: Database, wanted: Wanted, ticket_ids: Collection[int], pauses: Mapping[tuple[int, str], list[str | None]]
) -> dict[int, Pace]:
    if not (wanted.pace and wanted.since):
        return {}
    sender = pair_name(wanted.sender)
    paces = {}
    for ticket_id in ticket_ids:
        paused_at, resumed_at = pauses.get((ticket_id, sender), (None, None))
        if paused_at and not resumed_at:
            paces[ticket_id] = Pace(paused_at=times.from_text(paused_at))
        else:
            since = max(wanted.since, times.from_text(resumed_at)) if resumed_at else wanted.since
            paces[ticket_id] = Pace(tuple(_mails(db, ticket_id, sender, since, wanted)))
    return paces


def _mails(db: Database, ticket_id: int, sender: str, since: datetime, wanted: Wanted) -> list[PacedMail]:
    """The newest mails of the sender, so many that are refuted and so many that are not.

    The walk ends at `since`, so that the age of a ticket costs nothing.
    """
    start, end, limit = times.to_text(since), times.end_text(wanted.until), wanted.pace
    for most in (FEW * limit, max(MOST, FEW * limit)):
        rows = db.rows(NEWEST, (ticket_id, most))
        if len(rows) < most or rows[-1][0] < start:
            break
    found = [
        PacedMail(times.from_text(at), subject, authentication == "failed")
        for at, direction, address, subject, authentication in rows
        if direction == "in" and start < at <= end and pair_name(address) == sender
    ]
    kinds = ((one for one in found if one.refuted is refuted) for refuted in (False, True))
    return [one for kind in kinds for one in islice(kind, limit)]
