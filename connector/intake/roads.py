"""The roads that fetch mail: one thread each, so that one that fails or hangs never holds up another (B1, B2)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

import structlog

from connector.mail.model import Envelope
from connector.spool_file import SpoolError

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"""Seconds between tries of a road that fails: twice as many each time, up to the second."""

HandOver = Callable[[bytes, Envelope], str]
"""Brings a mail safely to the spool and returns its id; blocks, and raises SpoolError. Then it is accepted (B2)."""

log = structlog.get_logger("intake")


class RoadFailed(Exception):
    """The road cannot be used now; the text says why, for an administrator. It is tried again after a pause."""


class Road(Protocol):
    """One way in that has to be gone by ourselves."""

    @property
    def label(self) -> str:
        """The section of the INI, as in `MAILDIR:office`, for logs and alarms."""

    def run(self, hand_over: HandOver, stop: threading.Event, well: Callable[[], None]) -> None:
        """Fetch mail until `stop` is set; `well` is called whenever the other side has answered as it should.

        Raises RoadFailed, OSError, SpoolError: then it is called again after a pause.
        """

    def interrupt(self) -> None:
        """Called from another thread: end whatever `run` is waiting for."""


@dataclass(slots=True)
class _Running:
    road: Road
    thread: threading.Thread
    stop: threading.Event


class Roads:
    """All that are configured. `take` is the intake's own way of accepting, on its event loop."""

    def __init__(self, take: Callable[[bytes, Envelope], Awaitable[str]], rng: Random | None = None) -> None:
        self._take = take
        self._rng = rng or Random()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: list[_Running] = []

    def start(self, roads: Sequence[Road]) -> None:
        """Start a thread for each."""
        self._loop = asyncio.get_running_loop()
        for road in roads:
            stop = threading.Event()
            thread = threading.Thread(target=self._keep, args=(road, stop), name=road.label, daemon=True)
            self._running.append(_Running(road, thread, stop))
            thread.start()

    async def stop(self, seconds: float) -> None:
        """End them all: the mail in hand is finished, within so many seconds."""
        running, self._running = self._running, []
        for one in running:
            one.stop.set()
            one.road.interrupt()
        await asyncio.gather(*(asyncio.to_thread(one.thread.join, seconds) for one in running))

    def _keep(self, road: Road, stop: threading.Event) -> None:
        """Run one road for as long as it is wanted, with growing pauses while it fails."""
        pause = FIRST_PAUSE

        def well() -> None:
            nonlocal pause
            pause = FIRST_PAUSE

        while not stop.is_set():
            try:
                road.run(self._hand_over, stop, well)
            except (RoadFailed, OSError, SpoolError) as error:
                self._failed(road, stop, str(error), pause)
            except Exception as error:
                log.exception("road failed", road=road.label)
                self._failed(road, stop, f"{type(error).__name__}: {error}", pause)
            stop.wait(pause * self._rng.uniform(0.8, 1.2))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _failed(self, road: Road, stop: threading.Event, why: str, pause: float) -> None:
        if not stop.is_set():
            log.warning("road failed, it is tried again", road=road.label, reason=why, seconds=round(pause))

    def _hand_over(self, raw: bytes, envelope: Envelope) -> str:
        """Accept a mail from a road's thread."""
        assert self._loop is not None

        async def take() -> str:
            return await self._take(raw, envelope)

        return asyncio.run_coroutine_threadsafe(take(), self._loop).result()
