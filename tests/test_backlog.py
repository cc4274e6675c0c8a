"""Mails that wait for a worker, and are more than are queued (B3)."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector import backlog
from connector.backlog import Backlog
from connector.book import read_book
from connector.mail.model import Envelope
from connector.spool import Spool
from connector.spool_queue import listing
from connector.worker import Report, Setup
from connector.workers import WorkerPool
from storage.store import Store
from tests.house import PUBLIC, mail_bytes, settings_in
from tests.service import few_rules

MOST, FEW = 8, 2


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MOST", MOST)
    monkeypatch.setattr(backlog, "FEW", FEW)
    monkeypatch.setattr(backlog, "REST", 0.0)


class Watched(Spool):
    """A spool of files without content, for nobody reads them; `meanwhile` happens while it is being looked into."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.looks = 0
        self._meanwhile: Callable[[], None] | None = None

    def waiting(self, most: int = 1 << 30) -> list[str]:
        found = super().waiting(most)
        self.looks += 1
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return found

    def at_next_look(self, work: Callable[[], None]) -> None:
        """Between it and its result, this is called once, on the loop that runs now."""

        async def on_loop() -> None:
            work()

        loop = asyncio.get_running_loop()
        self._meanwhile = lambda: asyncio.run_coroutine_threadsafe(on_loop(), loop).result()

    def put(self, count: int = 1) -> list[str]:
        """So many mails wait, and nobody tells of them."""
        names = [self.new_id() for _ in range(count)]
        for name in names:
            (self.new / f"{name}.0").touch()
        return names


@pytest.fixture
def spool(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "spool")


class Worker:
    """Takes the mails of a backlog, one after the other, and lets go of each."""

    def __init__(self, spool: Spool, waiting: Backlog) -> None:
        self.spool, self.waiting = spool, waiting
        self.order: list[str] = []

    def one(self) -> None:
        """Claim the oldest one and finish it."""
        mail = self.waiting.take()
        claim = self.spool.claim(mail)
        assert claim is not None, "it was handed out before"
        claim.done()
        self.waiting.end(mail)
        self.order.append(mail)

    async def all(self, count: int) -> list[str]:
        """Until it has taken so many; TimeoutError."""
        async with asyncio.timeout(10):
            while len(self.order) < count:
                assert len(self.waiting) <= MOST
                if self.waiting:
                    self.one()
                await asyncio.sleep(0)
        return self.order


def test_backlog__takes_up_what_others_put_there(spool: Watched) -> None:
    """B3: `process` and `queue retry` tell nobody."""

    async def looked() -> list[list[str]]:
        waiting = Backlog(spool)
        await waiting.look()
        mails = spool.put(2)
        await waiting.look()
        return [mails, await Worker(spool, waiting).all(2)]

    mails, order = asyncio.run(looked())
    assert order == mails


def test_backlog__what_is_queued_or_in_hand_is_not_queued_again(spool: Watched) -> None:
    """B5: it stands in the spool until a worker has claimed it."""

    async def queued() -> list[int]:
        waiting = Backlog(spool)
        mails = spool.put(2)
        lengths = []
        for step in (lambda: waiting.add([]), waiting.take, lambda: waiting.add(mails)):
            await waiting.look()
            step()
            lengths.append(len(waiting))
        waiting.put_back(mails[0])
        await waiting.look()
        assert waiting.take() == mails[0]
        return lengths

    assert asyncio.run(queued()) == [2, 1, 1]


def test_backlog__what_is_put_back_is_taken_in_order(spool: Watched) -> None:
    """B3: the store may be away for all that a worker, or several, have in hand."""

    async def taken() -> tuple[list[str], list[str]]:
        waiting = Backlog(spool)
        mails = spool.put(5)
        await waiting.look()
        first, second, third, fourth = (waiting.take() for _ in range(4))
        for mail in (first, third, fourth, second):
            waiting.put_back(mail)
        return mails, await Worker(spool, waiting).all(5)

    mails, order = asyncio.run(taken())
    assert order == mails


def test_backlog__more_than_are_queued_are_taken_in_order(spool: Watched) -> None:
    """B3: few are queued, and none is taken ahead of one that was accepted before it."""

    async def taken() -> tuple[list[str], list[str]]:
        waiting = Backlog(spool)
        before, worker = spool.put(3 * MOST), Worker(spool, waiting)
        await waiting.look()
        after: list[str] = []
        for _ in range(3 * MOST):
            after += spool.put()
            waiting.add(after[-1:])
            if waiting:
                worker.one()
            await asyncio.sleep(0.001)
        return before + after, await worker.all(len(before + after))

    mails, order = asyncio.run(taken())
    assert order == mails


def test_backlog__looks_seldom_where_enough_are_queued(spool: Watched) -> None:
    """B3: a full spool takes a while to look through."""

    async def looks() -> int:
        waiting = Backlog(spool)
        spool.put(5 * MOST)
        for _ in range(5):
            await waiting.look()
            waiting.take()
        return spool.looks

    assert asyncio.run(looks()) == 1


def test_backlog__an_old_mail_that_comes_back_goes_ahead_of_what_was_left(spool: Watched) -> None:
    """B7, B9: a mail that a person lets through, or that is tried again, is not behind all that wait."""

    async def taken() -> tuple[list[str], list[str]]:
        waiting = Backlog(spool)
        old, *mails = [spool.new_id(), *spool.put(3 * MOST)]
        await waiting.look()
        (spool.new / f"{old}.1").touch()
        waiting.add([old])
        return [*mails[:MOST], old, *mails[MOST:]], await Worker(spool, waiting).all(3 * MOST + 1)

    expected, order = asyncio.run(taken())
    assert order == expected


def test_backlog__what_happens_during_a_look(spool: Watched) -> None:
    """B3, B5: what arrives is not lost, what was finished is not taken again, what is to be tried again is."""

    async def taken() -> tuple[list[str], list[str]]:
        waiting = Backlog(spool)
        mails, worker = spool.put(2), Worker(spool, waiting)
        await waiting.look()
        again = waiting.take()

        def events() -> None:
            mails.extend(spool.put())
            waiting.add(mails[-1:])
            worker.one()
            waiting.end(again)
            waiting.add([again])

        spool.at_next_look(events)
        await waiting.look()
        return [mails[1], mails[2], mails[0]], await worker.all(3)

    expected, order = asyncio.run(taken())
    assert order == expected


def test_backlog__what_arrives_during_the_first_look_is_behind_what_it_finds(spool: Watched) -> None:
    """B3: so nothing overtakes the mails of a service that was ended."""

    async def taken() -> tuple[list[str], list[str]]:
        waiting = Backlog(spool)
        mails = spool.put(3)

        def arrives() -> None:
            mails.extend(spool.put())
            waiting.add(mails[-1:])

        spool.at_next_look(arrives)
        await waiting.look()
        return mails, await Worker(spool, waiting).all(4)

    expected, order = asyncio.run(taken())
    assert order == expected


def test_backlog__a_disk_without_an_answer_is_asked_again(spool: Watched) -> None:
    """B3: a fault of the disk ends nothing, and no mail is forgotten for it."""

    async def taken() -> tuple[list[str], list[str]]:
        waiting = Backlog(spool)
        mails, worker = spool.put(3 * MOST), Worker(spool, waiting)
        await waiting.look()
        away = spool.new.rename(spool.folder / "away")
        for mail in mails[:MOST]:
            assert waiting.take() == mail
            await asyncio.sleep(0.001)
        assert spool.looks == 1
        assert not waiting
        away.rename(spool.new)
        while not waiting:  # as the ticker does
            await waiting.look()
            await asyncio.sleep(0.001)
        return mails[MOST:], await worker.all(2 * MOST)

    expected, order = asyncio.run(taken())
    assert order == expected


@pytest.mark.parametrize("seed", range(5))
def test_backlog__whatever_happens_each_is_taken_once(spool: Watched, seed: int) -> None:
    """B2, B5: told or not, in heaps or one by one, tried again, put back."""
    rng = random.Random(seed)

    async def taken() -> tuple[list[str], list[str]]:
        waiting, mails = Backlog(spool), spool.put(rng.randrange(3 * MOST))
        worker = Worker(spool, waiting)
        for _ in range(300):
            told = spool.put(rng.choice((0, 0, 0, 1, 1, 2, 30)))
            mails += told
            if rng.random() < 0.8:
                waiting.add(told)
            if waiting and rng.random() < 0.2:
                waiting.put_back(waiting.take())
            if waiting and rng.random() < 0.2:
                tried = waiting.take()
                waiting.end(tried)
                waiting.add([tried])
            if waiting:
                worker.one()
            if rng.random() < 0.1:
                await waiting.look()
            await asyncio.sleep(rng.choice((0, 0.001)))
        await waiting.look()
        return mails, await worker.all(len(mails))

    mails, order = asyncio.run(taken())
    assert sorted(order) == mails
    assert spool.waiting() == []


# -- the pool --------------------------------------------------------------------------------------------------------


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    settings = settings_in(tmp_path)
    book = read_book(replace(settings.rules, directory=few_rules(tmp_path)))
    return Setup(replace(settings, service=replace(settings.service, mail_timeout=60)), book)


def accepted(setup: Setup, count: int) -> Iterator[str]:
    """So many mails of as many senders."""
    spool = Spool(setup.settings.store.spool)
    for number in range(count):
        yield spool.accept(mail_bytes(f"user{number}@firm{number}.example"), Envelope(rcpt_to=(PUBLIC,)))


def test_pool__files_what_was_left_also_when_a_worker_dies(setup: Setup) -> None:
    """B2, B5, B7: each is filed once, and the spool is empty at the end."""
    mails = set(accepted(setup, 4 * MOST))
    told: list[Report] = []
    workers: list[int] = []

    def on_report(report: Report) -> None:
        told.append(report)
        if len(told) == MOST:
            child = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "connector.worker"], capture_output=True)
            workers.extend(map(int, child.stdout.split()))
            os.kill(workers[0], signal.SIGKILL)

    async def file_them() -> None:
        pool = WorkerPool(setup, Spool(setup.settings.store.spool), 2, on_report, lambda rule: None)
        await pool.look()
        pool.start()
        async with asyncio.timeout(60):
            while mails > {report.id for report in told if report.outcome == "filed"}:
                await asyncio.sleep(0.05)
        await pool.stop(30)

    asyncio.run(file_them())
    store = Store.open(setup.settings.store.database)
    assert len(workers) == 2
    assert store.counts().mails == {"filed": len(mails)}
    assert listing(Spool(setup.settings.store.spool)) == []
