"""The real service with failpoints, its sink, and what is noted at each of its deaths."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connector.config.load import load
from storage import times
from storage.store import Store
from tests.dovecot import free_ports
from tests.faults.client import opening
from tests.faults.failpoints import Failpoints
from tests.faults.sink import Sink
from tests.service import SECONDS, Service, until

SENT = """
SELECT o.message_id, d.recipient FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id
WHERE d.state = 'sent'
"""
WAITING = "SELECT COUNT(*) FROM delivery WHERE state IN ('pending', 'deferred')"
DUE_NOW = "UPDATE delivery SET next_try_at = ? WHERE state = 'deferred' AND lease_until IS NULL"
START_SECONDS = 240.0  # a soak goes on while the machine is busy with other things


@dataclass(frozen=True, slots=True)
class Death:
    """A crash of the main process: how many mails the sink had taken, and which were then written down as sent."""

    taken: int
    sent: frozenset[tuple[str, str]]  # Message-ID and recipient


class Installation:
    """One folder with service, sink and failpoints; `deaths` are the crashes of its main process."""

    def __init__(self, folder: Path, sink: Sink, *, workers: int = 2, **tokens: str) -> None:
        self.sink = sink
        self.points = Failpoints(folder / "failpoints")
        self.deaths: list[Death] = []
        self.service = Service(
            folder,
            SMTPIN__Listen=f"127.0.0.1:{free_ports(1)[0]}",
            OUTGOING__Transport="smtp",
            OUTGOING__Host="127.0.0.1",
            OUTGOING__Port=str(sink.port),
            OUTGOING__Tls="none",
            SERVICE__Workers=str(workers),
            EMAILCONNECTOR__MailsPerTicketPerHour="1000",
            EMAILCONNECTOR__AutoResponsesPerSenderPerHour="1000",
            SERVICE__MaxTries="20",
            EMAILCONNECTOR__BouncesBeforeSuspend="0",
            **tokens,
        )
        self.service.environment = self.points.environment
        self.service.patience = START_SECONDS
        self.spool = folder / "var" / "spool"

    @property
    def database(self) -> str:
        """The URL of its database."""
        return load(self.service.file).store.database

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The service's store, opened by the test."""
        store = self.service.store()
        try:
            yield store
        finally:
            store.close()

    # -- lives and deaths --------------------------------------------------------------------------------------

    @property
    def is_dead(self) -> bool:
        """Whether the main process has ended."""
        return self.service.process.poll() is not None

    def kill_main(self) -> None:
        """kill -9 of the main process alone: its workers end when they see it."""
        self.service.kill()
        self.note_death()

    def kill_all(self) -> None:
        """kill -9 of all processes at once."""
        self.service.kill_all()
        self.note_death()

    def kill_worker(self) -> bool:
        """kill -9 of one worker; False where there is none just now."""
        workers = _children(self.service.process.pid)
        if workers:
            os.kill(workers[0], signal.SIGKILL)
        return bool(workers)

    def note_death(self) -> None:
        """After a crash, before the next start: what the sink has, and what the store knows that it has."""
        until(lambda: self.sink.connections, 0)
        with self.store() as store:
            sent = frozenset((name, address) for name, address in store.db.rows(SENT))
        self.deaths.append(Death(len(self.sink.taken), sent))

    def start(self, tries: int = 5) -> None:
        """Start it, again where a failpoint of the start ends it; each such end is a death."""
        for _ in range(tries):
            try:
                self.service.start()
                return
            except AssertionError:
                if not self.dies():
                    raise
                self.note_death()
        raise AssertionError(f"it did not start in {tries} tries: {self.service.log[-20:]}")

    def dies(self, seconds: float = 5.0) -> bool:
        """Whether the main process has ended, or does so in a moment; its log ends before."""
        with suppress(subprocess.TimeoutExpired):
            self.service.process.wait(seconds)
        return self.is_dead

    # -- what is done with it ----------------------------------------------------------------------------------

    def open_tickets(self, count: int) -> list[str]:
        """Open so many tickets, and wait until those concerned are told; their numbers."""
        for ticket in range(count):
            self.service.send(opening(ticket), sender=f"p{ticket}@acme.example")
        self.drain()
        with self.store() as store:
            rows = dict(store.db.rows("SELECT subject, number FROM ticket"))
        return [rows[f"pool {ticket}"] for ticket in range(count)]

    def hurry(self) -> int:
        """Have what failed for now be tried at once, not in a minute; how many deliveries wait."""
        with self.store() as store, store.db.transaction():
            store.db.run(DUE_NOW, (times.to_text(datetime.now(UTC)),))
            return int(store.db.rows(WAITING)[0][0])

    def spooled(self) -> int:
        """How many mails wait in the spool or are worked on."""
        return sum(1 for name in ("new", "work") for _ in (self.spool / name).iterdir())

    def drain(self, seconds: float = SECONDS) -> bool:
        """Wait until nothing is left to do; whether that came."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.spooled() and not self.hurry():
                return True
            time.sleep(0.2)
        return False


def _children(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
