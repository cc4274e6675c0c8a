"""The clock is put forward and back by an hour and by years: no storm, no standstill."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.courier.transport import Outcome
from connector.mail.model import Envelope
from connector.spool import Spool
from connector.ticker import Every, Ticker
from storage.records import Result, Wanted
from storage.store import Store
from tests.courier.test_courier import SENT, START, Scripted, parcel, run, running, short_waits
from tests.house import PUBLIC, mail_bytes
from tests.service import Service
from tests.storage import make

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
YEARS = timedelta(days=3652)
HOUR = timedelta(hours=1)
CACHED_SECONDS = 1  # so long a process goes on with an offset that it has read

__all__ = ["short_waits"]


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store.open("sqlite::memory:")
    yield store
    store.close()


# -- the whole service -------------------------------------------------------------------------------------------


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """A file that says by how much the service's clock is off."""
    if LIBRARY is None:
        assert not os.environ.get("CI"), "libfaketime is missing"
        pytest.skip("libfaketime (Debian's package faketime) is not installed")
    (tmp_path / "clock").write_text("+0\n")
    return tmp_path / "clock"


@pytest.mark.long
def test_service__clock_is_put_forward_and_back(tmp_path: Path, clock: Path) -> None:
    """B3, B87, B103: by an hour or ten years, mail is filed and sent at once, the ticker looks, the order is kept."""
    service = Service(tmp_path)
    service.before = (
        "env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME_TIMESTAMP_FILE={clock}",
        f"FAKETIME_CACHE_DURATION={CACHED_SECONDS}", "FAKETIME_DONT_FAKE_MONOTONIC=1",
    )  # fmt: skip
    spool = Spool(tmp_path / "var" / "spool")
    with service:
        ids = [deliver(service, 0)]
        for number, offset in enumerate(("+1h", "+0", "+10y", "+0"), start=1):
            put(clock, offset)
            service.wait_for("the clock was put")
            time.sleep(2 * CACHED_SECONDS)  # the workers look at that file for themselves
            ids.append(deliver(service, number))
            if offset == "+0":  # what another process leaves in the spool is found by the ticker
                raw = mail_bytes("jane@acme.example", Message_ID=f"<{number}.5@acme.example>")
                service.wait_for("filed", mail=spool.accept(raw, Envelope(rcpt_to=(PUBLIC,))))
        alarms = [line for line in service.log if line["event"] == "alarm"]
        assert service.stop() == 0
    assert ids == sorted(ids)
    assert alarms == []


def put(clock: Path, offset: str) -> None:
    """Put the service's clock, at one moment: an empty file would be none."""
    (clock.parent / "offset").write_text(f"{offset}\n")
    (clock.parent / "offset").rename(clock)


def deliver(service: Service, number: int) -> str:
    """Send a mail, and wait until it is filed and all that it makes is sent; its id."""
    mail = service.send(mail_bytes("jane@acme.example", Message_ID=f"<{number}@acme.example>"))
    service.wait_for("filed", mail=mail)
    service.wait_for("sent", mail=mail)
    return mail


def test_ticker__ten_years_are_one_time() -> None:
    """B103: what was due again and again in years that the clock left out is due once, and is not even counted."""
    now = datetime.now(UTC)
    assert Every(2).get_next_fire_time(now - YEARS, now) == now + timedelta(seconds=2)


def test_ticker__clock_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """B103: everything is looked at at once when the clock was put, and goes on by the new time."""
    monkeypatch.setattr("connector.ticker.LOOK_SECONDS", 0.01)
    jumps = iter([0.0, -3600.0])
    monkeypatch.setattr("connector.clock.Jumps.seconds", lambda _: next(jumps, 0.0))

    async def script() -> None:
        looked = asyncio.Event()
        ticker = Ticker()
        ticker.every(3600, looked.set)
        ticker.start()
        await asyncio.wait_for(looked.wait(), 5)
        ticker.pause()
        ticker.stop()

    asyncio.run(script())


# -- one thing at a time -----------------------------------------------------------------------------------------


def test_ids__rise_across_a_restart_with_an_earlier_clock(tmp_path: Path) -> None:
    """The order of arrival is kept while mail from before a restart waits, though the clock was put back meanwhile."""
    late, early = Spool(tmp_path, lambda: 5 * 10**18), Spool(tmp_path, lambda: 4 * 10**18)
    first = late.accept(b"first", Envelope())
    with early.lock():
        second = early.accept(b"second", Envelope())
    assert early.waiting() == [first, second]


@pytest.mark.parametrize("off", [HOUR, YEARS])
def test_courier__clock_put_back_keeps_nothing_waiting(tmp_path: Path, off: timedelta) -> None:
    """B87: what was put off while the clock was ahead is tried when it is right again."""
    answers = iter([Outcome("deferred", "451"), SENT])

    async def script() -> None:
        async with running(tmp_path, Scripted(lambda _: next(answers)), parcel(1, "amy@x.example")) as house:
            house.clock.now = START + off
            await house.until(lambda: house.store.results)
            house.clock.now = START
            await house.until(lambda: len(house.store.released) > 1)

    run(script())


@pytest.mark.parametrize("off", [timedelta(hours=3), YEARS])
def test_release__what_the_clock_put_off_is_due(store: Store, off: timedelta) -> None:
    """B87: no delivery waits for longer than the pauses between tries do, whatever the clock said; the others wait."""
    make.open_ticket(store, outgoing=(make.outgoing("a@company.example", "b@company.example"),))
    (claimed,) = store.claim_deliveries(make.NOW + off, 10, 60, "courier")
    ahead, right = [drop.delivery_id for drop in claimed.drops]
    later = make.NOW + off, make.NOW + HOUR
    results = [Result(one, "deferred", "451", at, at) for one, at in zip((ahead, right), later, strict=True)]
    store.record_results(results, make.NOW)
    store.release_leases("courier", make.NOW)
    due = [drop.delivery_id for one in store.claim_deliveries(make.NOW, 10, 60, "courier") for drop in one.drops]
    assert due == [ahead]


def test_courier__clock_put_forward_gives_nothing_up_at_once(tmp_path: Path) -> None:
    """B87: GiveUpAfterHours does not end for all that waits because somebody puts the clock: an hour is left."""
    way = Scripted(lambda _: Outcome("deferred", "451 full"))

    async def script() -> None:
        async with running(tmp_path, way) as house:
            await house.until(lambda: house.store.claims)
            house.clock.now = START + YEARS
            claims = house.store.claims
            await house.until(lambda: house.store.claims > claims)
            house.store.add(parcel(1, "amy@x.example"))
            await house.until(lambda: house.store.results)
            result = house.store.results[10]
            assert result.state == "deferred"
            assert result.next_try_at is not None
            assert HOUR / 120 < result.next_try_at - house.clock.now < HOUR / 30

    run(script())


def test_courier__claim_without_an_answer_is_ended(tmp_path: Path) -> None:
    """B87: a claim that was committed, and whose answer was lost, is not waited for until its lease ends."""

    async def script() -> None:
        async with running(tmp_path, Scripted()) as house:
            house.store.lost_answers = 1
            house.store.add(parcel(1, "amy@x.example"))
            await house.until(lambda: house.store.states() == {10: "sent"})

    run(script())


def test_facts__what_comes_from_a_clock_that_was_ahead_is_not_counted(store: Store) -> None:
    """B12, B13: mails and answers that seem to come from the future pause nobody, and keep no answer back."""
    answer = make.outgoing(make.BOB, kind="response")
    ticket = make.open_ticket(store, at=make.NOW + YEARS, outgoing=(answer,))
    asked = Wanted(sender=make.BOB, numbers=(ticket.number,), since=make.NOW - HOUR, pace=3)
    for wanted, found in ((asked, 1), (replace(asked, until=make.NOW), 0)):
        facts = store.facts(wanted)
        assert (facts.responses, len(facts.paces[ticket.id].mails)) == (found, found)
