"""The courier: sends what the store has committed, one outcome for each recipient, again until it is sent (B87, B88).

A delivery is leased from the store, sent, and its result written; a crash in between means that it is sent again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from random import Random

import structlog

from connector.clock import Jumps
from connector.config.settings import Outgoing
from connector.courier.flow import SLOW_FACTOR, SLOW_SECONDS, Job, Place, Places, RelayState, runs, transactions
from connector.courier.ledger import Ledger
from connector.courier.refusals import Refusals
from connector.courier.settling import Settling
from connector.courier.store import Deliveries, StoreThread
from connector.courier.transport import Content, MailObject, Outcome, Session, Transport, Tried
from connector.originals import Originals
from storage.records import Parcel, StoreError

CLAIM = 200  # deliveries leased at a time
IN_HAND = 1000  # with more runs than these begun or waiting, nothing is claimed
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
        self._clock = clock
        self._owner = owner
        self._connections = settings.connections
        self._places = Places(settings.connections, slow_seconds)
        self._aside = asyncio.Semaphore(settings.connections * (SLOW_FACTOR - 1))
        rng = rng or Random()
        self._relay = RelayState(rng, on_relay)
        refusals = Refusals(on_refusals, time.monotonic)
        hours = settings.give_up_after_hours
        self._settling = Settling(self._ledger, self._relay, refusals, hours, clock, rng)
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._claimed_at = -LOOK_SECONDS
        self._jumps = Jumps(clock)

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
            self._settling.no_end_before = asyncio.get_running_loop().time() + GRACE_SECONDS

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
        """Send parcels beside each other, those who failed before each by itself."""
        jobs = []
        for parcel in parcels:
            for drops in transactions(parcel.drops):
                if drops[0].tries and not self._relay.failures:
                    self._start(self._send_aside(Job(parcel, drops)))
                else:
                    jobs.append(Job(parcel, drops))
        await self._send_in_runs(jobs)
        if self._relay.down:
            await self._sleep(self._relay.seconds_left)
        while len(self._tasks) > IN_HAND:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def _send_in_runs(self, jobs: Sequence[Job]) -> None:
        """Send beside each other; while the relay is down, one alone finds out whether it is back."""
        for run in runs(jobs, self._connections):
            task = self._start(self._go(run, await self._places.take()))
            if self._relay.failures:
                await asyncio.wait([task])

    async def _send_aside(self, job: Job) -> None:
        """A transaction of those who are tried alone: however many of them hang, first tries have places left."""
        async with self._aside:
            await self._go(deque([job]), await self._places.take())

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _go(self, run: deque[Job], place: Place) -> None:
        """Transactions one after the other; those behind one that hangs go elsewhere."""

        def go_elsewhere() -> None:
            if run:
                self._start(self._send_in_runs([*run]))
                run.clear()

        place.on_slow = go_elsewhere
        session = self._transport.session()
        try:
            while run:
                job = run.popleft()
                if not self._put_off(job):
                    place.begin()
                    await self._deliver(job, session, run)
        except Exception:  # a defect of ours must not keep back the mails behind this one
            go_elsewhere()
            raise
        finally:
            session.end()
            place.leave()

    def _put_off(self, job: Job) -> bool:
        """Whether these are not tried now: the relay is known to be down, or it is time to stop."""
        if self._stopping.is_set():
            self._ledger.leave(job.drops)
        elif self._relay.down:
            self._settling.put_off(job)
        else:
            return False
        return True

    async def _deliver(self, job: Job, session: Session, behind: Sequence[Job]) -> None:
        """One transaction; what it came to is recorded at once, and waits for nobody who needs another one."""
        tried = await self._send(job, session, behind)
        # failpoint: courier.tried
        self._settling.settle(job, tried.outcomes)
        for group in tried.again:
            self._start(self._send_aside(Job(job.parcel, [drop for drop in job.drops if drop.address in group])))

    async def _send(self, job: Job, session: Session, behind: Sequence[Job]) -> Tried:
        """Send in one transaction; who is cut off has no outcome, and is not in hand any more."""

        def following() -> MailObject | None:
            return self._mail(behind[0]) if behind and not self._stopping.is_set() else None

        try:
            return await session.send(self._mail(job), following)
        except OSError as error:
            answer = f"the mail cannot be read: {error}"
        except asyncio.CancelledError:
            self._ledger.leave(job.drops)
            raise
        except Exception as error:  # a defect of ours must not stop the mails behind this one
            log.exception("a mail cannot be sent", mail=job.parcel.mail, message_id=job.parcel.message_id)
            answer = f"a fault of ours: {type(error).__name__}"
        outcome = Outcome("deferred", answer)
        return Tried({drop.address: outcome for drop in job.drops})

    def _mail(self, job: Job) -> MailObject:
        """What is sent, made once: it may be begun before its turn."""
        if job.mail is None:
            addresses = [drop.address for drop in job.drops]
            job.mail = MailObject(job.parcel.envelope_from, addresses, self._content(job.parcel))
        return job.mail

    def _content(self, parcel: Parcel) -> Content:
        if parcel.body is not None:
            return Content(parcel.head, parcel.body)
        file = self._originals.file(parcel.original_sha256)
        return Content(parcel.head, None, file, parcel.body_start, parcel.original_size)
