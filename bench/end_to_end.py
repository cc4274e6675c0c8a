"""The whole way: mails by SMTP into the running service, until every delivery they cause is at the sink."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.driver import letter, send
from bench.mails import MailSet, SetMail, renumbered
from bench.service import Service, Usage, install
from bench.sink import Sink
from connector.config.settings import Settings
from connector.delivery_store import open_store
from storage import times
from storage.records import Wanted
from storage.state import Counts
from storage.store import Store
from storage.views import TicketFilter

LONGEST_SECONDS = 300.0
LOOK_SECONDS = 0.05
ASKED_AT_ONCE = 50
WAITING = ("pending", "deferred")
CONNECTIONS = 10
LAST_SENT = "SELECT COUNT(*), MAX(sent_at) FROM delivery WHERE state = 'sent' AND sent_at >= ?"


class NotDone(Exception):
    """The service did not do with the mails what it must."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One set of mails through the service; `seconds` from the first connection to the last delivery."""

    mails: int
    seconds: float
    accepted_per_s: float
    deliveries: int
    transactions: int  # at the sink; one serves all recipients that see the same headers
    processes: tuple[Usage, ...]  # cpu_s: of these mails alone

    @property
    def per_s(self) -> float:
        """Mails a second, all their deliveries made."""
        return self.mails / self.seconds

    @property
    def cpu_ms(self) -> float:
        """CPU time of all processes for one mail."""
        return 1000 * sum(process.cpu_s for process in self.processes) / self.mails


def passage(mails: MailSet, folder: Path, kit: Path | None, workers: int = 0) -> Passage:
    """Send the set over several connections; raises NotDone where the tickets are not the ones it opens.

    First go the mails that open tickets, then the answers to them, with the numbers that the tickets got: several
    workers do not give them in the order of arrival. The time between the two waves does not count.
    """
    sink = Sink(kit)
    with sink:
        settings = install(folder, mails, sink.port, workers)
        with Service(settings) as service:
            service.wait_until_quiet()
            before = {process.pid: process.cpu_s for process in service.usage()}
            waves = _waves(settings, mails)
            after = service.usage()
    processes = tuple(Usage(p.name, p.pid, p.cpu_s - before.get(p.pid, 0.0), p.peak_mib) for p in after)
    sent = sum(wave.deliveries for wave in waves)
    if sent != sink.report["recipients"]:
        raise NotDone(f"{sent} deliveries were sent, but the sink got {sink.report['recipients']}")
    seconds, accepting = sum(wave.seconds for wave in waves), sum(wave.accepting for wave in waves)
    count = len(mails.mails)
    return Passage(count, seconds, count / accepting, sent, sink.report["messages"], processes)


@dataclass(frozen=True, slots=True)
class _Wave:
    """Some of the mails, sent at once: until the last was accepted, and until the last delivery was made."""

    accepting: float
    seconds: float
    deliveries: int


def _waves(settings: Settings, mails: MailSet) -> list[_Wave]:
    openers = mails.openers
    first = _send(settings, mails.public_address, openers, before=0)
    numbers = numbers_of(settings, [mail.message_id for mail in openers])
    given = {mail.number: numbers.get(mail.message_id, "") for mail in openers}
    opened = {mail.message_id for mail in openers}
    answers = [renumbered(mail, given[mail.number]) for mail in mails.mails if mail.message_id not in opened]
    waves = [first, _send(settings, mails.public_address, answers, before=len(openers))] if answers else [first]
    _check(settings, mails, answers)
    return waves


def _send(settings: Settings, recipient: str, mails: Sequence[SetMail], before: int) -> _Wave:
    """Send these, when so many others are through."""
    letters = [letter(mail.raw, mail.sender, recipient) for mail in mails]
    sent = send(settings.smtp_in.port, letters, CONNECTIONS)
    wait_until_delivered(settings, before + len(letters))
    delivered, last = deliveries_since(settings, sent.started_at)
    return _Wave(sent.ended_at - sent.started_at, last - sent.started_at, delivered)


def deliveries_since(settings: Settings, since: float) -> tuple[int, float]:
    """How many deliveries were made since a time, and when the last was (Unix time)."""
    store = open_store(settings)
    ((count, last),) = store.db.rows(LAST_SENT, (times.to_text(datetime.fromtimestamp(since, UTC)),))
    store.close()
    return count, times.from_text(last).timestamp() if last else since


def wait_until_delivered(settings: Settings, mails: int, seconds: float = LONGEST_SECONDS) -> Counts:
    """The store's figures once so many mails are recorded and nothing waits to be sent."""
    last = time.monotonic() + seconds
    store: Store | None = None
    while True:
        if not _waiting(settings.store.spool):
            store = store or open_store(settings)
            counts = store.counts()
            if sum(counts.mails.values()) >= mails and not any(counts.deliveries.get(state) for state in WAITING):
                store.close()
                return counts
        if time.monotonic() > last:
            raise NotDone(f"not everything was delivered within {seconds:.0f} s")
        time.sleep(LOOK_SECONDS)


def _waiting(spool: Path) -> bool:
    """Whether a mail waits in the spool or is in hand."""
    for folder in ("new", "work"):
        with os.scandir(spool / folder) as entries:
            if next(entries, None) is not None:
                return True
    return False


def _check(settings: Settings, mails: MailSet, answers: Sequence[SetMail]) -> None:
    """Each opener has a ticket of its own, and each answer is on the ticket whose number it tells."""
    store = open_store(settings)
    opened = len(store.tickets(TicketFilter(limit=len(mails.mails) + 1)))
    store.close()
    found = numbers_of(settings, [mail.message_id for mail in mails.mails])
    astray = [mail.message_id for mail in answers if found.get(mail.message_id) != mail.number]
    missing = sum(mail.message_id not in found for mail in mails.openers)
    if opened != mails.tickets or astray or missing:
        raise NotDone(f"{opened} tickets where the set opens {mails.tickets}; {len(astray)} mails on a wrong ticket")


def numbers_of(settings: Settings, message_ids: Sequence[str]) -> Mapping[str, str]:
    """The ticket on which each mail was filed."""
    store = open_store(settings)
    numbers: dict[str, str] = {}
    for start in range(0, len(message_ids), ASKED_AT_ONCE):
        asked = message_ids[start : start + ASKED_AT_ONCE]
        facts = store.facts(Wanted(message_ids=tuple(asked)))
        numbers |= {found.message_id: facts.tickets[found.ticket_id].number for found in facts.messages.values()}
    store.close()
    return numbers
