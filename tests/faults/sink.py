"""Where the service's mail goes: a relay in a thread, which outlives every crash and fails when it is told."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from tests.fakes.relay import FakeRelay, Taken

MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)\r$", re.MULTILINE | re.IGNORECASE)
FAULTS = {
    "later": (("mail", "451"), ("rcpt", "450"), ("dot", "452")),
    "never": (("rcpt", "554"),),
    "hang": (("mail", "hang"), ("rcpt", "hang"), ("dot", "hang")),
    "drop": (("mail", "drop"), ("rcpt", "drop"), ("dot", "drop")),
    "goodbye": (("mail", "421"), ("rcpt", "421"), ("dot", "421")),
    "down": (),
}
"""What can be wrong with the relay: at which stage of a transaction it does what (`tests.fakes.relay`)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail for one recipient, answered with 250; `content` is whole."""

    message_id: str
    recipient: str
    content: bytes


class Sink:
    """Takes mail on one port. What was answered with 250 is taken, and nothing else."""

    def __init__(self, rng: Random | None = None) -> None:
        self._rng = rng or Random(1)
        self._fault: tuple[tuple[str, str], ...] = ()
        self._loop = asyncio.new_event_loop()
        self._relay = FakeRelay(whim=self._whim)
        self._open = asyncio.Event()
        self._end: asyncio.Future[None] = self._loop.create_future()
        self.refused: set[str] = set()  # recipients that were told 5xx at least once
        self.failures = 0  # transactions in which something was done wrong on purpose

    @contextmanager
    def running(self) -> Iterator[Sink]:
        """Listen until the block ends."""
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)
        listening = threading.Event()
        self._listening = listening
        thread.start()
        assert listening.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._end.set_result, None)
            thread.join(10)

    @property
    def port(self) -> int:
        """Where it listens, also while it is down."""
        return self._relay.port

    @property
    def connections(self) -> int:
        """How many clients are connected now."""
        return len(self._relay.writers)

    def sent(self) -> list[Sent]:
        """All that was taken, one for each recipient, in order."""
        found = []
        for mail in self._relay.taken:
            name = MESSAGE_ID.search(mail.content)
            found += [Sent(name[1].decode() if name else "", one, mail.content) for one in mail.recipients]
        return found

    @property
    def taken(self) -> list[Taken]:
        """The mails that were taken, in order, each for all of its recipients."""
        return self._relay.taken

    def counts(self) -> Counter[tuple[str, str]]:
        """How often each recipient was given each mail, by Message-ID and address."""
        return Counter((mail.message_id, mail.recipient) for mail in self.sent())

    def fail(self, fault: str) -> None:
        """Go wrong from now on (`FAULTS`), in about half of the places where it can."""
        self._fault = FAULTS[fault]
        if fault == "down":
            self._loop.call_soon_threadsafe(self._open.clear)

    def mend(self) -> None:
        """Be well again; whoever hangs is cut off."""
        self._fault = ()
        self._loop.call_soon_threadsafe(self._open.set)
        self._loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for writer in list(self._relay.writers):
            writer.transport.abort()

    async def _serve(self) -> None:
        self._open.set()
        while not self._end.done():
            async with self._relay.running():
                self._listening.set()
                while self._open.is_set() and not self._end.done():
                    await asyncio.sleep(0.05)
            while not self._open.is_set() and not self._end.done():
                await asyncio.sleep(0.05)

    def _whim(self, stage: str, address: str) -> str:
        wrong = [action for place, action in self._fault if place == stage]
        if not wrong or self._rng.random() < 0.5:
            return ""
        self.failures += 1
        if wrong[0].startswith("5"):
            self.refused.add(address)
        return wrong[0]
