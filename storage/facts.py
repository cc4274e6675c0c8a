"""Reads all that the store knows and one mail can need: few small queries, each by an index.

A ticket's and the directory's version are read before what hangs on them, so that whatever moves in between is found
when the filing checks the versions.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage import choices, facts_pace, facts_people, facts_reported, facts_said, facts_tickets, failing, times
from storage.addresses import domain_of, mailbox_of
from storage.database import Database, Row, in_list
from storage.facts_people import Directories
from storage.records import Contact, Facts, KnownMessage, Wanted

CONSTANTS = """
SELECT (SELECT value FROM setting WHERE name = 'directory_version'),
    (SELECT value FROM setting WHERE name = 'next_number'),
    COALESCE((SELECT mail.id FROM message JOIN entry ON entry.id = message.entry_id
            JOIN mail ON mail.id = entry.mail_id WHERE message.message_id = ? AND mail.content_key = ?),
        (SELECT id FROM mail WHERE dedupe_key = ?)),
    COALESCE((SELECT id FROM message WHERE message_id = ? AND issued = 0),
        (SELECT id FROM mail WHERE message_id = ? AND outcome <> 'filed' LIMIT 1)),
    (SELECT id FROM outgoing WHERE message_id = ?),
    (SELECT COUNT(*) FROM outgoing WHERE (response_to = ? OR response_for = ?) AND created_at BETWEEN ? AND ?),
    (SELECT COUNT(*) FROM choice WHERE address = ?),
    (SELECT COUNT(*) FROM failing WHERE address = ?) + (SELECT COUNT(*) FROM failing WHERE address = ?)
"""
RESPONSES = """
SELECT COUNT(*) FROM outgoing WHERE (response_to IN {0} OR response_for IN {0}) AND created_at BETWEEN ? AND ?
"""
MESSAGES = "SELECT message_id, ticket_id, entry_id, issued, outward, taken_from_id FROM message WHERE message_id IN "


def read(db: Database, wanted: Wanted, directories: Directories, prefix: str) -> Facts:
    """The facts for one mail; `prefix` goes in front of the number for a new ticket."""
    with db.reading():
        version, counter, duplicate, received, own, responses, chosen, failed = _constants(db, wanted)
        directory = directories.get(db, int(version))
        reported = (wanted.reported,) if wanted.reported else ()
        found = _messages(db, (*wanted.message_ids, *reported))
        of_messages = {ticket for one in found for ticket in (one.ticket_id, one.taken_from) if ticket}
        tickets = facts_tickets.read(db, wanted.numbers, of_messages)
        messages = {message.message_id: tickets.moved(message) for message in found}
        domains = domain_of(wanted.sender), domain_of(wanted.original)
        people = facts_people.find(db, wanted.addresses, domains)
        account_ids = people.account_ids() | {ticket.account_id for ticket in tickets.ends.values()}
        accounts = facts_people.accounts(db, account_ids, wanted.accounts)
        of_domains = [tuple(accounts.by_id[i] for i in people.domain_accounts.get(d, ())) for d in domains]
        return Facts(
            directory=directory,
            accounts=accounts.by_id,
            accounts_by_name=accounts.by_name,
            contacts=people.contacts,
            account_addresses={k: tuple(accounts.by_id[i] for i in ids) for k, ids in people.accounts.items()},
            domain_accounts=of_domains[0],
            original_accounts=of_domains[1],
            tickets=tickets.ends,
            numbers=tickets.numbers,
            messages=messages,
            said=facts_said.read(db, messages.values(), wanted.message_ids),
            duplicate_of=duplicate,
            message_id_known=received is not None,
            own_message=own is not None,
            next_number=format_number(prefix, int(counter)),
            responses=_of_all_addresses(db, wanted, people.contacts.get(mailbox_of(wanted.sender), ())) or responses,
            choices=choices.of(db, wanted.sender) if chosen else {},
            paces=facts_pace.read(db, tickets.ends, wanted),
            reported=facts_reported.read(db, wanted.reported),
            failing=failing.among(db, (wanted.sender, wanted.answer)) if failed else {},
        )


def format_number(prefix: str, counter: int) -> str:
    """`0500-1000`; after 9999 the counter goes on to five digits (B90)."""
    return f"{prefix}-{counter:04d}"


def _constants(db: Database, wanted: Wanted) -> Row:
    own = wanted.message_id or None
    since, until = (times.to_text(wanted.since) if wanted.since else None), times.end_text(wanted.until)
    sender = mailbox_of(wanted.sender) or None
    key = wanted.dedupe_key or None
    senders = wanted.sender, wanted.sender, wanted.answer
    row = db.row(CONSTANTS, (own, key, key, own, own, own, sender, sender, since, until, *senders))
    assert row is not None  # it has no FROM
    return row


def _of_all_addresses(db: Database, wanted: Wanted, contacts: Sequence[Contact]) -> int:
    """The automatic responses to a sender with several addresses, a contact's or to answer; 0 where one is all."""
    known = {address for contact in contacts for address in contact.addresses} | {wanted.sender, wanted.answer}
    mailboxes = {mailbox_of(address) for address in known if address}
    if wanted.since is None or mailboxes <= {mailbox_of(wanted.sender)}:
        return 0
    marks, values = in_list(sorted(mailboxes))
    row = db.row(RESPONSES.format(marks), (*values, *values, times.to_text(wanted.since), times.end_text(wanted.until)))
    return int(row[0]) if row else 0


def _messages(db: Database, message_ids: tuple[str, ...]) -> list[KnownMessage]:
    if not message_ids:
        return []
    marks, values = in_list(message_ids)
    return [
        KnownMessage(message_id, ticket_id, entry_id, bool(issued), bool(outward), taken_from)
        for message_id, ticket_id, entry_id, issued, outward, taken_from in db.rows(MESSAGES + marks, values)
    ]
