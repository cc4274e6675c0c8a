"""What the courier does with the store: claim what is due, and write down what became of it (B87, B88)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from storage import entries, failing, search, times
from storage.database import Database, Row, in_list
from storage.records import Change, Drop, NewEntry, Parcel, Result, StoreError
from storage.texts import clean

WAITING = "state IN ('pending', 'deferred')"
"""As in the condition of the index delivery_due, or SQLite does not use it."""

DUE = f"""
SELECT id FROM delivery
WHERE {WAITING} AND next_try_at <= ? AND (lease_until IS NULL OR lease_until <= ?) ORDER BY next_try_at, id LIMIT ?
"""
CLAIM = """
WITH due AS MATERIALIZED ({})
UPDATE delivery SET lease_owner = ?, lease_until = ? WHERE id IN (SELECT id FROM due)
RETURNING id, outgoing_id, recipient, tries
"""
PARCELS = """
SELECT o.id, COALESCE(t.number, ''), COALESCE(m.spool_id, ''), o.kind, o.message_id, o.envelope_from, o.head, o.body,
    o.original_sha256, COALESCE(m.size, 0), o.body_start, o.created_at
FROM outgoing o LEFT JOIN ticket t ON t.id = o.ticket_id LEFT JOIN mail m ON m.id = o.mail_id
WHERE o.id IN {} ORDER BY o.id
"""
SENT = f"""
UPDATE delivery SET state = 'sent', sent_at = ?, next_try_at = NULL, last_answer = ?, tries = tries + ?,
    lease_owner = NULL, lease_until = NULL WHERE id = ? AND {WAITING}
"""
DEFERRED = f"""
UPDATE delivery SET state = 'deferred', next_try_at = ?, last_answer = ?, tries = tries + ?,
    lease_owner = NULL, lease_until = NULL WHERE id = ? AND {WAITING}
"""
FAILED = f"""
UPDATE delivery SET state = 'failed', next_try_at = NULL, last_answer = ?, tries = tries + ?,
    lease_owner = NULL, lease_until = NULL WHERE id = ? AND {WAITING} RETURNING outgoing_id, recipient
"""
FAILED_TICKET = """
SELECT t.id, t.merged_into_id, o.message_id, o.kind FROM outgoing o JOIN ticket t ON t.id = o.ticket_id WHERE o.id = ?
"""
TOUCH = "UPDATE ticket SET changed_at = ?, version = version + 1 WHERE id = ?"
INTO_INBOX = "UPDATE ticket SET in_inbox = 1 WHERE id = ? AND in_inbox = 0"
TO_INBOX = Change("inbox", "out", "in", "delivery failed")
LONGEST_WAIT = timedelta(hours=2)
"""No delivery waits for longer on purpose; whatever has to was put off by a clock that was ahead."""
RELEASE = f"UPDATE delivery SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = ? AND {WAITING}"
BRING_FORWARD = f"UPDATE delivery SET next_try_at = ? WHERE {WAITING} AND next_try_at > ?"
NEXT_FREE = f"SELECT next_try_at FROM delivery WHERE {WAITING} AND lease_until IS NULL ORDER BY next_try_at LIMIT 1"
NEXT_LEASE = "SELECT lease_until FROM delivery WHERE lease_until IS NOT NULL ORDER BY lease_until LIMIT 1"


def claim(
    db: Database, now: datetime, limit: int, lease_seconds: float, owner: str, results: Sequence[Result] = ()
) -> list[Parcel]:
    """Lease at most `limit` due deliveries to `owner`, grouped by outgoing mail, oldest first.

    A lease that runs out, as after a crash, makes its deliveries due again. What became of those that were leased
    before is written down in the same transaction (`record`).
    """
    at, until = times.to_text(now), times.to_text(now + timedelta(seconds=lease_seconds))
    with db.told():
        if not results and db.row(DUE, (at, at, 1)) is None:
            return []  # looking around must not wait for the writer
    lock = "FOR UPDATE SKIP LOCKED" if db.postgresql else ""
    with db.transaction():
        if results:
            _write_down(db, results, now)
        rows = db.rows(CLAIM.format(DUE + lock), (at, at, limit, owner, until))
        # failpoint: deliveries.leased
        return _parcels(db, rows)


def _parcels(db: Database, rows: Iterable[Row]) -> list[Parcel]:
    drops: dict[int, list[Drop]] = {}
    for delivery_id, outgoing_id, recipient, tries in sorted(rows):
        drops.setdefault(outgoing_id, []).append(Drop(delivery_id, recipient, tries))
    if not drops:
        return []
    marks, values = in_list(list(drops))
    return [_parcel(row, tuple(drops[row[0]])) for row in db.rows(PARCELS.format(marks), values)]


def _parcel(row: Row, drops: tuple[Drop, ...]) -> Parcel:
    id_, number, mail, kind, message_id, envelope_from, head, body, sha256, size, body_start, created_at = row
    return Parcel(
        outgoing_id=id_,
        ticket_number=number,
        mail=mail,
        kind=kind,
        message_id=message_id,
        envelope_from=envelope_from,
        head=bytes(head),
        body=None if body is None else bytes(body),
        original_sha256=sha256,
        original_size=size,
        body_start=body_start,
        created_at=times.from_text(created_at),
        drops=drops,
    )


def record(db: Database, results: Sequence[Result], now: datetime) -> None:
    """Write down what became of deliveries; one that is sent or failed already stays as it is.

    A permanent failure is recorded on its ticket, Not Public, and puts it in the Inbox (B87), which is a change (B71).
    """
    with db.transaction():
        _write_down(db, results, now)


def _write_down(db: Database, results: Sequence[Result], now: datetime) -> None:
    if wrong := {result.state for result in results} - {"sent", "deferred", "failed"}:
        raise StoreError(f"delivery states {', '.join(sorted(wrong))}: allowed are sent, deferred, failed")
    sent = [(times.to_text(r.at), *_told(r)) for r in results if r.state == "sent"]
    deferred = [(times.to_text(r.next_try_at or r.at), *_told(r)) for r in results if r.state == "deferred"]
    db.many(SENT, sent)
    db.many(DEFERRED, deferred)
    # failpoint: deliveries.results-written
    for result in results:
        if result.state == "failed":
            _fail(db, result, now)


def _told(result: Result) -> tuple[str, int, int]:
    """Answer, tries to add and id; relays may answer with any bytes."""
    return clean(result.answer), int(result.counted), result.delivery_id


def _fail(db: Database, result: Result, now: datetime) -> None:
    failed = db.row(FAILED, _told(result))
    if failed is None:
        return
    outgoing_id, recipient = failed
    if result.blames_address:
        failing.count(db, recipient, result.delivery_id, result.answer, now)
    at = times.to_text(now)
    found = db.row(FAILED_TICKET, (outgoing_id,))
    if found is None:
        return  # an alarm belongs to no ticket
    ticket_id, merged_into, message_id, kind = found
    ticket_id = end_of_merges(db, ticket_id, merged_into)
    text = f"The {kind} to {recipient} could not be delivered: {clean(result.answer)}\nMessage-ID: {message_id}"
    report = NewEntry("delivery-report", "none", "courier", False, f"Not delivered to {recipient}", text, text)
    entries.add(db, ticket_id, report, at)
    search.queue(db, ticket_id)
    db.run(TOUCH, (at, ticket_id))
    if db.run(INTO_INBOX, (ticket_id,)).rowcount:
        entries.add_changes(db, ticket_id, [TO_INBOX], "courier", at)
    # failpoint: deliveries.failure-written


def end_of_merges(db: Database, ticket_id: int, merged_into: int | None) -> int:
    """The ticket that a chain of merges leads to (B34)."""
    seen = {ticket_id}
    while merged_into and merged_into not in seen:
        seen.add(merged_into)
        ticket_id = merged_into
        row = db.row("SELECT merged_into_id FROM ticket WHERE id = ?", (ticket_id,))
        merged_into = row[0] if row else None
    return ticket_id


def release(db: Database, owner: str, now: datetime) -> None:
    """End all leases of an owner, who starts anew; what it held is due again, and what the clock put off is due now."""
    with db.transaction():
        db.run(RELEASE, (owner,))
        db.run(BRING_FORWARD, (times.to_text(now), times.to_text(now + LONGEST_WAIT)))


def next_due(db: Database) -> datetime | None:
    """When the next delivery becomes due, which may have passed already; nothing where none waits."""
    with db.reading():
        found = [row[0] for sql in (NEXT_FREE, NEXT_LEASE) if (row := db.row(sql))]
    return times.from_text(min(found)) if found else None
