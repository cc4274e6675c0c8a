"""One mail filed as a worker does it, into an empty and into a full store in turn (`bench.scale`)."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.scale_rows import (
    ACCOUNTS,
    MANAGERS,
    TEXT_WORDS,
    contact_address,
    employee_address,
    vocabulary,
)
from storage.database import in_list
from storage.records import (
    Change,
    Facts,
    Filing,
    MailRecord,
    NewEntry,
    NewOutgoing,
    NewRecipient,
    NewTicket,
    Wanted,
)
from storage.store import Store

BLOCK = 25  # mails of a kind, before it is the other store's turn
RECENT = 200  # tickets that replies are for
HEAD = b"From: support@company.example\r\nSubject: Ticket\r\nMessage-ID: %s\r\n\r\n"


@dataclass(slots=True)
class Desk:
    """A store that mails are filed into, its newest tickets, and the seconds that each mail took."""

    store: Store
    dice: random.Random = field(default_factory=random.Random)  # a kept store has had the mails of a seed
    recent: list[str] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    replied: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        newest = self.store.db.rows("SELECT number FROM ticket ORDER BY id DESC LIMIT ?", (RECENT,))
        self.recent = [number for (number,) in reversed(newest)]

    def block(self, *, counts: bool) -> None:
        """Some new tickets and some replies; between the blocks there is time for the upkeep."""
        opened = [self._timed(self._open) for _ in range(BLOCK)]
        replied = [self._timed(self._reply) for _ in range(BLOCK)]
        if counts:
            self.opened += opened
            self.replied += replied
        with self.store.db.transaction():  # somebody works through the Inbox
            marks, numbers = in_list(self.recent)
            self.store.db.run(f"UPDATE ticket SET in_inbox = 0 WHERE in_inbox = 1 AND number IN {marks}", numbers)
        self.store.sync()
        self.store.upkeep(60)

    def _timed(self, file: Callable[[str, str, datetime], None]) -> float:
        account = self.dice.randint(1, ACCOUNTS)
        spool_id = f"{time.time_ns():016x}-{self.dice.getrandbits(32):08x}"
        started = time.perf_counter()
        file(spool_id, contact_address(account), datetime.now(UTC))
        return time.perf_counter() - started

    def _open(self, spool_id: str, sender: str, now: datetime) -> None:
        wanted = self._wanted(sender, now)
        facts = self.store.facts(wanted)
        (contact,) = facts.contacts[sender]
        text = self._text()
        new = NewTicket(
            facts.next_number, contact.account_id, "", contact.id, 1 + contact.id % MANAGERS, None, text[:40], text
        )
        joining = (NewRecipient("external", address=sender), NewRecipient("employee", role="manager"))
        self.store.file(self._filing(spool_id, wanted, facts, text, now, new_ticket=new, recipients=joining))
        self.recent = [*self.recent[-RECENT:], facts.next_number]

    def _reply(self, spool_id: str, sender: str, now: datetime) -> None:
        wanted = self._wanted(sender, now, self.dice.choice(self.recent))
        facts = self.store.facts(wanted)
        ticket = facts.tickets[facts.numbers[wanted.numbers[0]]]
        changes = () if ticket.in_inbox else (Change("inbox", "out", "in", "a customer wrote"),)
        known: dict[str, Any] = {"ticket_id": ticket.id, "ticket_version": ticket.version, "changes": changes}
        self.store.file(self._filing(spool_id, wanted, facts, self._text(), now, **known))

    def _text(self) -> str:
        return " ".join(self.dice.choices(vocabulary(), k=TEXT_WORDS))

    def _wanted(self, sender: str, now: datetime, *numbers: str) -> Wanted:
        return Wanted(
            addresses=(sender, "support@company.example"),
            sender=sender,
            answer=sender,
            numbers=numbers,
            message_ids=(f"<{self.dice.getrandbits(128):032x}@company.example>",) if numbers else (),
            message_id=f"<{self.dice.getrandbits(128):032x}@{sender.partition('@')[2]}>",
            dedupe_key=f"{self.dice.getrandbits(256):064x}",
            accounts=("Internal", "Unknown senders"),
            since=now - timedelta(hours=1),
        )

    def _filing(self, spool_id: str, wanted: Wanted, facts: Facts, text: str, now: datetime, **more: Any) -> Filing:
        sha256, sender = f"{self.dice.getrandbits(256):064x}", wanted.sender
        mail = MailRecord(
            spool_id, now, "smtp", sha256, 4000, wanted.message_id, wanted.dedupe_key, sender, text[:40], "filed"
        )
        entry = NewEntry(
            "email", "in", sender, True, text[:40], text, f"{text}\n> {text}", sender, "Person", "contact", "none",
            message_id=wanted.message_id, original_sha256=sha256, decision='{"outcome": "filed"}',
        )  # fmt: skip
        issued = f"<{time.time_ns() // 1_000_000:x}.{self.dice.getrandbits(128):032x}.mail@company.example>"
        told = tuple(employee_address(1 + i % MANAGERS) for i in range(2))
        sent = NewOutgoing(
            "distribution", issued, "support@company.example", HEAD % issued.encode(), told, False, body_start=400
        )
        effects = {"entry": entry, "in_inbox": True, "unread": True, "outgoing": (sent,), **more}
        return Filing(mail, now, sender, facts.directory.version, **effects)


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds for one mail, median and mean, into the empty and the full store."""

    median: tuple[float, float]
    mean: tuple[float, float]


def measure(empty: Store, full: Store, rounds: int) -> dict[str, Cost]:
    """What a new ticket, a reply, and any of both cost; the first round warms up."""
    desks = Desk(empty), Desk(full)
    gc.collect()
    gc.disable()
    try:
        for round_ in range(rounds + 1):
            for desk in desks if round_ % 2 else desks[::-1]:
                desk.block(counts=round_ > 0)
    finally:
        gc.enable()
    return {
        "a new ticket": _cost(*(desk.opened for desk in desks)),
        "a reply to a recent ticket": _cost(*(desk.replied for desk in desks)),
        "either": _cost(*(desk.opened + desk.replied for desk in desks)),
    }


def _cost(empty: list[float], full: list[float]) -> Cost:
    return Cost(
        (1000 * statistics.median(empty), 1000 * statistics.median(full)),
        (1000 * statistics.mean(empty), 1000 * statistics.mean(full)),
    )
