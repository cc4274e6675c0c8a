"""The courier: sends what the store has committed, one outcome for each recipient, again until it is sent (B87, B88).

A delivery is leased from the store, sent, and its result written; a crash in between means that it is sent again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import structlog

from connector.clock import Jumps
from connector.config.settings import Outgoing
from connector.courier import schedule
from connector.courier.flow import SLOW_FACTOR, SLOW_SECONDS, Place, Places, RelayState, transactions
from connector.courier.ledger import Ledger
from connector.courier.refusals import Refusals
from connector.courier.store import Deliveries, StoreThread
from connector.courier.transport import Content, Outcome, Transport, Tried
from connector.mail.status import blames_address
from connector.originals import Originals
from storage.records import Drop, Parcel, Result, StoreError

CLAIM = 200  # deliveries leased at a time
IN_HAND = 1000  # with more transactions than these begun or waiting, nothing is claimed
LEASE_SECONDS = 3600.0  # longer than any transaction; a restart ends the leases of the one before
LOOK_SECONDS = 2.0  # the store is looked at this often, whatever it said: mails made by commands wake nobody
GATHER_SECONDS = 0.05  # at least so long from one claim to the next: what is committed meanwhile is claimed together
SHORT_WAIT = 0.5
STORE_WAIT = 2.0  # before a store that is locked or away is asked again
JUMP_SECONDS = 60.0  # a clock that is off by more from one look to the next was put
GRACE_SECONDS = 3600.0  # after that nothing is given up for so long
log = structlog.get_logger("courier")


class Courier:
    """One way out of one store. `run` until `stop`; `wake` whenever deliveries were committed. All on one event loop.

    `clock` gives aware UTC times, `rng` the jitter of pauses; `on_relay` is told why the relay is down, when it has
    been so for a while, and "" when it is back; `on_refusals` in the same way why a relay that is there takes nothing.
    """

    def __init__(
        self,
        store: Deliveries,
        originals: Originals,
        transport: Transport,
        settings: Outgoing,
        clock: Callable[[], datetime],
        owner: str = "courier",
        rng: Random | None = None,
        slow_seconds: float = SLOW_SECONDS,
        on_relay: Callable[[str], None] = lambda why: None,
        on_refusals: Callable[[str], None] = lambda why: None,
    ) -> None:
        self._thread = StoreThread(store)
        self._ledger = Ledger(self._thread, clock)
        self._originals = originals
        self._transport = transport
        self._give_up_after = timedelta(hours=settings.give_up_after_hours)
        self._clock = clock
        self._owner = owner
        self._rng = rng or Random()
        self._places = Places(settings.connections, slow_seconds)
        self._aside = asyncio.Semaphore(settings.connections * (SLOW_FACTOR - 1))
        self._relay = RelayState(self._rng, on_relay)
        self._refusals = Refusals(on_refusals, time.monotonic)
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._claimed_at = -LOOK_SECONDS
        self._jumps = Jumps(clock)
        self._no_end_before = 0.0  # by the loop's clock

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due, until `stop`."""
        writing = asyncio.create_task(self._ledger.run())
        try:
            await self._release()
            while not self._stopping.is_set():
                self._woken.clear()
                parcels = await self._claim()
                if parcels:
                    await self._send_all(parcels)
                else:
                    await self._wait_until_due()
                if sum(len(parcel.drops) for parcel in parcels) < CLAIM:
                    await self._sleep(self._claimed_at + GATHER_SECONDS - asyncio.get_running_loop().time())
        finally:
            if self._stopping.is_set():
                await self._ended.wait()
            writing.cancel()
            self._thread.close()

    async def stop(self, seconds: float) -> None:
        """Take nothing more; what is being sent has so many seconds. What was not sent stays in the store."""
        if self._ended.is_set():
            return
        self._stopping.set()
        self._woken.set()
        end = asyncio.get_running_loop().time() + seconds
        try:
            await self._end_tasks(end)
            if not await self._ledger.written(max(end - asyncio.get_running_loop().time(), 1.0)):
                log.error("the store did not take the last results: these mails may be sent once more")
            with suppress(StoreError, RuntimeError):  # RuntimeError: `run` has ended its thread
                await self._thread.call(self._thread.store.release_leases, self._owner, self._clock())
            await self._transport.close()
        finally:
            self._ended.set()

    async def _end_tasks(self, end: float) -> None:
        """Wait for what is begun, and for what comes of it, then cut it off; `end` by the loop's clock."""
        while self._tasks and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        late = list(self._tasks)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    # -- what is due --------------------------------------------------------------------------------------------

    async def _release(self) -> None:
        """End the leases that a crash or a claim without an answer left, as soon as the store can be asked.

        What is in hand stays there, for the ledger knows it.
        """
        while not self._stopping.is_set():
            try:
                await self._thread.call(self._thread.store.release_leases, self._owner, self._clock())
                return
            except StoreError as error:
                log.warning("waiting for the store", reason=str(error))
            except Exception:  # a defect of ours must not end the courier
                log.exception("the store cannot be asked")
            await self._sleep(STORE_WAIT)

    async def _claim(self) -> list[Parcel]:
        """Parcels to send now; none while the store is away."""
        self._claimed_at = asyncio.get_running_loop().time()
        await self._heed_the_clock()
        try:
            return await self._ledger.claim(CLAIM, LEASE_SECONDS, self._owner)
        except StoreError as error:
            log.warning("waiting for the store", reason=str(error))
        except Exception:  # a defect of ours must not end the courier
            log.exception("the store cannot be asked")
        await self._sleep(STORE_WAIT)
        await self._release()
        return []

    async def _heed_the_clock(self) -> None:
        """Put back, it must not keep mail waiting; put forward, it must not end the time of all that waits at once."""
        seconds = self._jumps.seconds()
        if seconds < -JUMP_SECONDS:
            await self._release()
        elif seconds > JUMP_SECONDS:
            self._no_end_before = asyncio.get_running_loop().time() + GRACE_SECONDS

    async def _wait_until_due(self) -> None:
        """Wait for the next delivery's time, or for `wake`."""
        if not self._woken.is_set():
            try:
                due = await self._thread.call(self._thread.store.next_due)
            except Exception:
                due = None  # `_claim` will say what is wrong
            wait = (due - self._clock()).total_seconds() if due else LOOK_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), min(max(wait, SHORT_WAIT), LOOK_SECONDS))

    async def _sleep(self, seconds: float) -> None:
        """Sleep, unless it is time to stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    # -- sending ------------------------------------------------------------------------------------------------

    async def _send_all(self, parcels: Sequence[Parcel]) -> None:
        """Send parcels beside each other; while the relay is down, one alone finds out whether it is back."""
        for parcel in parcels:
            for drops in transactions(parcel.drops):
                if drops[0].tries and not self._relay.failures:
                    self._start(self._send_aside(parcel, drops))
                else:
                    await self._send_next(parcel, drops)
        if self._relay.down:
            await self._sleep(self._relay.seconds_left)
        while len(self._tasks) > IN_HAND:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def _send_next(self, parcel: Parcel, drops: Sequence[Drop]) -> None:
        """Begin a transaction as soon as there is a place for it."""
        place = await self._places.take()
        if self._put_off(parcel, drops):
            place.leave()
            return
        task = self._start(self._deliver(parcel, drops, place))
        if self._relay.failures:
            await asyncio.wait([task])

    async def _send_aside(self, parcel: Parcel, drops: Sequence[Drop]) -> None:
        """A transaction of those who are tried alone: however many of them hang, first tries have places left."""
        async with self._aside:
            place = await self._places.take()
            if self._put_off(parcel, drops):
                place.leave()
            else:
                await self._deliver(parcel, drops, place)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _put_off(self, parcel: Parcel, drops: Sequence[Drop]) -> bool:
        """Whether these are not tried now: the relay is known to be down, or it is time to stop."""
        if self._stopping.is_set():
            self._ledger.leave(drops)
            return True
        if self._relay.down:
            outcome = Outcome("deferred", self._relay.why, down=True)
            self._ledger.add([self._result(parcel, drop, outcome) for drop in drops])
            return True
        return False

    async def _deliver(self, parcel: Parcel, drops: Sequence[Drop], place: Place) -> None:
        """One transaction; what it came to is recorded at once, and waits for nobody who needs another one."""
        try:
            tried = await self._send(parcel, drops)
        finally:
            place.leave()
        # failpoint: courier.tried
        self._settle(parcel, [drop for drop in drops if drop.address in tried.outcomes], tried.outcomes)
        for group in tried.again:
            self._start(self._send_aside(parcel, [drop for drop in drops if drop.address in group]))

    async def _send(self, parcel: Parcel, drops: Sequence[Drop]) -> Tried:
        """Send in one transaction; who is cut off has no outcome, and is not in hand any more."""
        addresses = [drop.address for drop in drops]
        try:
            return await self._transport.send(parcel.envelope_from, addresses, self._content(parcel))
        except OSError as error:
            answer = f"the mail cannot be read: {error}"
        except asyncio.CancelledError:
            self._ledger.leave(drops)
            raise
        except Exception as error:  # a defect of ours must not stop the mails behind this one
            log.exception("a mail cannot be sent", mail=parcel.mail, message_id=parcel.message_id)
            answer = f"a fault of ours: {type(error).__name__}"
        return Tried(dict.fromkeys(addresses, Outcome("deferred", answer)))

    def _content(self, parcel: Parcel) -> Content:
        if parcel.body is not None:
            return Content(parcel.head, parcel.body)
        path = self._originals.path(parcel.original_sha256)
        return Content(parcel.head, None, path, parcel.body_start, parcel.original_size)

    # -- results ------------------------------------------------------------------------------------------------

    def _settle(self, parcel: Parcel, drops: Sequence[Drop], outcomes: dict[str, Outcome]) -> None:
        """Give each delivery its result, and say so in the log, one line for all who have the same."""
        self._relay.learn(outcomes.values())
        self._refusals.learn(outcomes)
        results = [self._result(parcel, drop, outcomes[drop.address]) for drop in drops]
        self._ledger.add(results)
        same: dict[tuple[str, str], list[str]] = {}
        for drop, result in zip(drops, results, strict=True):
            same.setdefault((result.state, result.answer), []).append(drop.address)
        for (state, answer), recipients in same.items():
            log.info(
                state, mail=parcel.mail, ticket=parcel.ticket_number, message_id=parcel.message_id,
                recipients=recipients, answer=answer,
            )  # fmt: skip

    def _result(self, parcel: Parcel, drop: Drop, outcome: Outcome) -> Result:
        now = self._clock()
        if outcome.state != "deferred":
            blamed = outcome.of_recipient and blames_address("", outcome.answer)
            return Result(drop.delivery_id, outcome.state, outcome.answer, now, blames_address=blamed)
        wait = self._relay.seconds_left if outcome.down else schedule.pause(drop.tries + 1, self._rng)
        again = schedule.next_try(now, wait, parcel.created_at, self._give_up_after)
        if again is None and asyncio.get_running_loop().time() < self._no_end_before:
            again = now + timedelta(seconds=wait)
        if again is None:
            hours = self._give_up_after // timedelta(hours=1)
            return Result(drop.delivery_id, "failed", f"given up after {hours} hours: {outcome.answer}", now)
        return Result(drop.delivery_id, "deferred", outcome.answer, now, again, counted=not outcome.down)
