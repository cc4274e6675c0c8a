"""What must hold between rows, each as a query for the rows where it does not; tried on both databases (B97)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A stable code; a query that gives a text or id for each row; of what that is; what is wrong, what to do."""

    code: str
    of: str
    sql: str
    what: str
    todo: str


RESTORE = "restore the newest backup in which this is not so, beside this store, and compare; keep both"

CHECKS = (
    Check(
        "message-ticket",
        "message",
        "SELECT m.message_id FROM message m JOIN entry e ON e.id = m.entry_id WHERE e.ticket_id <> m.ticket_id",
        "its ticket is not that of its entry: answers to it go to the wrong ticket",
        RESTORE,
    ),
    Check(
        "message-missing",
        "entry",
        "SELECT e.id FROM entry e WHERE e.message_id <> ''"
        " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.message_id = e.message_id)",
        "its Message-ID is not in the index: answers to it open new tickets",
        RESTORE,
    ),
    Check(
        "outgoing-ticket",
        "outgoing mail",
        "SELECT o.id FROM outgoing o JOIN entry e ON e.id = o.entry_id WHERE e.ticket_id <> o.ticket_id",
        "its ticket is not that of its entry",
        RESTORE,
    ),
    Check(
        "outgoing-message",
        "outgoing mail",
        "SELECT o.id FROM outgoing o WHERE o.ticket_id IS NOT NULL AND o.entry_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM message m WHERE m.message_id = o.message_id)",
        "its Message-ID is not in the index: answers to it open new tickets",
        RESTORE,
    ),
    Check(
        "outgoing-original",
        "outgoing mail",
        "SELECT o.id FROM outgoing o JOIN mail m ON m.id = o.mail_id WHERE o.original_sha256 <> m.sha256",
        "its original is not that of the mail it came from",
        RESTORE,
    ),
    Check(
        "outgoing-body",
        "outgoing mail",
        "SELECT o.id FROM outgoing o WHERE o.body IS NULL AND o.original_sha256 = ''",
        "it has neither a body nor an original",
        RESTORE,
    ),
    Check(
        "outgoing-nobody",
        "outgoing mail",
        "SELECT o.id FROM outgoing o WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.outgoing_id = o.id)",
        "it has no delivery: nobody gets it",
        RESTORE,
    ),
    Check(
        "entry-original",
        "entry",
        "SELECT e.id FROM entry e JOIN mail m ON m.id = e.mail_id WHERE e.original_sha256 <> m.sha256",
        "its original is not that of its mail",
        RESTORE,
    ),
    Check(
        "mail-entry",
        "mail",
        "SELECT m.spool_id FROM mail m WHERE m.outcome = 'filed'"
        " AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.mail_id = m.id)",
        "it is filed, but no history entry has it",
        "take its original through again: `email-connector process ORIGINAL`",
    ),
    Check(
        "hash-form",
        "mail",
        "SELECT spool_id FROM mail WHERE LENGTH(sha256) <> 64 OR sha256 <> LOWER(sha256)",
        "its SHA-256 is none",
        RESTORE,
    ),
    Check(
        "attachment-number",
        "entry",
        "SELECT entry_id FROM attachment GROUP BY entry_id HAVING MAX(number) <> COUNT(*)",
        "its attachments are not numbered from 1 without a gap",
        RESTORE,
    ),
    Check(
        "recipient-slot",
        "recipient",
        "SELECT id FROM recipient WHERE slot <> CASE WHEN list = 'external' THEN address"
        " WHEN role IS NOT NULL THEN 'role ' || role ELSE 'employee ' || CAST(employee_id AS TEXT) END",
        "its slot is not what it stands for: it may be on the ticket twice",
        "remove the recipient from the ticket, and add it again",
    ),
    Check(
        "merged-open",
        "ticket",
        "SELECT number FROM ticket WHERE merged_into_id IS NOT NULL"
        " AND (closed_at IS NULL OR in_inbox = 1 OR unread = 1 OR dispatching = 1)",
        "it was merged into another one, and still waits for somebody",
        RESTORE,
    ),
    Check(
        "closed-status",
        "ticket",
        "SELECT number FROM ticket WHERE (closed_at IS NOT NULL) <> (status IN ('Canceled', 'Completed'))",
        "its Close Date does not fit its status",
        "give it its status again: `email-connector ticket status`",
    ),
    Check(
        "delivery-lease",
        "delivery",
        "SELECT id FROM delivery WHERE lease_owner IS NOT NULL AND state IN ('sent', 'failed')",
        "somebody is sending it, though it is done",
        RESTORE,
    ),
    Check(
        "contact-account",
        "ticket",
        "SELECT t.number FROM ticket t JOIN contact c ON c.id = t.contact_id WHERE c.account_id <> t.account_id",
        "its contact is of another account",
        "give it its account again: `email-connector ticket move`",
    ),
)
