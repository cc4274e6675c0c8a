"""What became of deliveries, written to the store in groups and never forgotten before (B87, B88)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import structlog

from connector.courier.store import StoreThread
from storage.records import Drop, Parcel, Result, StoreBusy

OWN_WAY_SECONDS = 0.1  # results that no claim took along in so long a time are written by themselves, together
FIRST_WAIT, LONGEST_WAIT = 0.2, 10.0  # seconds between attempts to write to a store that is locked or away
log = structlog.get_logger("courier")


class Ledger:
    """Keeps results until the store has them; knows what is in hand, so that nothing is sent twice meanwhile.

    A claim takes along the results that wait: one commit and one sync for both. `run` writes those that no claim took.
    """

    def __init__(self, thread: StoreThread, clock: Callable[[], datetime]) -> None:
        self._thread = thread
        self._clock = clock
        self._unsettled: set[int] = set()  # from the claim until the result is in the store
        self._results: list[Result] = []
        self._unwritten = 0  # results, those included that are just being written
        self._late = asyncio.Event()  # some of those that wait have waited for long enough
        self._timer: asyncio.TimerHandle | None = None  # sets `_late`
        self._all_written = asyncio.Event()
        self._all_written.set()

    async def claim(self, limit: int, lease_seconds: float, owner: str) -> list[Parcel]:
        """Lease what is due and not in hand, and write what waits to be written. Raises what the store does."""
        results = self._those_that_wait()
        try:
            claim = self._thread.store.claim_deliveries
            parcels = await self._thread.call(claim, self._clock(), limit, lease_seconds, owner, results)
        except BaseException:
            self._results[:0] = results
            self._late.set()
            raise
        self._written(results)
        return [taken for parcel in parcels if (taken := self.take(parcel))]

    def take(self, parcel: Parcel) -> Parcel | None:
        """The parcel with those deliveries alone that are not in hand already; their lease may have run out."""
        drops = tuple(drop for drop in parcel.drops if drop.delivery_id not in self._unsettled)
        self._unsettled.update(drop.delivery_id for drop in drops)
        if len(drops) == len(parcel.drops):
            return parcel
        return replace(parcel, drops=drops) if drops else None

    def leave(self, drops: Iterable[Drop]) -> None:
        """These are not in hand any more, and have no result."""
        self._unsettled.difference_update(drop.delivery_id for drop in drops)

    def add(self, results: Iterable[Result]) -> None:
        """Results to write; they are in hand until then."""
        added = [*results]
        if not added:
            return
        if not self._results:
            self._timer = asyncio.get_running_loop().call_later(OWN_WAY_SECONDS, self._late.set)
        self._results += added
        self._unwritten += len(added)
        self._all_written.clear()

    async def run(self) -> None:
        """Write results that wait; all that came during one write go together in the next."""
        while True:
            await self._late.wait()
            self._late.clear()
            if results := self._those_that_wait():
                await self._write(results)

    def _those_that_wait(self) -> list[Result]:
        """All results that wait, to be written by who asks."""
        if self._timer is not None:
            self._timer.cancel()
        results, self._results = self._results, []
        return results

    def _written(self, results: Sequence[Result]) -> None:
        self._unsettled.difference_update(result.delivery_id for result in results)
        self._dealt_with(results)

    def _dealt_with(self, results: Sequence[Result]) -> None:
        self._unwritten -= len(results)
        if not self._unwritten:
            self._all_written.set()

    async def written(self, seconds: float) -> bool:
        """Wait until the store has everything, at most so long; whether it has."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_written.wait(), seconds)
        return self._all_written.is_set()

    async def _write(self, results: list[Result]) -> None:
        """Write for as long as it takes; a result that the store can never take holds up none of the others."""
        wait = FIRST_WAIT
        while True:
            try:
                await self._thread.call(self._thread.store.record_results, results, self._clock())
                self._written(results)
                return
            except StoreBusy as error:
                log.warning("results are kept until the store takes them", waiting=len(results), reason=str(error))
            except Exception:
                await self._write_apart(results)
                return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _write_apart(self, results: list[Result]) -> None:
        """Halve what the store refused, down to the one it cannot take: that stays in hand, not to be sent again."""
        if len(results) == 1:
            log.exception("a result cannot be recorded", delivery=results[0].delivery_id, state=results[0].state)
            self._dealt_with(results)
            return
        middle = len(results) // 2
        await self._write(results[:middle])
        await self._write(results[middle:])
