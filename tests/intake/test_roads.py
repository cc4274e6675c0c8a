"""The roads that fetch mail: each in a thread of its own, none of which holds up another."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field

import pytest

from connector.intake import roads
from connector.intake.roads import HandOver, RoadFailed, Roads, Well
from connector.mail.model import Envelope

SECONDS = 10.0


@dataclass
class ScriptedRoad:
    """Hands over one mail each time it is run, after so many failures; then it waits to be stopped."""

    label: str
    failures: int = 0
    error: Exception = field(default_factory=lambda: RoadFailed("no answer"))
    hangs: bool = False
    stays: str | None = None
    breaks: bool = False
    runs: int = 0
    interrupted: threading.Event = field(default_factory=threading.Event)

    def run(self, hand_over: HandOver, stop: threading.Event, well: Well) -> None:
        self.runs += 1
        if self.runs <= self.failures:
            raise self.error
        if self.breaks:
            well()
            raise self.error
        if not self.hangs:
            hand_over(self.label.encode(), Envelope(road="test"))
            well(self.stays)
        self.interrupted.wait(SECONDS)

    def interrupt(self) -> None:
        self.interrupted.set()


class Told:
    """The alarms, as they are raised and over."""

    def __init__(self) -> None:
        self.alarms: list[tuple[str, str]] = []

    def raise_(self, name: str, what: str) -> None:
        self.alarms.append((name, what))

    def over(self, name: str) -> None:
        self.alarms.append((name, ""))


class Taken:
    """What the intake was given."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def take(self, raw: bytes, envelope: Envelope) -> str:
        self.mails.append(raw)
        return "id"

    async def until(self, *mails: bytes) -> None:
        """Wait for these, in whatever order."""
        end = time.monotonic() + SECONDS
        while sorted(self.mails) != sorted(mails):
            assert time.monotonic() < end, self.mails
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roads, "FIRST_PAUSE", 0.01)


def go(*given: ScriptedRoad, wanted: tuple[bytes, ...]) -> list[tuple[str, str]]:
    """Run these roads until the mails are there, then stop them; the alarms that were told."""
    told = Told()

    async def run() -> None:
        taken = Taken()
        running = Roads(taken.take, told)
        running.start(given)
        await taken.until(*wanted)
        await running.stop(SECONDS)

    asyncio.run(run())
    return told.alarms


def test_roads__one_that_hangs_holds_up_no_other() -> None:
    """B1: one road that never answers; mail still comes by the others, and stopping ends all of them."""
    hanging = ScriptedRoad("hanging", hangs=True)

    go(hanging, ScriptedRoad("one"), ScriptedRoad("two"), wanted=(b"one", b"two"))

    assert hanging.interrupted.is_set()


@pytest.mark.parametrize("error", [RoadFailed("no"), OSError("gone"), ValueError("a defect of ours")], ids=str)
def test_roads__one_that_fails_is_tried_again(error: Exception) -> None:
    """B1: whatever a road fails with, it is gone again after a pause."""
    road = ScriptedRoad("late", failures=3, error=error)

    go(road, wanted=(b"late",))

    assert road.runs == 4


def test_roads__who_must_do_something_is_told_at_once() -> None:
    """B107: a wrong password or certificate raises an alarm with the first try; it is over when mail comes again."""
    road = ScriptedRoad("office", failures=2, error=RoadFailed("wrong password", urgent=True))

    told = go(road, wanted=(b"office",))

    what = "No mail can be fetched by office: wrong password"
    assert told == [("road office", what), ("road office", what), ("road office", "")]


def test_roads__a_short_failure_raises_no_alarm() -> None:
    """B107: a server that is restarted is no alarm."""
    assert go(ScriptedRoad("office", failures=3), wanted=(b"office",)) == [("road office", "")]


def test_roads__a_long_failure_raises_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """B107: one that lasts is."""
    monkeypatch.setattr(roads, "ALARM_SECONDS", 0.0)

    told = go(ScriptedRoad("office", failures=1), wanted=(b"office",))

    assert told == [("road office", "No mail can be fetched by office: no answer"), ("road office", "")]


def test_roads__mails_that_stay_are_told_of() -> None:
    """B107: a mail that is too large, say, lies where nobody looks."""
    told = go(ScriptedRoad("office", stays="larger than MaxMessageSize: 3"), wanted=(b"office",))

    assert told[1:] == [("mail left office", "Mails stay in office: larger than MaxMessageSize: 3")]


def test_roads__one_that_is_well_and_soon_breaks_is_tried_later_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """B1: a server that ends each connection at once is not logged in to without end."""
    monkeypatch.setattr(roads, "SHAKY_PAUSE", 0.04)
    road = ScriptedRoad("office", breaks=True)

    async def run() -> None:
        running = Roads(Taken().take, Told())
        running.start([road])
        await asyncio.sleep(0.5)
        await running.stop(SECONDS)

    asyncio.run(run())
    assert 1 < road.runs < 30
