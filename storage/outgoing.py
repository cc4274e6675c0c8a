"""Writes the mails to send and one delivery row for each of their recipients (B87)."""

from __future__ import annotations

from storage import times
from storage.addresses import mailbox_of, normalise
from storage.database import Database
from storage.entries import NEW_MESSAGE
from storage.records import Filing, NewOutgoing

NEW_OUTGOING = """
INSERT INTO outgoing (mail_id, ticket_id, entry_id, kind, message_id, response_to, response_for, created_at,
    envelope_from, original_sha256, body_start, head, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
NEW_DELIVERY = "INSERT INTO delivery (outgoing_id, recipient, state, next_try_at) VALUES (?, ?, 'pending', ?)"


def add(db: Database, filing: Filing, mail_id: int | None, ticket_id: int | None, entry_id: int | None) -> None:
    """Write the filing's outgoing mails, due at once; their Message-IDs lead back to the ticket."""
    at = times.to_text(filing.at)
    deliveries: list[tuple[object, ...]] = []
    for mail in filing.outgoing:
        outgoing_id = _add(db, mail, (mail_id, ticket_id, entry_id), filing, at)
        deliveries += [(outgoing_id, recipient, at) for recipient in dict.fromkeys(mail.recipients)]
    if deliveries:
        db.many(NEW_DELIVERY, deliveries)
    if filing.outgoing and ticket_id and entry_id:
        db.many(NEW_MESSAGE, [(m.message_id, ticket_id, entry_id, 1, int(m.outward)) for m in filing.outgoing])


def _add(db: Database, mail: NewOutgoing, ids: tuple[int | None, ...], filing: Filing, at: str) -> int:
    """One outgoing mail; a response is kept with who gets it and whose mail it answers, to be counted (B13)."""
    response: tuple[str | None, str | None] = (None, None)
    if mail.kind == "response" and filing.mail:
        addresses = next(iter(mail.recipients), ""), filing.mail.sender
        response = (mailbox_of(normalise(addresses[0])), mailbox_of(normalise(addresses[1])))
    envelope = (*response, at, mail.envelope_from, filing.mail.sha256 if filing.mail else "")
    row = db.row(NEW_OUTGOING, (*ids, mail.kind, mail.message_id, *envelope, mail.body_start, mail.head, mail.body))
    assert row is not None  # RETURNING
    return int(row[0])
