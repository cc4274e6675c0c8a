"""The pool of worker processes, as the main process sees it: hands out spool ids, watches, starts anew (B7)."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

import structlog

from connector.backlog import Backlog
from connector.rulebook.watch import MAILS, RuleWatch
from connector.spool import Recovered, Spool
from connector.worker import MOST_TOGETHER, OFF, Report, Setup, write_setup

log = structlog.get_logger("workers")

FEWEST_TOLD, MOST_TOLD = 2, 2 * MOST_TOGETHER
MANY = 4  # waiting mails for each worker, from which on they queue up
LONGEST_PAUSE = 30.0
MOST_READ = 1 << 16
RESPAWN_SECONDS = 0.5
WORKER = (sys.executable, "-P", "-m", "connector.worker")
"""-P: no program is taken from the folder that the service happens to be started in."""


class WorkerGone(Exception):
    """A worker process ended, or was ended, with mail in hand."""


class WorkerPool:
    """Keeps `size` workers busy with waiting mails, the oldest first.

    `on_report` is told of every finished mail, `on_rule_off` of every rule that was too slow too often. A mail whose
    worker dies or takes longer than the time limit goes back to the spool, or into the quarantine after `MaxTries`; the
    mails behind it move on.
    """

    def __init__(
        self,
        setup: Setup,
        spool: Spool,
        size: int,
        on_report: Callable[[Report], None],
        on_rule_off: Callable[[str], None],
    ) -> None:
        self._setup = setup
        self._spool = spool
        self._size = size
        self._on_report = on_report
        self._on_rule_off = on_rule_off
        self._backlog = Backlog(spool)
        self._stopping = asyncio.Event()
        self._watch = RuleWatch()
        self._pause = 0.0  # before mail is handed out again, because the store is away
        self._paused = 0.0  # so long was waited for it already
        self._finished = 0  # mails, by all workers
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the workers."""
        self._tasks = [asyncio.create_task(self._keep_one()) for _ in range(self._size)]

    def submit(self, mails: Iterable[str]) -> None:
        """Mails wait in the spool; those that are queued already are passed over."""
        self._backlog.add(mails)

    async def look(self) -> None:
        """Look into the spool for mails that nobody told of, or that were too many."""
        await self._backlog.look()

    @property
    def rules_off(self) -> tuple[str, ...]:
        """The rules that are switched off (B52)."""
        return tuple(self._watch.off)

    @property
    def runs(self) -> bool:
        """Whether every worker that ends is followed by another one."""
        return not any(task.done() for task in self._tasks)

    @property
    def is_behind(self) -> bool:
        """Whether mails queue up: what can be done later should wait."""
        return len(self._backlog) > MANY * self._size

    async def stop(self, seconds: float) -> None:
        """Let the mails in hand be finished within the time; what is not stays in the spool."""
        self._stopping.set()
        self._backlog.stop()
        self._backlog.arrived.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep_one(self) -> None:
        """One worker after the other, for as long as the service runs; soon, but where none gets anything done."""
        pause = RESPAWN_SECONDS
        while not self._stopping.is_set():
            finished = self._finished
            how = await self._run_one()
            if self._stopping.is_set():
                return
            pause = RESPAWN_SECONDS if self._finished > finished else min(2 * pause, LONGEST_PAUSE)
            log.error("a worker ended", seconds=pause, **how)
            await self._sleep(pause)

    async def _run_one(self) -> dict[str, object]:
        """A worker from its start to its end, which came how."""
        hand: deque[str] = deque()
        process: Process | None = None
        try:
            process = await asyncio.create_subprocess_exec(*WORKER, stdin=PIPE, stdout=PIPE)
            await self._feed(process, hand)
            return {}
        except (WorkerGone, OSError) as error:  # OSError: no memory, process or descriptor is to be had for one
            return {"pid": process.pid if process else 0, "error": str(error), "hand": list(hand)}
        finally:
            if process is not None:
                await _end(process)
            self._take_back(hand)

    async def _sleep(self, seconds: float) -> None:
        """Sleep, unless it is time to stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _feed(self, process: Process, hand: deque[str]) -> None:
        """Hand out ids and take in reports until the pool stops."""
        assert process.stdin is not None
        # failpoint: workers.started
        process.stdin.write(write_setup(self._setup))
        told = len(self._watch.off)
        while True:
            if self._pause and not hand:
                self._paused = self._pause
                await self._sleep(self._pause)
                self._pause = 0.0
            if more := self._more(hand):
                off = [OFF + rule for rule in self._watch.off[told:]]
                told += len(off)
                process.stdin.write("".join(f"{line}\n" for line in (*off, *more)).encode())
            await process.stdin.drain()
            if hand:
                for report in await self._reports(process):
                    self._take_in(report, hand)
            elif self._stopping.is_set():
                return
            elif not self._backlog:
                process.stdin.write(b"\n")
                await self._idle(process)

    def _more(self, hand: deque[str]) -> list[str]:
        """The mails that the worker is told of next; they are in hand."""
        if self._pause or self._stopping.is_set():
            return []
        more = [self._backlog.take() for _ in range(min(self._ahead() - len(hand), len(self._backlog)))]
        hand.extend(more)
        return more

    def _ahead(self) -> int:
        """So many mails are told to a worker; the more wait, the more, for it files in one commit what it was told.

        While few wait it is one beside that in work: more would let mails overtake each other.
        """
        return max(FEWEST_TOLD, min(MOST_TOLD, len(self._backlog) // self._size))

    async def _idle(self, process: Process) -> None:
        """Wait for mail; a worker that ends meanwhile is replaced before there is any."""
        self._backlog.arrived.clear()
        arrived, ended = asyncio.create_task(self._backlog.arrived.wait()), asyncio.create_task(process.wait())
        try:
            await asyncio.wait((arrived, ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrived.cancel()
            ended.cancel()
        if process.returncode is not None:
            raise WorkerGone(f"exit status {process.returncode}, idle")

    async def _reports(self, process: Process) -> list[Report]:
        """What the worker has to tell: it tells at once of all that it filed together."""
        assert process.stdout is not None
        limit = self._setup.settings.service.mail_timeout
        said = b""
        try:
            async with asyncio.timeout(limit):
                while not said.endswith(b"\n"):
                    said += (more := await process.stdout.read(MOST_READ))
                    if not more:
                        raise WorkerGone(f"exit status {await process.wait()}")
        except TimeoutError:
            process.kill()
            raise WorkerGone(f"one mail took longer than {limit} s") from None
        return [Report(**json.loads(line)) for line in said.splitlines()]

    def _take_in(self, report: Report, hand: deque[str]) -> None:
        # failpoint: workers.told
        hand.remove(report.id)
        if report.busy:
            self._pause = min(max(1.0, 2 * self._paused), LONGEST_PAUSE)
            self._backlog.put_back(report.id)
            return
        self._backlog.end(report.id)
        self._pause = self._paused = 0.0
        self._finished += 1
        self._switch_off(report.slow_rules)
        if report.retry:
            self.submit([report.id])
        self._on_report(report)

    def _switch_off(self, slow_rules: Iterable[str]) -> None:
        """Switch off rules that were too slow too often: workers hear it with their next mail, new ones never know."""
        for rule in self._watch.count(slow_rules):
            self._setup = replace(self._setup, book=self._setup.book.without(rule))
            log.warning("rule-switched-off", rule=rule, mails=MAILS, until="the rules are read again (reload)")
            self._on_rule_off(rule)

    def _take_back(self, hand: deque[str]) -> None:
        """What a dead worker had in hand: claimed mails count the try, the others keep their place."""
        recovered = self._spool.recover(self._setup.settings.service.max_tries)
        for mail in recovered.quarantined:
            log.error("quarantined", mail=mail, reason="its worker crashed or timed out too often")
            self._on_report(Report(mail, outcome="quarantined"))
        tell_left(recovered)
        for mail in hand:
            if mail in recovered.waiting or mail in recovered.quarantined:
                self._backlog.end(mail)
            else:
                self._backlog.put_back(mail)
        if not self._stopping.is_set():
            self.submit(recovered.waiting)


def tell_left(recovered: Recovered) -> None:
    """Say which mails could not be brought back now."""
    for error in recovered.left:
        log.error("a mail stays in work/ until the disk takes it", error=error)


async def _end(process: Process) -> None:
    """Close a worker's input, so that it ends; kill it where it does not."""
    assert process.stdin is not None
    process.stdin.close()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 2)
    if process.returncode is None:
        process.kill()
        await process.wait()
