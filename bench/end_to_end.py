"""The whole way: mails by SMTP into the running service, until every delivery they cause is at the sink."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.driver import Letter, Sent, letter, send
from bench.mails import MailSet
from bench.service import Service, Usage, install
from bench.sink import Sink
from connector.config.settings import Settings
from connector.delivery_store import open_store
from storage.records import Wanted
from storage.state import Counts
from storage.store import Store
from storage.views import TicketFilter

LONGEST_SECONDS = 300.0
LOOK_SECONDS = 0.05
ASKED_AT_ONCE = 50
WAITING = ("pending", "deferred")


class NotDone(Exception):
    """The service did not do with the mails what it must."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One set of mails through the service; `seconds` from the first connection to the sink's last acceptance."""

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
    """Send the set over one connection, in order; raises NotDone where the tickets are not the ones it opens."""
    letters = [letter(mail.raw, mail.sender, mails.public_address) for mail in mails.mails]
    sink = Sink(kit)
    with sink:
        settings = install(folder, mails, sink.port, workers)
        with Service(settings) as service:
            sent, counts, processes = _through(service, settings, letters)
    if counts.deliveries.get("sent", 0) != sink.report["recipients"]:
        raise NotDone(f"deliveries: {dict(counts.deliveries)}, but the sink got {sink.report['recipients']}")
    _check(settings, mails)
    seconds = sink.report["last_at"] - sent.started_at
    arrived = sink.report["recipients"], sink.report["messages"]
    return Passage(len(letters), seconds, sent.per_s, *arrived, processes)


def _through(service: Service, settings: Settings, letters: list[Letter]) -> tuple[Sent, Counts, tuple[Usage, ...]]:
    service.wait_until_quiet()
    before = {process.pid: process.cpu_s for process in service.usage()}
    sent = send(settings.smtp_in.port, letters)
    counts = wait_until_delivered(settings, len(letters))
    after = service.usage()
    spent = tuple(Usage(p.name, p.pid, p.cpu_s - before.get(p.pid, 0.0), p.peak_mib) for p in after)
    return sent, counts, spent


def wait_until_delivered(settings: Settings, mails: int) -> Counts:
    """The store's figures once so many mails are recorded and nothing waits to be sent."""
    last = time.monotonic() + LONGEST_SECONDS
    store: Store | None = None
    while True:
        if not _waiting(settings.store.spool):
            store = store or open_store(settings)
            counts = store.counts()
            if sum(counts.mails.values()) >= mails and not any(counts.deliveries.get(state) for state in WAITING):
                store.close()
                return counts
        if time.monotonic() > last:
            raise NotDone(f"not everything was delivered within {LONGEST_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)


def _waiting(spool: Path) -> bool:
    """Whether a mail waits in the spool or is in hand."""
    for folder in ("new", "work"):
        with os.scandir(spool / folder) as entries:
            if next(entries, None) is not None:
                return True
    return False


def _check(settings: Settings, mails: MailSet) -> None:
    store = open_store(settings)
    opened = len(store.tickets(TicketFilter(limit=mails.tickets + 1)))
    found = numbers_of(store, [mail.message_id for mail in mails.mails])
    store.close()
    astray = [mail.message_id for mail in mails.mails if found.get(mail.message_id) != mail.number]
    if opened != mails.tickets or astray:
        raise NotDone(f"{opened} tickets where the set opens {mails.tickets}; {len(astray)} mails on a wrong ticket")


def numbers_of(store: Store, message_ids: list[str]) -> Mapping[str, str]:
    """The ticket on which each mail was filed."""
    numbers: dict[str, str] = {}
    for start in range(0, len(message_ids), ASKED_AT_ONCE):
        asked = message_ids[start : start + ASKED_AT_ONCE]
        facts = store.facts(Wanted(message_ids=tuple(asked)))
        numbers |= {found.message_id: facts.tickets[found.ticket_id].number for found in facts.messages.values()}
    return numbers
