"""The roads that fetch mail: one thread each, so that one that fails or hangs never holds up another (B1, B2)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

import structlog

from connector.mail.model import Envelope
from connector.spool_file import SpoolError

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"""Seconds between tries of a road that fails: twice as many each time, up to the second."""
ALARM_SECONDS = 300.0
"""A road that fails for so long raises an alarm."""

SHAKY_PAUSE = 30.0
"""The longest pause where the road is well each time, and breaks soon after."""
STEADY_SECONDS = 60.0
"""A road that failed after so long begins with the first pause again; so does one that brought mail."""

HandOver = Callable[[bytes, Envelope], str]
"""Brings a mail safely to the spool and returns its id; blocks, and raises SpoolError. Then it is accepted (B2)."""


class Well(Protocol):
    """Called by a road whenever the other side has answered as it should."""

    def __call__(self, stays: str | None = None) -> None:
        """`stays` are the mails that stay where they are and why, "" where there are none, None: not looked at."""


log = structlog.get_logger("intake")


class RoadFailed(Exception):
    """The road cannot be used now; the text says why, for an administrator. It is tried again after a pause.

    `urgent`: somebody has to do something, as where a certificate or a password is wrong: the alarm does not wait.
    """

    def __init__(self, why: str, *, urgent: bool = False) -> None:
        super().__init__(why)
        self.urgent = urgent


@dataclass(frozen=True, slots=True)
class Looked:
    """How a road is where nothing is wrong with it; `remarks` are what is likely not what is wanted."""

    found: str
    remarks: tuple[str, ...] = ()


class Told(Protocol):
    """Who hears of trouble: `connector.alarms.Alarms`."""

    def raise_(self, name: str, what: str) -> None:
        """Something is wrong."""

    def over(self, name: str) -> None:
        """It is well again."""


class Road(Protocol):
    """One way in that has to be gone by ourselves."""

    @property
    def label(self) -> str:
        """The section of the INI, as in `MAILDIR:office`, for logs and alarms."""

    def run(self, hand_over: HandOver, stop: threading.Event, well: Well) -> None:
        """Fetch mail until `stop` is set.

        Raises RoadFailed, OSError, SpoolError: then it is called again after a pause.
        """

    def check(self) -> Looked:
        """Go it once without taking or changing anything. Raises RoadFailed, OSError."""

    def interrupt(self) -> None:
        """Called from another thread: end whatever `run` is waiting for."""


@dataclass(slots=True)
class _Running:
    road: Road
    thread: threading.Thread
    stop: threading.Event


class Roads:
    """All that are configured. `take` is the intake's own way of accepting, on its event loop."""

    def __init__(
        self, take: Callable[[bytes, Envelope], Awaitable[str]], alarms: Told, rng: Random | None = None
    ) -> None:
        self._take = take
        self._alarms = alarms
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
        pause, well_at = FIRST_PAUSE, time.monotonic()
        brought = was_well = False

        def well(stays: str | None = None) -> None:
            nonlocal well_at, was_well
            was_well, well_at = True, time.monotonic()
            self._alarms.over(f"road {road.label}")
            if stays:
                self._alarms.raise_(f"mail left {road.label}", f"Mails stay in {road.label}: {stays}")
            elif stays is not None:
                self._alarms.over(f"mail left {road.label}")

        def hand_over(raw: bytes, envelope: Envelope) -> str:
            nonlocal brought
            mail = self._hand_over(raw, envelope)
            brought = True
            return mail

        while not stop.is_set():
            brought, was_well, begun = False, False, time.monotonic()
            error = self._run(road, hand_over, stop, well)
            if stop.is_set():
                return
            if brought or (was_well and time.monotonic() - begun >= STEADY_SECONDS):
                pause = FIRST_PAUSE
            log.warning("road failed, it is tried again", road=road.label, reason=str(error), seconds=round(pause))
            if getattr(error, "urgent", False) or time.monotonic() - well_at >= ALARM_SECONDS:
                self._alarms.raise_(f"road {road.label}", f"No mail can be fetched by {road.label}: {error}")
            stop.wait(pause * self._rng.uniform(0.8, 1.2))
            pause = min(2 * pause, SHAKY_PAUSE if was_well else LONGEST_PAUSE)

    def _run(self, road: Road, hand_over: HandOver, stop: threading.Event, well: Well) -> Exception:
        """Run a road until it fails or is stopped; what it failed with."""
        try:
            road.run(hand_over, stop, well)
        except (RoadFailed, OSError, SpoolError) as error:
            return error
        except Exception as error:
            log.exception("road failed", road=road.label)
            return error
        return RoadFailed("it ended by itself")

    def _hand_over(self, raw: bytes, envelope: Envelope) -> str:
        """Accept a mail from a road's thread."""
        assert self._loop is not None

        async def take() -> str:
            return await self._take(raw, envelope)

        return asyncio.run_coroutine_threadsafe(take(), self._loop).result()
