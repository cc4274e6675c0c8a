"""Reads all that the store knows and one mail can need: few small queries, each by an index.

A ticket's and the directory's version are read before what hangs on them, so that whatever moves in between is found
when the filing checks the versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from storage import choices, facts_pace, facts_people, facts_reported, facts_said, facts_tickets, failing, times
from storage.addresses import domain_of, mailbox_of
from storage.database import Database, Row, in_list, with_asked
from storage.facts_people import Directories, People
from storage.records import Account, Contact, Facts, KnownMessage, Ticket, Wanted

OF_ALL = """
SELECT (SELECT value FROM setting WHERE name = 'directory_version'),
    (SELECT value FROM setting WHERE name = 'next_number')
"""
OF_ONE = """
SELECT COALESCE((SELECT mail.id FROM message JOIN entry ON entry.id = message.entry_id
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
MESSAGES = """
SELECT message_id, ticket_id, entry_id, issued, outward, taken_from_id FROM asked CROSS JOIN message
WHERE message_id = value
"""


def read_all(db: Database, wanted: Sequence[Wanted], directories: Directories, prefix: str) -> list[Facts]:
    """The facts for each of several mails, on SQLite of one state; `prefix` goes in front of a new ticket's number."""
    if not wanted:
        return []
    with db.reading():
        version, counter = _row(db, OF_ALL)
        people, number = directories.get(db, int(version)), format_number(prefix, int(counter))
        named = {names: facts_people.accounts_named(db, names) for names in {one.accounts for one in wanted}}
        return [_read(db, one, people, number, named[one.accounts]) for one in wanted]


def _read(db: Database, wanted: Wanted, people: People, number: str, named: Mapping[str, Account]) -> Facts:
    duplicate, received, own, responses, chosen, failed = _of_one(db, wanted)
    reported = (wanted.reported,) if wanted.reported else ()
    found = _messages(db, (*wanted.message_ids, *reported))
    of_messages = {ticket for one in found for ticket in (one.ticket_id, one.taken_from) if ticket}
    tickets = facts_tickets.read(db, wanted.numbers, of_messages)
    messages = {message.message_id: tickets.moved(message) for message in found}
    addresses = [address for address in dict.fromkeys(wanted.addresses) if address]
    domains = domain_of(wanted.sender), domain_of(wanted.original)
    facts_people.learn(db, people, addresses, domains)
    accounts = _accounts(db, people, people.account_ids(addresses, domains), tickets.ends.values())
    contacts = {one: its for one in addresses if (its := people.contacts[one])}
    of_domains = [tuple(accounts[i] for i in people.of_domain[domain]) for domain in domains]
    return Facts(
        directory=people.directory,
        accounts=accounts,
        accounts_by_name=named,
        contacts=contacts,
        account_addresses={
            one: tuple(accounts[i] for i in ids) for one in addresses if (ids := people.of_address[one])
        },
        domain_accounts=of_domains[0],
        original_accounts=of_domains[1],
        tickets=tickets.ends,
        numbers=tickets.numbers,
        messages=messages,
        said=facts_said.read(db, messages.values(), wanted.message_ids),
        duplicate_of=duplicate,
        message_id_known=received is not None,
        own_message=own is not None,
        next_number=number,
        responses=_of_all_addresses(db, wanted, contacts.get(mailbox_of(wanted.sender), ())) or responses,
        choices=choices.of(db, wanted.sender) if chosen else {},
        paces=facts_pace.read(db, tickets.ends, wanted),
        reported=facts_reported.read(db, wanted.reported),
        failing=failing.among(db, (wanted.sender, wanted.answer)) if failed else {},
    )


def _accounts(db: Database, people: People, ids: set[int], tickets: Iterable[Ticket]) -> dict[int, Account]:
    """The accounts with these ids, which are known, and those of the tickets.

    These are not kept among the people: an account that a mail made itself may be taken back with the mail.
    """
    ids = ids.union(ticket.account_id for ticket in tickets)
    others = ids - people.accounts.keys()
    return {i: people.accounts[i] for i in ids - others} | facts_people.accounts(db, others)


def behind(facts: Facts, opened: int) -> Facts:
    """The same facts when so many tickets were opened by others, which do not stand in the store yet."""
    if not opened:
        return facts
    prefix, _, counter = facts.next_number.rpartition("-")
    return replace(facts, next_number=format_number(prefix, int(counter) + opened))


def format_number(prefix: str, counter: int) -> str:
    """`0500-1000`; after 9999 the counter goes on to five digits (B90)."""
    return f"{prefix}-{counter:04d}"


def _of_one(db: Database, wanted: Wanted) -> Row:
    own = wanted.message_id or None
    since, until = (times.to_text(wanted.since) if wanted.since else None), times.end_text(wanted.until)
    sender = mailbox_of(wanted.sender) or None
    key = wanted.dedupe_key or None
    senders = wanted.sender, wanted.sender, wanted.answer
    return _row(db, OF_ONE, (own, key, key, own, own, own, sender, sender, since, until, *senders))


def _row(db: Database, query: str, values: Sequence[object] = ()) -> Row:
    """The one row of a query without FROM."""
    row = db.row(query, values)
    assert row is not None
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
    these, values = with_asked(dict.fromkeys(message_ids))
    return [
        KnownMessage(message_id, ticket_id, entry_id, bool(issued), bool(outward), taken_from)
        for message_id, ticket_id, entry_id, issued, outward, taken_from in db.rows(these + MESSAGES, values)
    ]
