"""Writes the mails to send and one delivery row for each of their recipients (B87)."""

from __future__ import annotations

from storage import entries, failing, times
from storage.addresses import mailbox_of, normalise
from storage.database import Database
from storage.entries import NEW_MESSAGE
from storage.records import Filing, NewEntry, NewOutgoing

NEW_OUTGOING = """
INSERT INTO outgoing (mail_id, ticket_id, entry_id, kind, message_id, response_to, response_for, created_at,
    envelope_from, original_sha256, body_start, head, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
NEW_DELIVERY = "INSERT INTO delivery (outgoing_id, recipient, state, next_try_at) VALUES (?, ?, ?, ?)"
TOLD_OF = """
SELECT 1 FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id
WHERE o.ticket_id = ? AND d.state = 'suspended' AND d.recipient = ? AND o.created_at >= ? LIMIT 1
"""


def add(db: Database, filing: Filing, mail_id: int | None, ticket_id: int | None, entry_id: int | None) -> None:
    """Write the filing's outgoing mails, due at once; their Message-IDs lead back to the ticket.

    To suspended addresses nothing is sent (B11): the delivery says so, and the ticket does, once.
    """
    if not filing.outgoing:
        return
    at = times.to_text(filing.at)
    suspended = failing.suspended_among(db, {one for mail in filing.outgoing for one in mail.recipients})
    for address, since in suspended.items() if ticket_id else ():
        _tell_of(db, ticket_id, address, since, at)
    deliveries: list[tuple[object, ...]] = []
    for mail in filing.outgoing:
        outgoing_id = _add(db, mail, (mail_id, ticket_id, entry_id), filing, at)
        for one in dict.fromkeys(mail.recipients):
            deliveries.append((outgoing_id, one, *(("suspended", None) if one in suspended else ("pending", at))))
    if deliveries:
        # failpoint: outgoing.mails-written
        db.many(NEW_DELIVERY, deliveries)
        # failpoint: outgoing.deliveries-written
    if ticket_id and entry_id:
        db.many(NEW_MESSAGE, [(m.message_id, ticket_id, entry_id, 1, int(m.outward)) for m in filing.outgoing])


def _tell_of(db: Database, ticket_id: int | None, address: str, since: str, at: str) -> None:
    """The entry that says what is not sent, unless the ticket has one since the address was suspended."""
    if ticket_id is None or db.row(TOLD_OF, (ticket_id, address, since)):
        return
    text = (
        f"Nothing is sent to {address} since {since[:10]}: mail to it failed too often. This ends when mail comes from "
        f"there, or by `deliveries resume {address}`; what was not sent until then is not sent later."
    )
    entry = NewEntry("delivery-report", "none", "courier", False, f"Not sent to {address}: suspended", text, text)
    entries.add(db, ticket_id, entry, at)


def _add(db: Database, mail: NewOutgoing, ids: tuple[int | None, ...], filing: Filing, at: str) -> int:
    """One outgoing mail; a response is kept with who gets it and whose mail it answers, to be counted (B13)."""
    response: tuple[str | None, str | None] = (None, None)
    if mail.kind == "response" and filing.mail:
        addresses = next(iter(mail.recipients), ""), filing.mail.sender
        response = (mailbox_of(normalise(addresses[0])), mailbox_of(normalise(addresses[1])))
    envelope = (*response, at, mail.envelope_from, filing.mail.sha256 if filing.mail else "")
    return db.insert(NEW_OUTGOING, (*ids, mail.kind, mail.message_id, *envelope, mail.body_start, mail.head, mail.body))
