"""A store's rows made up by a seed: people, tickets with three mails each, what was sent for them (`bench.scale`).

Most tickets are closed; some thousands are open, mostly new ones, some hundreds in the Inbox, whatever the size.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from storage import times, words
from storage.texts import name_key

SEED = 20240611
START = datetime(2021, 1, 1, tzinfo=UTC)
YEARS = timedelta(days=5 * 365)
MANAGERS, ACCOUNTS, CONTACTS_EACH = 20, 500, 2
MOST_OPEN, MOST_IN_INBOX, MOST_DISPATCHING = 3000, 300, 50
VOCABULARY, POOL = 50_000, 1_000_000
TEXT_WORDS, SUBJECT_WORDS = 30, 5
MAILS = 3  # a ticket
RARE, RARE_TICKETS = "heliotrope", 20
LABELS = ("hardware", "software", "billing", "vip", "warranty", "onsite", "network", "printer", "phone", "legal")
OPEN_STATUSES = ("New", "New", "New", "Pending", "Pending", "Scheduled", "In-House Service", "Hold", "Other")
NUMBER_PREFIX, FIRST_NUMBER = "0500", 1000
DECISION = '{"match": {"because": [{"code": "%s"}]}, "scope": {"internal": false, "public": true}, "outcome": "filed"}'

Row = tuple[object, ...]
Rows = dict[str, list[Row]]

COLUMNS: Mapping[str, str] = {
    "employee": "id, name, email1, privileges, mail_option",
    "account": "id, name, name_key, email1, manager_id",
    "account_domain": "account_id, domain",
    "contact": "id, account_id, name, email1, main",
    "ticket": """id, number, version, account_id, contact_id, manager_id, opened_by_id, status, dispatching, in_inbox,
        unread, opened_at, changed_at, closed_at, subject, description""",
    "label": "ticket_id, name",
    "recipient": "ticket_id, slot, list, type, address, name, role, added_by, added_at",
    "mail": """id, spool_id, content_key, received_at, recorded_at, road, sha256, size, message_id, sender, outcome,
        subject""",
    "entry": """id, ticket_id, mail_id, at, kind, actor, direction, public, sender_address, sender_name, sender_kind,
        authentication, message_id, original_sha256, subject, text, whole_text, decision""",
    "message": "message_id, ticket_id, entry_id, issued, outward",
    "outgoing": """id, mail_id, ticket_id, entry_id, kind, message_id, created_at, envelope_from, original_sha256,
        head""",
    "delivery": "outgoing_id, recipient, state, tries, sent_at, last_answer",
    "ticket_words": "ticket_id, words",
}
"""The columns of each table's rows, tables in the order in which they can be written."""


def employee_address(i: int) -> str:
    """The i-th employee's, from 1."""
    return f"agent{i}@company.example"


def contact_address(account: int, i: int = 0) -> str:
    """The i-th contact's of an account."""
    return f"person{i}@customer{account}.example"


def people() -> Rows:
    """Employees, accounts and contacts."""
    rows: Rows = {name: [] for name in ("employee", "account", "account_domain", "contact")}
    for i in range(1, MANAGERS + 1):
        rows["employee"].append((i, f"Agent {i}", employee_address(i), "Full", "manager"))
    for i in range(1, ACCOUNTS + 1):
        name = f"Customer {i} Ltd"
        rows["account"].append((i, name, name_key(name), f"office@customer{i}.example", 1 + i % MANAGERS))
        rows["account_domain"].append((i, f"customer{i}.example"))
        for j in range(CONTACTS_EACH):
            id_ = (i - 1) * CONTACTS_EACH + j + 1
            rows["contact"].append((id_, i, f"Person {j} of {i}", contact_address(i, j), int(j == 0)))
    return rows


@dataclass(slots=True)
class Generator:
    """Makes the rows of `tickets` tickets, some at a time."""

    tickets: int
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))
    pool: list[str] = field(default_factory=list)
    open: set[int] = field(default_factory=set)
    inbox: set[int] = field(default_factory=set)
    dispatching: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        weights = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self.pool = self.dice.choices(vocabulary(), cum_weights=weights, k=min(POOL, 200 * self.tickets))
        self.open = self._spread(min(MOST_OPEN, self.tickets // 3))
        self.inbox = set(self.dice.sample(sorted(self.open), min(MOST_IN_INBOX, len(self.open) // 3)))
        self.dispatching = set(self.dice.sample(sorted(self.open), min(MOST_DISPATCHING, len(self.open) // 6)))

    def _spread(self, count: int) -> set[int]:
        """So many tickets, four of five among the newest."""
        new = range(max(1, self.tickets - 2 * count), self.tickets + 1)
        chosen = set(self.dice.sample(new, count * 4 // 5))
        return chosen | set(self.dice.sample(range(1, self.tickets + 1), count // 5))

    def batches(self, size: int) -> Iterator[Rows]:
        """All tickets' rows, of `size` tickets at a time."""
        for first in range(1, self.tickets + 1, size):
            rows: Rows = {name: [] for name in COLUMNS}
            for ticket in range(first, min(first + size, self.tickets + 1)):
                self._ticket(rows, ticket)
            yield rows

    def _ticket(self, rows: Rows, ticket: int) -> None:
        account = 1 + int(ACCOUNTS * self.dice.random() ** 2)
        manager = 1 + int((MANAGERS + 1) * self.dice.random() ** 1.5)
        opened = START + YEARS * (ticket / self.tickets)
        changed = opened + timedelta(hours=2)
        is_open = ticket in self.open
        status = self.dice.choice(OPEN_STATUSES) if is_open else ("Canceled" if ticket % 7 == 0 else "Completed")
        at = times.to_text(changed)
        subject, description = self._words(SUBJECT_WORDS), self._words(TEXT_WORDS)
        rows["ticket"].append((
            ticket, f"{NUMBER_PREFIX}-{FIRST_NUMBER + ticket - 1:04d}", 4, account, (account - 1) * CONTACTS_EACH + 1,
            manager if manager <= MANAGERS else None, 1 + ticket % MANAGERS if ticket % 50 == 0 else None, status,
            int(ticket in self.dispatching), int(ticket in self.inbox), int(ticket in self.inbox),
            times.to_text(opened), at, None if is_open else at, subject, description,
        ))  # fmt: skip
        document = [f"{NUMBER_PREFIX}-{FIRST_NUMBER + ticket - 1:04d}", subject, description, f"Customer {account} Ltd"]
        if (label := self.dice.randrange(3 * len(LABELS))) < len(LABELS):
            rows["label"].append((ticket, LABELS[label]))
            document.append(LABELS[label])
        address = contact_address(account)
        rows["recipient"] += [
            (ticket, address, "external", "to", address, "Person", None, "connector", at),
            (ticket, "role manager", "employee", None, "", "", "manager", "connector", at),
        ]
        for i in range(MAILS):
            document += self._mail(rows, ticket, i, opened + timedelta(hours=i), account, subject)
        rows["ticket_words"].append((ticket, words.words(" ".join(document))))

    def _mail(self, rows: Rows, ticket: int, i: int, time: datetime, account: int, subject: str) -> list[str]:
        """One mail: the customer's, then the employee's, then the customer's; the words that are searched."""
        id_ = (ticket - 1) * MAILS + i + 1
        by_employee = i == 1
        sender = employee_address(1 + ticket % MANAGERS) if by_employee else contact_address(account)
        key, at = self._digest(), times.to_text(time)
        message_id, sha256, text = f"<{key}@{sender.partition('@')[2]}>", key + key, self._words(TEXT_WORDS)
        if i == 2 and ticket % max(self.tickets // RARE_TICKETS, 1) == 0:
            text += f" {RARE}"
        rows["mail"].append((
            id_, f"{int(time.timestamp() * 1e9):016x}-{id_:08x}", self._digest(), at, at, "smtp", sha256, 4000,
            message_id, sender, "filed", subject,
        ))  # fmt: skip
        kind = "employee" if by_employee else "contact"
        rows["entry"].append((
            id_, ticket, id_, at, "email", sender, "in", 1, sender, "Person", kind, "none", message_id, sha256,
            subject, text, f"{text}\n> {subject}", DECISION % ("own-ticket-number" if i else "no-ticket"),
        ))  # fmt: skip
        rows["message"].append((message_id, ticket, id_, 0, int(not by_employee)))
        if i < 2:
            self._sent(rows, ticket, id_, time, address_of(account, by_employee), sha256)
        return [subject, text, sender]

    def _sent(
        self, rows: Rows, ticket: int, entry: int, time: datetime, recipients: tuple[str, ...], sha256: str
    ) -> None:
        id_, at = (ticket - 1) * 2 + 1 + (entry - 1) % MAILS, times.to_text(time)
        message_id = f"<{int(time.timestamp() * 1000):x}.{self._digest()}.mail@company.example>"
        head = f"From: support@company.example\r\nSubject: Ticket\r\nMessage-ID: {message_id}\r\n\r\n".encode()
        rows["outgoing"].append((
            id_, entry, ticket, entry, "distribution", message_id, at, "support@company.example", sha256, head,
        ))  # fmt: skip
        rows["message"].append((message_id, ticket, entry, 1, 1))
        rows["delivery"] += [
            (id_, to, "failed" if id_ % 500 == 0 else "sent", 1, None if id_ % 500 == 0 else at, "250 OK")
            for to in recipients
        ]

    def _digest(self) -> str:
        """As random as a hash, and the same in every run."""
        return f"{self.dice.getrandbits(128):032x}"

    def _words(self, count: int) -> str:
        start = self.dice.randrange(len(self.pool) - count)
        return " ".join(self.pool[start : start + count])


def address_of(account: int, by_employee: bool) -> tuple[str, ...]:
    """Who gets a mail: what an employee writes goes to the customer, a customer's mail to two employees."""
    if by_employee:
        return (contact_address(account),)
    return tuple(employee_address(1 + (account + i) % MANAGERS) for i in range(2))


@cache
def vocabulary() -> tuple[str, ...]:
    """Words that can be read, the most frequent first, each once."""
    dice = random.Random(SEED)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        found["".join(dice.choices(syllables, k=dice.randint(1, 4)))] = None
    return tuple(found)
