"""The courier's loop: everything due goes out, each delivery has its own result, and faults cost no mail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
import structlog

from connector.config.settings import Outgoing
from connector.courier.courier import Courier
from connector.courier.flow import Job, Places, runs, transactions
from connector.courier.ledger import Ledger
from connector.courier.outbox import Outbox
from connector.courier.settling import Settling
from connector.courier.store import StoreThread
from connector.courier.transport import Following, MailObject, Outcome, Tried, nothing
from connector.courier.transports import transport_of
from connector.originals import Originals
from storage.records import Drop, Parcel, Result, StoreBusy
from tests.fakes.relay import FakeRelay
from tests.fakes.store import FakeDeliveries

START = datetime(2026, 11, 23, tzinfo=UTC)
SENT, DOWN = Outcome("sent", "250 ok"), Outcome("deferred", "relay: refused", down=True)


def parcel(number: int, *addresses: str, tries: int = 0) -> Parcel:
    drops = tuple(Drop(number * 10 + i, address, tries) for i, address in enumerate(addresses))
    return Parcel(
        number, "0500-1000", f"mail-{number}", "distribution", f"<{number}@company.example>", "support@company.example",
        b"Subject: x\r\n\r\n", b"body\r\n", "", 0, 0, START, drops,
    )  # fmt: skip


@dataclass
class Scripted:
    """A way out that answers what a function says, and notes what it was given."""

    answer: Callable[[str], Outcome] = lambda address: SENT
    sent: list[tuple[str, ...]] = field(default_factory=list)
    hold: dict[str, asyncio.Event] = field(default_factory=dict)  # addresses whose mail waits for the event
    apart: bool = False  # several recipients are not sent to together
    at_once: int = 0
    most_at_once: int = 0

    def session(self) -> Scripted:
        return self

    async def send(self, mail: MailObject, following: Following = nothing) -> Tried:
        recipients = mail.recipients
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            for address in recipients:
                if address in self.hold:
                    await self.hold[address].wait()
            self.sent.append(tuple(recipients))
            if self.apart and len(recipients) > 1:
                return Tried({}, tuple((address,) for address in recipients))
            return Tried({address: self.answer(address) for address in recipients})
        finally:
            self.at_once -= 1

    def end(self) -> None: ...

    async def close(self) -> None: ...


@dataclass
class Clock:
    """A clock that is put forward by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """A running courier and all around it."""

    store: FakeDeliveries
    way: Scripted
    clock: Clock
    courier: Courier

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the courier work until something is so."""
        async with asyncio.timeout(5):
            while not condition():
                self.courier.wake()
                await asyncio.sleep(0.002)


@asynccontextmanager
async def running(
    folder: Path,
    way: object,
    *parcels: Parcel,
    busy: int = 0,
    read_only: bool = False,
    connections: int = 4,
    slow: float = 10,
    on_relay: Callable[[str], None] = lambda why: None,
) -> AsyncIterator[House]:
    store, clock = FakeDeliveries(list(parcels), busy, read_only), Clock()
    settings = Outgoing(connections=connections, give_up_after_hours=24)
    courier = Courier(
        store, Originals(folder), way, settings, clock, "courier", Random(1), slow, on_relay  # type: ignore[arg-type]
    )  # fmt: skip
    task = asyncio.create_task(courier.run())
    try:
        yield House(store, way, clock, courier)  # type: ignore[arg-type]
    finally:
        await courier.stop(0.5)
        await asyncio.wait_for(task, 5)


def run(script: Awaitable[None]) -> None:
    asyncio.run(script)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits between looks, a hundredth as long."""
    monkeypatch.setattr("connector.courier.courier.SHORT_WAIT", 0.005)
    monkeypatch.setattr("connector.courier.courier.STORE_WAIT", 0.005)
    monkeypatch.setattr("connector.courier.ledger.FIRST_WAIT", 0.005)
    monkeypatch.setattr("connector.courier.schedule.FIRST_RELAY_PAUSE", 0.05)


def test_run__mail_made_by_a_command_is_found_soon(tmp_path: Path) -> None:
    """B87: nobody wakes the courier for what another process committed; it looks by itself, every two seconds."""

    async def script() -> None:
        async with running(tmp_path, Scripted()) as house:
            await house.until(lambda: house.store.claims)
            house.store.add(parcel(1, "amy@x.example"))
            async with asyncio.timeout(3):
                while not house.way.sent:
                    await asyncio.sleep(0.01)

    run(script())


def test_run__one_result_for_each_recipient(tmp_path: Path) -> None:
    """B87: each delivery has state and answer of its own; the store is asked off the event loop."""
    answers = {
        "amy@x.example": SENT,
        "bob@x.example": Outcome("failed", "550"),
        "cid@x.example": Outcome("deferred", "451"),
    }

    async def script() -> None:
        async with running(tmp_path, Scripted(answers.__getitem__), parcel(1, *answers)) as house:
            await house.until(lambda: len(house.store.results) == 3)

            assert house.way.sent == [("amy@x.example", "bob@x.example", "cid@x.example")]
            assert house.store.states() == {10: "sent", 11: "failed", 12: "deferred"}
            assert [result.answer for result in house.store.results.values()] == ["250 ok", "550", "451"]
            assert threading.get_ident() not in house.store.threads

    run(script())


def test_run__deferred_is_tried_again_when_it_is_due(tmp_path: Path) -> None:
    """B87: after a temporary failure there is a pause of about a minute, a try counted, and then it is sent."""
    answers = iter([Outcome("deferred", "451"), SENT])

    async def script() -> None:
        async with running(tmp_path, Scripted(lambda _: next(answers)), parcel(1, "amy@x.example")) as house:
            await house.until(lambda: house.store.results)
            first = house.store.results[10]
            assert first.next_try_at is not None
            assert timedelta(seconds=45) <= first.next_try_at - START <= timedelta(seconds=75)
            assert first.counted
            house.clock.now = first.next_try_at
            await house.until(lambda: house.store.states() == {10: "sent"})

    run(script())


def test_run__gives_up_after_its_time(tmp_path: Path) -> None:
    """B87: a delivery that is still deferred after GiveUpAfterHours has failed, with the last answer."""

    async def script() -> None:
        way = Scripted(lambda _: Outcome("deferred", "451 full"))
        async with running(
            tmp_path, way, replace(parcel(1, "amy@x.example"), created_at=START - timedelta(hours=24))
        ) as house:
            await house.until(lambda: house.store.results)

            result = house.store.results[10]
            assert (result.state, result.answer) == ("failed", "given up after 24 hours: 451 full")

    run(script())


def test_run__several_parcels_at_once_up_to_connections(tmp_path: Path) -> None:
    """B87: parcels go out beside each other, no more at a time than there are connections."""

    async def script() -> None:
        many = [parcel(number, "amy@x.example") for number in range(30)]
        async with running(tmp_path, Scripted(), *many, connections=3) as house:
            await house.until(lambda: len(house.store.results) == 30)

            assert house.way.most_at_once == 3
            assert len(house.store.records) < 30, "results are written in groups"

    run(script())


def test_run__hanging_destinations_hold_up_nobody(tmp_path: Path) -> None:
    """B87: parcels that hang give their places to others after a while."""

    async def script() -> None:
        way = Scripted(hold={"hang@x.example": asyncio.Event()})
        parcels = [parcel(n, "hang@x.example") for n in range(2)] + [parcel(n, "amy@x.example") for n in range(2, 9)]
        async with running(tmp_path, way, *parcels, connections=2, slow=0.02) as house:
            await house.until(lambda: len(house.store.results) == 7)

            assert set(house.store.states()) == {number * 10 for number in range(2, 9)}

    run(script())


def test_run__what_was_begun_behind_one_that_hangs_goes_elsewhere(tmp_path: Path) -> None:
    """B87: mails that go one after the other do not wait for one that hangs, and arrive once."""

    async def script() -> None:
        fake, addresses = FakeRelay(), ["amy@x.example", "dot-hang.bob@x.example", "cid@x.example", "dan@x.example"]
        parcels = [parcel(number, address) for number, address in enumerate(addresses)]
        async with fake.running():
            way = transport_of(Outgoing("smtp", host="localhost", port=fake.port, tls="none"))
            async with running(tmp_path, way, *parcels, connections=1, slow=0.05) as house:
                await house.until(lambda: len(house.store.results) == 3)
                await house.courier.stop(0.01)

        assert house.store.states() == {0: "sent", 20: "sent", 30: "sent"}
        assert fake.per_recipient() == dict.fromkeys(addresses[:1] + addresses[2:], 1)

    run(script())


def test_run__a_defect_keeps_back_nobody_behind_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B87: mails that go one after the other are sent though what became of one cannot be told."""
    sound = Settling.settle

    def settle(settling: Settling, job: Job, outcomes: dict[str, Outcome]) -> None:
        if job.parcel.drops[0].address == "amy@x.example":
            raise ValueError("a defect")
        sound(settling, job, outcomes)

    monkeypatch.setattr(Settling, "settle", settle)

    async def script() -> None:
        parcels = [parcel(n, address) for n, address in enumerate(("amy@x.example", "bob@x.example", "cid@x.example"))]
        async with running(tmp_path, Scripted(), *parcels, connections=1) as house:
            await house.until(lambda: len(house.store.results) == 2)
        assert house.store.states() == {10: "sent", 20: "sent"}

    run(script())


def test_places__time_begins_anew_with_each_transaction() -> None:
    """B87: many quick transactions one after the other are no slow one, and no other place is had meanwhile."""

    async def script() -> None:
        places, slow = Places(1, 0.2), []
        place = await places.take()
        place.on_slow = lambda: slow.append(True)
        for _ in range(6):
            place.begin()
            await asyncio.sleep(0.05)
        assert slow == []
        waiting = asyncio.create_task(places.take())
        await waiting
        assert slow == [True]
        for one in (place, waiting.result()):
            one.leave()

    run(script())


def test_runs__first_come_first_sent() -> None:
    """B87: what is to be sent is dealt out among the connections; nobody waits for many others."""
    dealt = [[drops for job in one for drops in job.drops] for one in runs([Job(parcel(0), [n]) for n in range(6)], 4)]

    assert dealt == [[0, 4], [1, 5], [2], [3]]
    many = list(runs([Job(parcel(0), ())] * 200, 4))
    assert (max(map(len, many)), sum(map(len, many))) == (8, 200)
    assert list(runs([], 4)) == []


def test_run__relay_down_is_noticed_once(tmp_path: Path) -> None:
    """B87: while the relay is down one parcel finds it out for all; no mail loses a try, all leave when it is back."""
    back = False

    async def script() -> None:
        nonlocal back
        way = Scripted(lambda _: SENT if back else DOWN)
        parcels = [parcel(number, "amy@x.example") for number in range(50)]
        async with running(tmp_path, way, *parcels, connections=2) as house:
            await house.until(lambda: len(house.store.results) == 50)
            assert len(way.sent) <= 4
            assert not any(result.counted for result in house.store.results.values())
            back = True
            house.clock.now += timedelta(minutes=10)
            await house.until(lambda: set(house.store.states().values()) == {"sent"})

    with structlog.testing.capture_logs() as lines:
        run(script())
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["the relay is down"]
    assert [line["event"] for line in lines].count("the relay is back") == 1


@pytest.mark.parametrize(("urgent", "told"), [(True, ["expired", ""]), (False, [""])])
def test_run__what_only_a_person_can_mend_is_told_at_once(tmp_path: Path, urgent: bool, told: list[str]) -> None:
    """B107: a wrong certificate or password is told with the first try, a relay that is down not yet."""
    heard: list[str] = []
    back = False

    async def script() -> None:
        nonlocal back
        down = Outcome("deferred", "expired", down=True, urgent=urgent)
        way = Scripted(lambda _: SENT if back else down)
        async with running(tmp_path, way, parcel(1, "amy@x.example"), on_relay=heard.append) as house:
            await house.until(lambda: len(house.store.results) == 1)
            back = True
            house.clock.now += timedelta(minutes=10)
            await house.until(lambda: set(house.store.states().values()) == {"sent"})

    with structlog.testing.capture_logs():
        run(script())
    assert heard == told


def test_run__recipient_who_asks_for_a_log_in_is_counted(tmp_path: Path) -> None:
    """B87: a relay that answers 530 to one recipient is not down: his tries are counted, other mail goes out."""

    async def script() -> None:
        fake = FakeRelay()
        async with fake.running():
            way = transport_of(Outgoing("smtp", host="localhost", port=fake.port, tls="none"))
            async with running(tmp_path, way, parcel(1, "rcpt-530.bob@x.example")) as house:
                for tries in (1, 2):
                    await house.until(lambda tries=tries: house.store.tries.get(10) == tries)  # type: ignore[misc]
                    house.clock.now += timedelta(minutes=10)
                house.store.add(parcel(2, "amy@x.example"))
                await house.until(lambda: house.store.states().get(20) == "sent")

    with structlog.testing.capture_logs() as lines:
        run(script())
    assert not [line for line in lines if line["log_level"] == "error"]


def test_run__time_runs_on_while_the_relay_is_down(tmp_path: Path) -> None:
    """B87: GiveUpAfterHours counts also when the relay was down all the time."""

    async def script() -> None:
        old = replace(parcel(1, "amy@x.example"), created_at=START - timedelta(hours=25))
        async with running(tmp_path, Scripted(lambda _: DOWN), old) as house:
            await house.until(lambda: house.store.states() == {10: "failed"})

    run(script())


def test_run__locked_store_is_waited_for(tmp_path: Path) -> None:
    """B3: a store that is locked or away delays, and loses nothing."""

    async def script() -> None:
        async with running(tmp_path, Scripted(), parcel(1, "amy@x.example"), busy=4) as house:
            await house.until(lambda: house.store.states() == {10: "sent"})

    run(script())


def test_run__unwritten_results_are_not_sent_again(tmp_path: Path) -> None:
    """B88: this process never sends again what it sent, also when the result stays unwritten past the lease's end."""

    async def script() -> None:
        async with running(tmp_path, Scripted(), parcel(1, "amy@x.example"), read_only=True) as house:
            await house.until(lambda: house.way.sent)
            house.clock.now += timedelta(hours=2)
            claims = house.store.claims
            await house.until(lambda: house.store.claims > claims + 2)
            house.store.read_only = False
            await house.until(lambda: house.store.states() == {10: "sent"})

            assert house.way.sent == [("amy@x.example",)]

    with structlog.testing.capture_logs():
        run(script())


def test_run__crash_in_a_transport_defers(tmp_path: Path) -> None:
    """B87: a defect met by one mail defers that mail, and the ones behind it leave."""

    def answer(address: str) -> Outcome:
        if address == "bad@x.example":
            raise KeyError("defect")
        return SENT

    async def script() -> None:
        async with running(tmp_path, Scripted(answer), parcel(1, "bad@x.example"), parcel(2, "amy@x.example")) as house:
            await house.until(lambda: len(house.store.results) == 2)

            assert house.store.states() == {10: "deferred", 20: "sent"}
            assert "KeyError" in house.store.results[10].answer

    with structlog.testing.capture_logs():
        run(script())


def test_run__starts_by_ending_old_leases(tmp_path: Path) -> None:
    """B88: what a crash left leased is sent at once after the restart."""

    async def script() -> None:
        async with running(tmp_path, Scripted()) as house:
            await house.until(lambda: house.store.released)
            assert house.store.released == ["courier"]

    run(script())


def test_stop__finishes_what_is_being_sent_and_leaves_the_rest(tmp_path: Path) -> None:
    """B103: the mail in hand is finished and recorded; what was not begun stays in the store, not leased."""

    async def script() -> None:
        gate = asyncio.Event()
        way = Scripted(hold={"amy@x.example": gate})
        parcels = [parcel(number, "amy@x.example") for number in range(5)]
        async with running(tmp_path, way, *parcels, connections=1) as house:
            await house.until(lambda: way.at_once)
            stop = asyncio.create_task(house.courier.stop(5))
            await asyncio.sleep(0)
            gate.set()
            await stop

            assert house.store.states() == {0: "sent"}
            assert house.store.leases == {}

    run(script())


def test_stop__cuts_off_what_hangs(tmp_path: Path) -> None:
    """B103: a mail that does not end in time is cut off, has no result, and is not leased."""

    async def script() -> None:
        way = Scripted(hold={"amy@x.example": asyncio.Event()})
        async with running(tmp_path, way, parcel(1, "amy@x.example")) as house:
            await house.until(lambda: way.at_once)
            await house.courier.stop(0.01)

            assert house.store.results == house.store.leases == {}

    run(script())


REFUSED_TOGETHER = ("amy@x.example", "dot-550.bob@x.example", "dot-hang.cid@x.example", "dan@x.example")


@pytest.mark.parametrize(("connections", "slow"), [(4, 10.0), (1, 0.02)])
def test_stop__what_the_relay_took_is_recorded(tmp_path: Path, connections: int, slow: float) -> None:
    """B87, B88: of a mail refused as a whole each recipient goes alone; one who hangs holds up neither the mail of the
    others nor their results, and is the only one left to the next start."""

    async def script() -> None:
        fake, mail = FakeRelay(), parcel(1, *REFUSED_TOGETHER)
        async with fake.running():
            way = transport_of(Outgoing("smtp", host="localhost", port=fake.port, tls="none"))
            async with running(tmp_path, way, mail, connections=connections, slow=slow) as house:
                await house.until(lambda: len(house.store.results) == 3)
                await house.courier.stop(0.01)

        assert house.store.states() == {10: "sent", 11: "failed", 13: "sent"}
        assert house.store.leases == {}
        assert fake.per_recipient() == {"amy@x.example": 1, "dan@x.example": 1}

    run(script())


def test_stop__begins_no_further_transaction(tmp_path: Path) -> None:
    """B103: who was to be tried alone when it is time to stop stays in the store, not leased."""

    async def script() -> None:
        gate = asyncio.Event()
        way = Scripted(hold={"amy@x.example": gate}, apart=True)
        async with running(tmp_path, way, parcel(1, "amy@x.example", "bob@x.example")) as house:
            await house.until(lambda: way.at_once)
            stop = asyncio.create_task(house.courier.stop(5))
            await asyncio.sleep(0)
            gate.set()
            await stop

            assert way.sent == [("amy@x.example", "bob@x.example")]
            assert house.store.results == house.store.leases == {}

    run(script())


def test_run__many_who_hang_alone_leave_places_for_others(tmp_path: Path) -> None:
    """B87: recipients that hang, tried again each alone, never have all places: new mail goes out beside them."""

    async def script() -> None:
        way = Scripted(hold={"hang@x.example": asyncio.Event()})
        parcels = [parcel(1, *["hang@x.example"] * 9, tries=1), parcel(2, "amy@x.example"), parcel(3, "bob@x.example")]
        async with running(tmp_path, way, *parcels, connections=1, slow=0.02) as house:
            await house.until(lambda: len(house.store.results) == 2)

            assert house.store.states() == {20: "sent", 30: "sent"}

    run(script())


def test_run__claims_no_more_than_can_be_in_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B87: while too many wait to be tried alone, the rest stays in the store; it is sent as soon as they are done."""
    monkeypatch.setattr("connector.courier.courier.IN_HAND", 3)

    async def script() -> None:
        gate = asyncio.Event()
        way = Scripted(hold={"hang@x.example": gate})
        async with running(tmp_path, way, parcel(1, *["hang@x.example"] * 9, tries=1), connections=1) as house:
            await house.until(lambda: way.at_once)
            house.store.add(parcel(2, "amy@x.example"))
            for _ in range(20):
                house.courier.wake()
                await asyncio.sleep(0.002)
            assert house.store.claims == 1
            gate.set()
            await house.until(lambda: len(house.store.results) == 10)

    run(script())


def test_transactions__who_failed_before_goes_alone() -> None:
    """B87: first tries share a transaction; later ones are apart, so that one bad recipient spoils it for nobody."""
    drops = [Drop(1, "a@x.example", 0), Drop(2, "b@x.example", 3), Drop(3, "c@x.example", 0), Drop(4, "d@x.example", 1)]

    assert [[drop.delivery_id for drop in group] for group in transactions(drops)] == [[1, 3], [2], [4]]


def test_ledger__result_that_cannot_be_written_holds_up_no_other() -> None:
    """B87: a result that the store refuses is kept in hand, so that it is not sent again; the others are written."""

    async def script() -> None:
        store = FakeDeliveries(refuse=lambda result: result.delivery_id == 3)
        ledger = Ledger(StoreThread(store), Clock())
        assert ledger.take(parcel(0, *"abcdefg"))
        writing = asyncio.create_task(ledger.run())
        ledger.add(Result(number, "sent", "250", START) for number in range(7))

        assert await ledger.written(5)

        assert sorted(store.results) == [0, 1, 2, 4, 5, 6]
        again = ledger.take(parcel(0, *"abcdefg"))
        assert again is not None
        assert 3 not in [drop.delivery_id for drop in again.drops]
        writing.cancel()

    with structlog.testing.capture_logs():
        run(script())


def test_ledger__claim_takes_along_what_waits() -> None:
    """B88: what became of the last mails is written by the next claim; what no claim takes is written all the same."""

    async def script() -> None:
        store = FakeDeliveries([parcel(2, "b")])
        ledger = Ledger(StoreThread(store), Clock())
        writing = asyncio.create_task(ledger.run())
        assert ledger.take(parcel(1, "a"))
        ledger.add([Result(10, "sent", "250", START)])
        assert [claimed.outgoing_id for claimed in await ledger.claim(9, 60, "courier")] == [2]
        assert (store.claims, store.states()) == (1, {10: "sent"})
        assert await ledger.written(0)

        ledger.add([Result(20, "sent", "250", START)])
        assert await ledger.written(5)
        assert (store.claims, store.states()) == (1, {10: "sent", 20: "sent"})
        writing.cancel()

    run(script())


def test_ledger__no_result_is_not_waited_for() -> None:
    """B103: where every recipient needs another transaction the first has none: stopping says that all is written."""

    async def script() -> None:
        ledger = Ledger(StoreThread(FakeDeliveries()), Clock())
        ledger.add([])
        assert await ledger.written(0)

    run(script())


def test_ledger__claim_that_fails_loses_no_result() -> None:
    """B88: what a claim took along in vain is written without it, and is in hand until then."""

    async def script() -> None:
        store = FakeDeliveries([parcel(1, "a")], lost_answers=1)
        ledger = Ledger(StoreThread(store), Clock())
        writing = asyncio.create_task(ledger.run())
        assert ledger.take(parcel(2, "b"))
        ledger.add([Result(20, "sent", "250", START)])
        with pytest.raises(StoreBusy):
            await ledger.claim(9, 60, "courier")
        assert not await ledger.written(0)
        assert ledger.take(parcel(2, "b")) is None
        assert await ledger.written(5)
        assert store.states() == {20: "sent"}
        writing.cancel()

    run(script())


def test_all__originals_to_a_relay(tmp_path: Path) -> None:
    """B85, B87, B88: from the store to a relay that fails now and then: each mail once, byte for byte."""
    originals = Originals(tmp_path)
    sha256 = "ab" * 32
    raw = b"From: amy@x.example\r\n\r\nHello\r\n.\r\n"
    originals.keep(raw, sha256)
    original = {"body": None, "original_sha256": sha256, "original_size": len(raw), "body_start": 23}
    addresses = ["amy@x.example", "rcpt-451-1.bob@x.example", "rcpt-550.cid@x.example"]

    async def script() -> None:
        fake = FakeRelay()
        mails = [replace(parcel(n, *addresses), **original) for n in range(1, 4)]
        async with fake.running():
            way = transport_of(Outgoing("smtp", host="localhost", port=fake.port, tls="none"))
            async with running(tmp_path, way, *mails) as house:
                await house.until(lambda: len(house.store.results) == 9)
                house.clock.now += timedelta(minutes=2)
                await house.until(lambda: "deferred" not in house.store.states().values())

        assert set(house.store.states().values()) == {"sent", "failed"}
        assert fake.per_recipient() == {"amy@x.example": 3, "rcpt-451-1.bob@x.example": 3}
        assert {mail.content for mail in fake.taken} == {b"Subject: x\r\n\r\nHello\r\n.\r\n"}

    run(script())


def test_transport_of__outbox_is_the_default(tmp_path: Path) -> None:
    """Without a relay in the configuration, mail goes to the outbox."""
    assert isinstance(transport_of(Outgoing(outbox=tmp_path)), Outbox)
