"""Writes all effects of mails in one transaction, or none (B70): one table for all of them, then the next.

The ledger's row is written first: it tells a repeated filing (same spool entry) and a mail that came by another road
meanwhile (same Message-ID and content, B5). Then the facts that mattered are checked: the directory's version, the
ticket's, the number for a new ticket. What moved is FactsMoved, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage import entries, failing, filing_tickets, outgoing, search, times
from storage.addresses import normalise
from storage.database import Database, with_asked
from storage.records import FactsMoved, Filed, Filing, MailRecord
from storage.writing import Writing

ASIDE = ("held", "quarantined")
"""Outcomes that are not the last word: a later decision on the same spool entry takes their place in the ledger."""

ANOTHER_ROAD = "the same mail was filed meanwhile by another road"

LEDGER_COLUMNS = (
    "dedupe_key, content_key, received_at, recorded_at, road, sha256, size, message_id, sender, subject, outcome, "
    "reason, decision"
)
NEW_MAIL = f"""
INSERT INTO mail (spool_id, {LEDGER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
DECIDED_MAIL = f"UPDATE mail SET ({LEDGER_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?"
KNOWN_MAIL = """
SELECT m.id, m.outcome, e.id, e.ticket_id FROM mail m LEFT JOIN entry e ON e.mail_id = m.id WHERE m.spool_id = ?
"""
BY_MESSAGE_ID = """
SELECT value, m.spool_id, m.content_key FROM asked CROSS JOIN message g JOIN entry e ON e.id = g.entry_id
LEFT JOIN mail m ON m.id = e.mail_id WHERE g.message_id = value
"""


def file(db: Database, filing: Filing) -> Filed:
    """File one mail; a repeated call with the same spool id changes nothing and answers what the first one did."""
    (filed,) = file_all(db, (filing,))
    return filed


def file_all(db: Database, filings: Sequence[Filing]) -> list[Filed]:
    """File different mails, each of another ticket, all in one transaction or none; each as by `file`."""
    with db.transaction():
        writings = [Writing(filing, times.to_text(filing.at)) for filing in filings]
        _look_for_message_ids(db, writings)
        for one in writings:
            if one.filing.mail:
                _record(db, one, one.filing.mail)
        # failpoint: filing.ledger-written
        _write(db, [one for one in writings if one.before is None])
    return [one.before or _filed(one) for one in writings]


def _write(db: Database, writings: Sequence[Writing]) -> None:
    """All that comes of mails besides the ledger's row."""
    filing_tickets.write(db, writings)
    # failpoint: filing.ticket-written
    entries.add_all(db, writings)
    search.queue(
        db, *[one.ticket_id for one in writings if one.ticket_id and (one.filing.entry or one.filing.new_ticket)]
    )
    # failpoint: filing.history-written
    for one in writings:
        failing.fail_after_all(db, one.filing.failures, one.filing.at)
        if one.filing.heard_of:
            failing.forget(db, one.filing.heard_of)
    outgoing.add(db, writings)
    # failpoint: filing.outgoing-written


def _filed(one: Writing) -> Filed:
    mail = one.filing.mail
    return Filed(one.mail_id, one.entry_id, one.ticket_id, mail.outcome if mail else "filed")


def _look_for_message_ids(db: Database, writings: Sequence[Writing]) -> None:
    """Find which entries are the first with their Message-IDs; FactsMoved where one is that of the same mail."""
    asking = [(one, entry.message_id) for one in writings if (entry := one.filing.entry) and entry.message_id]
    if not asking:
        return
    these, values = with_asked(dict.fromkeys(message_id for _, message_id in asking))
    known = {message_id: tuple(mail) for message_id, *mail in db.rows(these + BY_MESSAGE_ID, values)}
    for one, message_id in asking:
        spool_id, key = known.get(message_id, (None, None))
        mail = one.filing.mail
        if mail and mail.dedupe_key and mail.dedupe_key == key and mail.spool_id != spool_id:
            raise FactsMoved(f"mail {mail.spool_id}: {ANOTHER_ROAD}")
        one.leads = message_id not in known
        known.setdefault(message_id, (mail.spool_id, mail.dedupe_key) if mail else (None, None))


def _record(db: Database, one: Writing, mail: MailRecord) -> None:
    """Write the mail's row in the ledger, or find what had been filed for it before."""
    values = _ledger_values(mail, one.at, indexed=not one.leads)
    one.mail_id = db.insert(NEW_MAIL, (mail.spool_id, *values))
    if one.mail_id:
        return
    if not (known := db.row(KNOWN_MAIL, (mail.spool_id,))):
        raise FactsMoved(f"mail {mail.spool_id}: {ANOTHER_ROAD}")
    one.mail_id, outcome, entry_id, ticket_id = known
    if outcome not in ASIDE or outcome == mail.outcome:
        one.before = Filed(one.mail_id, entry_id, ticket_id, outcome, repeated=True)
    else:
        db.run(DECIDED_MAIL, (*values, one.mail_id))


def _ledger_values(mail: MailRecord, recorded_at: str, *, indexed: bool) -> tuple[object, ...]:
    key = mail.dedupe_key or None
    return (
        key if indexed else None,
        key,
        times.to_text(mail.received_at),
        recorded_at,
        mail.road,
        mail.sha256,
        mail.size,
        mail.message_id,
        normalise(mail.sender),
        mail.subject,
        mail.outcome,
        mail.reason,
        mail.decision,
    )
