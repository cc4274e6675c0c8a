"""Reads all that the store knows and one mail can need: few small queries, each by an index.

A ticket's and the directory's version are read before what hangs on them, so that whatever moves in between is found
when the filing checks the versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from storage import choices, facts_pace, facts_people, facts_reported, facts_said, facts_tickets, failing, times
from storage.addresses import domain_of, mailbox_of
from storage.database import Database, Row, in_list, with_asked, with_asked_rows
from storage.facts_people import Directories, People
from storage.facts_tickets import Tickets
from storage.records import Account, Contact, Facts, KnownMessage, Pace, Wanted

OF_ALL = """
SELECT (SELECT value FROM setting WHERE name = 'directory_version'),
    (SELECT value FROM setting WHERE name = 'next_number')
"""
OF_EACH = """
SELECT asked.place,
    COALESCE((SELECT mail.id FROM message JOIN entry ON entry.id = message.entry_id JOIN mail ON mail.id = entry.mail_id
            WHERE message.message_id = asked.own AND mail.content_key = asked.content),
        (SELECT id FROM mail WHERE dedupe_key = asked.content)),
    COALESCE((SELECT id FROM message WHERE message_id = asked.own AND issued = 0),
        (SELECT id FROM mail WHERE message_id = asked.own AND outcome <> 'filed' LIMIT 1)),
    (SELECT id FROM outgoing WHERE message_id = asked.own),
    (SELECT COUNT(*) FROM outgoing WHERE (response_to = asked.mailbox OR response_for = asked.mailbox)
        AND created_at BETWEEN asked.since AND asked.until),
    (SELECT COUNT(*) FROM choice WHERE address = asked.sender),
    (SELECT COUNT(*) FROM failing WHERE address = asked.sender)
        + (SELECT COUNT(*) FROM failing WHERE address = asked.answer)
FROM asked
"""
ASKED = "place, own, content, mailbox, since, until, sender, answer"
RESPONSES = """
SELECT COUNT(*) FROM outgoing WHERE (response_to IN {0} OR response_for IN {0}) AND created_at BETWEEN ? AND ?
"""
MESSAGES = """
SELECT message_id, ticket_id, entry_id, issued, outward, taken_from_id FROM asked CROSS JOIN message
WHERE message_id = value
"""


@dataclass(slots=True)
class _Found:
    """What one mail asks, and what was found for it so far."""

    wanted: Wanted
    own: Sequence[Any]  # of OF_EACH
    messages: list[KnownMessage]
    tickets: Tickets
    addresses: list[str] = field(init=False)
    domains: tuple[str, str] = field(init=False)  # of the sender, of the original's sender

    def __post_init__(self) -> None:
        """Whom the mail asks for among the people."""
        self.addresses = [address for address in dict.fromkeys(self.wanted.addresses) if address]
        self.domains = domain_of(self.wanted.sender), domain_of(self.wanted.original)


def read_all(db: Database, wanted: Sequence[Wanted], directories: Directories, prefix: str) -> list[Facts]:
    """The facts for each of several mails, on SQLite of one state; `prefix` goes in front of a new ticket's number."""
    if not wanted:
        return []
    with db.reading():
        version, counter = _row(db, OF_ALL)
        people, number = directories.get(db, int(version)), format_number(prefix, int(counter))
        named = {names: facts_people.accounts_named(db, names) for names in {one.accounts for one in wanted}}
        found = _find(db, wanted)
        addresses = dict.fromkeys(address for one in found for address in one.addresses)
        facts_people.learn(db, people, addresses, {domain for one in found for domain in one.domains})
        others = facts_people.accounts(db, _of_tickets(found) - people.accounts.keys())
        paces = facts_pace.read_all(db, [(one.wanted, one.tickets.ends) for one in found])
        return [
            _facts(db, one, people, others, named[one.wanted.accounts], number, pace)
            for one, pace in zip(found, paces, strict=True)
        ]


def _find(db: Database, wanted: Sequence[Wanted]) -> list[_Found]:
    """What stands in the ledger and on tickets, one step for all mails before the next."""
    of_each = _of_each(db, wanted)
    messages = _messages(db, wanted)
    asked = [
        (one.numbers, {ticket for known in its for ticket in (known.ticket_id, known.taken_from) if ticket})
        for one, its in zip(wanted, messages, strict=True)
    ]
    tickets = facts_tickets.read_all(db, asked)
    return [_Found(*each) for each in zip(wanted, of_each, messages, tickets, strict=True)]


def _facts(
    db: Database,
    found: _Found,
    people: People,
    others: Mapping[int, Account],
    named: Mapping[str, Account],
    number: str,
    paces: Mapping[int, Pace],
) -> Facts:
    wanted, tickets, addresses = found.wanted, found.tickets, found.addresses
    duplicate, received, own, responses, chosen, failed = found.own
    messages = {message.message_id: tickets.moved(message) for message in found.messages}
    contacts = {one: its for one in addresses if (its := people.contacts[one])}
    account_ids = people.account_ids(addresses, found.domains) | _of_tickets((found,))
    accounts = {i: others[i] if i in others else people.accounts[i] for i in account_ids}
    of_domains = [tuple(accounts[i] for i in people.of_domain[domain]) for domain in found.domains]
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
        paces=paces,
        reported=facts_reported.read(db, wanted.reported),
        failing=failing.among(db, (wanted.sender, wanted.answer)) if failed else {},
    )


def _of_tickets(found: Iterable[_Found]) -> set[int]:
    """The ids of the tickets' accounts; they are not kept among the people.

    One that a mail made itself may be taken back with the mail.
    """
    return {ticket.account_id for one in found for ticket in one.tickets.ends.values()}


def behind(facts: Facts, opened: int) -> Facts:
    """The same facts when so many tickets were opened by others, which do not stand in the store yet."""
    if not opened:
        return facts
    prefix, _, counter = facts.next_number.rpartition("-")
    return replace(facts, next_number=format_number(prefix, int(counter) + opened))


def format_number(prefix: str, counter: int) -> str:
    """`0500-1000`; after 9999 the counter goes on to five digits (B90)."""
    return f"{prefix}-{counter:04d}"


def _of_each(db: Database, wanted: Sequence[Wanted]) -> list[list[Any]]:
    """The answers to OF_EACH, in the order of the mails."""
    these, values = with_asked_rows(ASKED, [(place, *_asked(one)) for place, one in enumerate(wanted)])
    found = {place: row for place, *row in db.rows(these + OF_EACH, values)}
    return [found[place] for place in range(len(wanted))]


def _asked(wanted: Wanted) -> Row:
    since, until = (times.to_text(wanted.since) if wanted.since else None), times.end_text(wanted.until)
    mailbox = mailbox_of(wanted.sender) or None
    return wanted.message_id or None, wanted.dedupe_key or None, mailbox, since, until, wanted.sender, wanted.answer


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


def _messages(db: Database, wanted: Sequence[Wanted]) -> list[list[KnownMessage]]:
    """Those of the messages that each mail names which are known."""
    named = [dict.fromkeys((*one.message_ids, one.reported)) for one in wanted]
    asked = dict.fromkeys(message_id for its in named for message_id in its if message_id)
    if not asked:
        return [[] for _ in wanted]
    these, values = with_asked(asked)
    known = {
        message_id: KnownMessage(message_id, ticket_id, entry_id, bool(issued), bool(outward), taken_from)
        for message_id, ticket_id, entry_id, issued, outward, taken_from in db.rows(these + MESSAGES, values)
    }
    return [[known[message_id] for message_id in its if message_id in known] for its in named]
