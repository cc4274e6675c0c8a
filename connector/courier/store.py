"""What the courier asks of the ticket store, and the one thread in which it asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import ParamSpec, Protocol, TypeVar

from storage.records import Parcel, Result

P = ParamSpec("P")
T = TypeVar("T")


class Deliveries(Protocol):
    """The part of the store that holds deliveries. Its calls block and raise StoreError."""

    def claim_deliveries(
        self, now: datetime, limit: int, lease_seconds: float, owner: str, results: Sequence[Result] = ()
    ) -> list[Parcel]:
        """Lease due deliveries to an owner, as parcels; write down what became of others in the same step."""

    def record_results(self, results: Sequence[Result], now: datetime) -> None:
        """Write down what became of deliveries."""

    def release_leases(self, owner: str, now: datetime) -> None:
        """End all leases of an owner."""

    def next_due(self) -> datetime | None:
        """When the next delivery is due."""


class StoreThread:
    """Calls the store off the event loop, one call at a time."""

    def __init__(self, store: Deliveries) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="courier-store")

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of one call of the store."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))

    def close(self) -> None:
        """End the thread after the call in hand."""
        self._thread.shutdown(wait=False)
