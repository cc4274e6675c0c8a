"""Writes all effects of a mail in one transaction, or none (B70).

The ledger's row is written first: it tells a repeated filing (same spool entry) and a mail that came by another road
meanwhile (same Message-ID and content, B5). Then the facts that mattered are checked: the directory's version, the
ticket's, the number for a new ticket. What moved is FactsMoved, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage import entries, failing, outgoing, search, times
from storage.addresses import normalise
from storage.database import Database
from storage.records import (
    CLOSED_STATUSES,
    FactsMoved,
    Filed,
    Filing,
    MailRecord,
    NewEntry,
    NewRecipient,
    NewTicket,
    StoreError,
)
from storage.texts import name_key

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
SELECT m.spool_id, m.content_key FROM message g JOIN entry e ON e.id = g.entry_id LEFT JOIN mail m ON m.id = e.mail_id
WHERE g.message_id = ?
"""
NEXT_NUMBER = "UPDATE setting SET value = ? WHERE name = 'next_number' AND value = ?"
NEW_ACCOUNT = "INSERT INTO account (name, name_key) VALUES (?, ?) ON CONFLICT DO NOTHING"
NEW_TICKET = """
INSERT INTO ticket (number, account_id, contact_id, manager_id, opened_by_id, subject, description, status, priority,
    closed_at, in_inbox, unread, opened_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
PAUSE = """
INSERT INTO pause (ticket_id, sender, paused_at) VALUES (?, ?, ?)
ON CONFLICT (ticket_id, sender) DO UPDATE SET paused_at = excluded.paused_at, resumed_at = NULL
"""
NEW_RECIPIENT = """
INSERT INTO recipient (ticket_id, slot, list, type, address, name, employee_id, role, added_by, added_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""


def file(db: Database, filing: Filing) -> Filed:
    """File one mail; a repeated call with the same spool id changes nothing and answers what the first one did."""
    (filed,) = file_all(db, (filing,))
    return filed


def file_all(db: Database, filings: Sequence[Filing]) -> list[Filed]:
    """File several mails in this order, all in one transaction or none; each as by `file`."""
    with db.transaction():
        return [_file(db, filing) for filing in filings]


def _file(db: Database, filing: Filing) -> Filed:
    first = filing.entry is not None and _is_first(db, filing.entry, filing.mail)
    ledger = _record(db, filing.mail, filing.at, indexed=not first) if filing.mail else None
    # failpoint: filing.ledger-written
    if isinstance(ledger, Filed):
        return ledger
    ticket_id = _ticket(db, filing)
    # failpoint: filing.ticket-written
    entry_id = _history(db, filing, ticket_id, ledger, first=first)
    # failpoint: filing.history-written
    failing.fail_after_all(db, filing.failures, filing.at)
    if filing.heard_of:
        failing.forget(db, filing.heard_of)
    outgoing.add(db, filing, ledger, ticket_id, entry_id)
    # failpoint: filing.outgoing-written
    return Filed(ledger, entry_id, ticket_id, filing.mail.outcome if filing.mail else "filed")


def _is_first(db: Database, entry: NewEntry, mail: MailRecord | None) -> bool:
    """Whether the entry is the first with its Message-ID, which then leads to the mail.

    FactsMoved where the one that has it already is the same mail.
    """
    row = db.row(BY_MESSAGE_ID, (entry.message_id,)) if entry.message_id else None
    if mail and row and mail.dedupe_key and (row[1], row[0] != mail.spool_id) == (mail.dedupe_key, True):
        raise FactsMoved(f"mail {mail.spool_id}: {ANOTHER_ROAD}")
    return bool(entry.message_id) and row is None


def _record(db: Database, mail: MailRecord, at: datetime, *, indexed: bool) -> int | Filed:
    """The id of the mail's new ledger row, or what had been filed for it before."""
    values = _ledger_values(mail, times.to_text(at), indexed=indexed)
    if mail_id := db.insert(NEW_MAIL, (mail.spool_id, *values)):
        return mail_id
    if not (known := db.row(KNOWN_MAIL, (mail.spool_id,))):
        raise FactsMoved(f"mail {mail.spool_id}: {ANOTHER_ROAD}")
    mail_id, outcome, entry_id, ticket_id = known
    if outcome not in ASIDE or outcome == mail.outcome:
        return Filed(mail_id, entry_id, ticket_id, outcome, repeated=True)
    db.run(DECIDED_MAIL, (*values, mail_id))
    return int(mail_id)


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


def _ticket(db: Database, filing: Filing) -> int | None:
    """The id of the ticket, opened or brought up to date; nothing where the mail is not filed."""
    if filing.new_ticket is None and filing.ticket_id is None:
        if filing.entry or filing.changes or filing.recipients or filing.pause:
            raise StoreError("an entry, a change, a recipient or a pause needs a ticket")
        return None
    _check_directory(db, filing.directory_version)
    if filing.new_ticket is not None:
        ticket_id = _open(db, filing, filing.new_ticket)
    else:
        ticket_id = filing.ticket_id or 0
        _update(db, filing)
    at = times.to_text(filing.at)
    if filing.recipients:
        db.many(NEW_RECIPIENT, [recipient_values(ticket_id, r, filing.actor, at) for r in filing.recipients])
    if filing.pause:
        db.run(PAUSE, (ticket_id, filing.pause, at))
    return ticket_id


def _check_directory(db: Database, version: int) -> None:
    row = db.row("SELECT value FROM setting WHERE name = 'directory_version'")
    if row is None or int(row[0]) != version:
        raise FactsMoved("the directory of people changed")


def _open(db: Database, filing: Filing, new: NewTicket) -> int:
    """Open the ticket under the number that the decision was made with, and move the counter."""
    _, _, counter = new.number.rpartition("-")
    if db.run(NEXT_NUMBER, (str(int(counter) + 1), str(int(counter)))).rowcount != 1:
        raise FactsMoved(f"number {new.number} is taken")
    # failpoint: filing.number-taken
    at = times.to_text(filing.at)
    account_id = new.account_id or account_named(db, new.account_name)
    people = (account_id, new.contact_id, new.manager_id, new.opened_by_id)
    status = filing.status or new.status
    closed_at = at if status in CLOSED_STATUSES else None
    state = (status, new.priority, closed_at, int(filing.in_inbox or False), int(filing.unread or False), at, at)
    ticket_id = db.insert(NEW_TICKET, (new.number, *people, new.subject, new.description, *state))
    # failpoint: filing.ticket-opened
    return ticket_id


def account_named(db: Database, name: str) -> int:
    """The id of the account of this name, which is made where there is none."""
    key = name_key(name)
    query = "SELECT id FROM account WHERE name_key = ?"
    row = db.row(query, (key,))
    if row is None:
        db.run(NEW_ACCOUNT, (name.strip(), key))
        row = db.row(query, (key,))
    assert row is not None  # just made, here or by another process
    return int(row[0])


def _update(db: Database, filing: Filing) -> None:
    """Bring the ticket up to date, if it still is what the decision was made with."""
    at = times.to_text(filing.at)
    sets, values = ["version = version + 1", "changed_at = ?"], [at]
    for column, flag in (("in_inbox", filing.in_inbox), ("unread", filing.unread)):
        if flag is not None:
            sets.append(f"{column} = {int(flag)}")
    if filing.status is not None:
        status_set, status_values = status_change(filing.status, at)
        sets.append(status_set)
        values += status_values
    where = "WHERE id = ? AND version = ? AND merged_into_id IS NULL"
    sql = f"UPDATE ticket SET {', '.join(sets)} {where}"
    if db.run(sql, (*values, filing.ticket_id, filing.ticket_version)).rowcount != 1:
        raise FactsMoved(f"ticket {filing.ticket_id} changed")
    # failpoint: filing.ticket-updated


def status_change(status: str, at: str) -> tuple[str, list[str]]:
    """The assignment that sets a status: closing stores the Close Date once, opening clears it (B91)."""
    if status in CLOSED_STATUSES:
        return "status = ?, closed_at = COALESCE(closed_at, ?)", [status, at]
    return "status = ?, closed_at = NULL", [status]


def recipient_values(ticket_id: int, recipient: NewRecipient, by: str, at: str) -> tuple[object, ...]:
    """The row of one recipient; its slot is what may stand on a ticket once."""
    if recipient.list == "external":
        address = normalise(recipient.address)
        return (ticket_id, address, "external", recipient.type, address, recipient.name, None, None, by, at)
    slot = f"role {recipient.role}" if recipient.role else f"employee {recipient.employee_id}"
    return (ticket_id, slot, "employee", None, "", "", recipient.employee_id, recipient.role or None, by, at)


def _history(db: Database, filing: Filing, ticket_id: int | None, mail_id: int | None, *, first: bool) -> int | None:
    if ticket_id is None:
        return None
    at = times.to_text(filing.at)
    entry_id = entries.add(db, ticket_id, filing.entry, at, mail_id, first=first) if filing.entry else None
    entries.add_changes(db, ticket_id, filing.changes, filing.actor, at)
    if filing.entry or filing.new_ticket:
        search.queue(db, ticket_id)
    return entry_id
