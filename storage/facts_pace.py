"""How much the sender of a mail wrote on each ticket that it speaks of, and whether the pair is paused (B13)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import islice

from storage import times
from storage.addresses import pair_name
from storage.database import Database, in_list
from storage.records import Pace, PacedMail, Wanted

FEW, MOST = 3, 1000
"""Entries that are looked at, the newest first: so many for each mail that may be counted, and so many at most."""

PAUSES = "SELECT ticket_id, paused_at, resumed_at FROM pause WHERE sender = ? AND ticket_id IN "
NEWEST = """
SELECT at, direction, sender_address, subject, authentication FROM entry WHERE ticket_id = ? ORDER BY id DESC LIMIT ?
"""


def read(db: Database, ticket_ids: Collection[int], wanted: Wanted) -> dict[int, Pace]:
    """The pace of the sender on each of the tickets; nothing where nobody asks for it."""
    if not (wanted.pace and wanted.since and ticket_ids):
        return {}
    sender = pair_name(wanted.sender)
    marks, values = in_list(list(ticket_ids))
    pauses = {ticket_id: when for ticket_id, *when in db.rows(PAUSES + marks, (sender, *values))}
    paces = {}
    for ticket_id in ticket_ids:
        paused_at, resumed_at = pauses.get(ticket_id, (None, None))
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
