"""Runs the simulation: one mail after the other through the stages, the clock set to each of them."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from connector.mail.model import Envelope
from connector.originals import Originals
from connector.processing import Processor, policy_of
from storage.people import import_rows
from storage.store import Store
from tests.house import Clock, shipped_book, shipped_settings
from tests.simulation import world as worlds
from tests.simulation.actors import People, Robots
from tests.simulation.attackers import Attackers
from tests.simulation.judge import Judge
from tests.simulation.letters import Letter
from tests.simulation.oracle import Oracle
from tests.simulation.post import Copy, Post
from tests.simulation.reports import Servers

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BETWEEN = 240.0
"""Seconds between two mails that somebody writes of his own accord, on average."""
TWICE = 0.02
"""So many of the mails come by a second road as well."""
SETTLED = 200
"""So many mails are taken before their files are made safe, as a worker does."""


@dataclass(frozen=True)
class Result:
    """What came of a run; `outcomes` by sort of letter and outcome, `copies` by kind."""

    mails: int
    days: float
    outcomes: Counter[tuple[str, str]]
    copies: Counter[str]
    findings: tuple[str, ...]


class Simulation:
    """One world, one store in `folder`, one stream of mails; the same seed gives the same one."""

    def __init__(self, folder: Path, sizes: worlds.Sizes, seed: int, employee_authentication: str = "required") -> None:
        self._rng = Random(seed)
        self._world = world = worlds.make(self._rng, sizes)
        self._clock = Clock(START)
        self._store = Store.open(f"sqlite:{folder / 'tickets.db'}", sync_later=True)
        import_rows(self._store.db, list(world.rows))
        originals = Originals(folder / "originals")
        connector = replace(
            shipped_settings().connector,
            public_addresses=(worlds.PUBLIC,),
            trusted_authserv_ids=(worlds.BORDER,),
            employee_authentication=employee_authentication,
        )
        settings = replace(shipped_settings(), connector=connector)
        self._processor = Processor(
            self._store, originals, policy_of(settings, shipped_book(), self._store), self._clock
        )
        self._people, self._robots = People(world, self._rng), Robots(world, self._rng)
        self._attackers, self._servers = Attackers(world, self._rng), Servers(world)
        self._post = Post(self._store, originals)
        self._judge = Judge(Oracle(world), connector.mails_per_ticket_per_hour, connector.auto_responses_per_hour)
        self._waiting: list[tuple[datetime, int, Letter]] = []
        self._order = itertools.count()
        self._letters: dict[str, Letter] = {}

    def run(self, mails: int, progress: Callable[[int], None] = lambda done: None) -> Result:
        """Take so many mails; `progress` is told how many are done."""
        begins = START
        for number in range(mails):
            if not self._waiting or self._waiting[0][0] > begins:
                self._write(begins, self._begin())
                begins += timedelta(seconds=self._rng.expovariate(1 / BETWEEN))
            at, _, letter = heapq.heappop(self._waiting)
            self._take(letter.posted(number, at), at)
            if number % SETTLED == 0:
                self._processor.settle()
                progress(number)
        self._judge.look_at_responses(self._post.responses)
        suspended = [one.address for one in self._store.failing.every() if one.suspended_at]
        self._judge.look_at_suspended(suspended, self._world.gone)
        days = (self._clock.now - START) / timedelta(days=1)
        findings = (*self._judge.findings, *self._post.findings)
        return Result(mails, days, self._judge.outcomes, self._post.kinds, findings)

    def _begin(self) -> Letter:
        chance = self._rng.random()
        if chance < 0.08:
            return self._attackers.begin()
        return self._robots.begin() if chance < 0.14 else self._people.begin()

    def _write(self, at: datetime, letter: Letter) -> None:
        heapq.heappush(self._waiting, (at, next(self._order), letter))

    def _take(self, letter: Letter, at: datetime) -> None:
        self._clock.now = at
        raw, spool_id = letter.raw(), f"{letter.number:016x}-00000000"
        self._letters[spool_id] = letter
        self._judge.look_at(letter, self._processor.process(raw, letter.envelope, spool_id, at))
        if self._rng.random() < TWICE:
            again = self._processor.process(raw, Envelope(road="imap"), f"{letter.number:016x}-00000001", at)
            self._judge.look_at_again(letter, again)
        for copy in self._post.carry(at, self._letters):
            self._receive(copy, at)

    def _receive(self, copy: Copy, at: datetime) -> None:
        self._attackers.see(copy)
        answers = (self._servers.answer(copy), self._people.answer(copy), self._robots.answer(copy))
        for pause, letter in itertools.chain.from_iterable(answers):
            self._write(at + pause, letter)
