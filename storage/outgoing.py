"""Writes the mails to send and one delivery row for each of their recipients (B87)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage import entries, failing
from storage.addresses import mailbox_of, normalise
from storage.database import Database, Row
from storage.entries import NEW_MESSAGE
from storage.records import NewEntry, NewOutgoing
from storage.writing import Writing

NEW_OUTGOING = """
INSERT INTO outgoing (mail_id, ticket_id, entry_id, kind, message_id, response_to, response_for, created_at,
    envelope_from, original_sha256, body_start, head, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
NEW_DELIVERY = "INSERT INTO delivery (outgoing_id, recipient, state, next_try_at) VALUES (?, ?, ?, ?)"
TOLD_OF = """
SELECT 1 FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id
WHERE o.ticket_id = ? AND d.state = 'suspended' AND d.recipient = ? AND o.created_at >= ? LIMIT 1
"""


def add(db: Database, writings: Sequence[Writing]) -> None:
    """Write the outgoing mails of filings, due at once; their Message-IDs lead back to the tickets.

    To suspended addresses nothing is sent (B11): the delivery says so, and the ticket does, once.
    """
    sending = [one for one in writings if one.filing.outgoing]
    if not sending:
        return
    addresses = {address for one in sending for mail in one.filing.outgoing for address in mail.recipients}
    suspended = failing.suspended_among(db, addresses)
    deliveries: list[Row] = []
    messages: list[Row] = []
    for one in sending:
        if suspended and one.ticket_id:
            _tell_of_all(db, one.ticket_id, one, suspended)
        for mail in one.filing.outgoing:
            outgoing_id = _add(db, mail, one)
            for address in dict.fromkeys(mail.recipients):
                state = ("suspended", None) if address in suspended else ("pending", one.at)
                deliveries.append((outgoing_id, address, *state))
            if one.ticket_id and one.entry_id:
                messages.append((mail.message_id, one.ticket_id, one.entry_id, 1, int(mail.outward)))
    # failpoint: outgoing.mails-written
    db.many(NEW_DELIVERY, deliveries)
    # failpoint: outgoing.deliveries-written
    db.many(NEW_MESSAGE, messages)


def _tell_of_all(db: Database, ticket_id: int, one: Writing, suspended: Mapping[str, str]) -> None:
    for address, since in suspended.items():
        if any(address in mail.recipients for mail in one.filing.outgoing):
            _tell_of(db, ticket_id, address, since, one.at)


def _tell_of(db: Database, ticket_id: int, address: str, since: str, at: str) -> None:
    """The entry that says what is not sent, unless the ticket has one since the address was suspended."""
    if db.row(TOLD_OF, (ticket_id, address, since)):
        return
    text = (
        f"Nothing is sent to {address} since {since[:10]}: mail to it failed too often. This ends when mail comes from "
        f"there, or by `deliveries resume {address}`; what was not sent until then is not sent later."
    )
    entry = NewEntry("delivery-report", "none", "courier", False, f"Not sent to {address}: suspended", text, text)
    entries.add(db, ticket_id, entry, at)


def _add(db: Database, mail: NewOutgoing, one: Writing) -> int:
    """One outgoing mail; a response is kept with who gets it and whose mail it answers, to be counted (B13)."""
    response: tuple[str | None, str | None] = (None, None)
    answered = one.filing.mail
    if mail.kind == "response" and answered:
        addresses = next(iter(mail.recipients), ""), answered.sender
        response = (mailbox_of(normalise(addresses[0])), mailbox_of(normalise(addresses[1])))
    ids = (one.mail_id, one.ticket_id, one.entry_id)
    envelope = (*response, one.at, mail.envelope_from, answered.sha256 if answered else "")
    return db.insert(NEW_OUTGOING, (*ids, mail.kind, mail.message_id, *envelope, mail.body_start, mail.head, mail.body))
