"""How much is sent at once, and when nothing is: places for transactions, and whether the relay is down (B87)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import structlog

from connector.courier.schedule import relay_pause
from connector.courier.transport import MailObject, Outcome
from storage.records import Drop, Parcel

SLOW_SECONDS = 10.0  # a transaction that takes longer gives its place to another
SLOW_FACTOR = 3  # at most so many times the places are in hand, slow transactions included
LONGEST_RUN = 8  # transactions: the last one of a run waits for all others
TELLING_FAILURES = 6  # in a row: after pauses of 5, 10, 20, 40, 80 and 160 seconds
log = structlog.get_logger("courier")


class Places:
    """So many transactions go on at once; one that hangs gives its place up after a while, within a limit."""

    def __init__(self, number: int, slow_seconds: float = SLOW_SECONDS) -> None:
        self._free = asyncio.Semaphore(number)
        self._all = asyncio.Semaphore(number * SLOW_FACTOR)
        self._slow_seconds = slow_seconds

    async def take(self) -> Place:
        """Wait for a place."""
        await self._all.acquire()
        try:
            await self._free.acquire()
        except asyncio.CancelledError:
            self._all.release()
            raise
        return Place(self._free, self._all, self._slow_seconds)


class Place:
    """A place for one transaction after the other; to be left when they are over. `on_slow` hears of one that hangs."""

    def __init__(self, free: asyncio.Semaphore, all_: asyncio.Semaphore, slow_seconds: float) -> None:
        self.on_slow: Callable[[], None] = lambda: None
        self._free = free
        self._all = all_
        self._slow_seconds = slow_seconds
        self._given_up = False
        self._loop = asyncio.get_running_loop()
        self.begin()
        self._timer = self._loop.call_at(self._slow_at, self._look)

    def begin(self) -> None:
        """A transaction begins, and has all the time."""
        self._slow_at = self._loop.time() + self._slow_seconds

    def _look(self) -> None:
        if self._loop.time() < self._slow_at:
            self._timer = self._loop.call_at(self._slow_at, self._look)
        else:
            self._give_up()
            self.on_slow()

    def _give_up(self) -> None:
        if not self._given_up:
            self._given_up = True
            self._free.release()

    def leave(self) -> None:
        """The last transaction is over."""
        self._timer.cancel()
        self._give_up()
        self._all.release()


class RelayState:
    """Whether the relay as a whole is down; then all wait together, and no mail loses a try.

    `tell` gets the reason when it has been down for about five minutes, at once where somebody has to do something
    (a wrong certificate or password), and "" when it is back.
    """

    def __init__(self, rng: Random, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._told_up = False  # since it was down, or since the start: an alarm may stand from before
        self.failures = 0  # in a row
        self.why = ""
        self._rng = rng
        self._until = 0.0

    @property
    def seconds_left(self) -> float:
        """Until the relay is tried again."""
        return max(0.0, self._until - asyncio.get_running_loop().time())

    @property
    def down(self) -> bool:
        """Whether it is not to be tried now."""
        return self.failures > 0 and self.seconds_left > 0

    def learn(self, outcomes: Iterable[Outcome]) -> None:
        """Take in what became of one transaction."""
        for outcome in outcomes:
            if not outcome.down:
                self._is_up()
            elif not self.down:
                self._is_down(outcome)

    def _is_down(self, outcome: Outcome) -> None:
        """Several transactions that fail at the same time count once."""
        self.failures += 1
        self._told_up = False
        self.why = why = outcome.answer
        seconds = relay_pause(self.failures, self._rng)
        self._until = asyncio.get_running_loop().time() + seconds
        log.error("the relay is down", reason=why, seconds=round(seconds), failures=self.failures)
        if outcome.urgent or self.failures >= TELLING_FAILURES:
            self._tell(why)

    def _is_up(self) -> None:
        if self.failures:
            self.failures = 0
            log.info("the relay is back")
        if not self._told_up:
            self._told_up = True
            self._tell("")


@dataclass(slots=True)
class Job:
    """One transaction: some of a parcel's deliveries; `mail` is what is sent to them, once it was asked for."""

    parcel: Parcel
    drops: Sequence[Drop]
    mail: MailObject | None = None


def runs(jobs: Sequence[Job], places: int) -> Iterator[deque[Job]]:
    """Shares for so many places, none of them long, each of transactions that go one after the other.

    They are dealt out like cards, so that what stands first is sent first.
    """
    for start in range(0, len(jobs), places * LONGEST_RUN):
        dealt = jobs[start : start + places * LONGEST_RUN]
        yield from (deque(dealt[place::places]) for place in range(min(places, len(dealt))))


def transactions(drops: Sequence[Drop]) -> list[list[Drop]]:
    """Who goes together: all that are tried for the first time; who failed before goes alone and holds up nobody."""
    first = [drop for drop in drops if drop.tries == 0]
    return ([first] if first else []) + [[drop] for drop in drops if drop.tries]
