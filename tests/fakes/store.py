"""Deliveries in memory, with the store's faults on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from storage.records import Drop, Parcel, Result, StoreBusy


@dataclass
class FakeDeliveries:
    """Like the store's courier side: leases deliveries, takes results, says what is due next."""

    parcels: list[Parcel] = field(default_factory=list)
    busy: int = 0  # so many calls raise StoreBusy
    read_only: bool = False  # results are refused with StoreBusy, claims are not
    lost_answers: int = 0  # so many claims are made, and raise StoreBusy all the same
    claims: int = 0
    records: list[list[Result]] = field(default_factory=list)  # as they were handed over
    released: list[str] = field(default_factory=list)
    results: dict[int, Result] = field(default_factory=dict)  # the last one of each delivery
    leases: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    refuse: Callable[[Result], bool] = lambda result: False
    threads: set[int] = field(default_factory=set)

    def add(self, *parcels: Parcel) -> None:
        """Commit deliveries."""
        self.parcels.extend(parcels)

    def claim_deliveries(
        self, now: datetime, limit: int, lease_seconds: float, owner: str, results: Sequence[Result] = ()
    ) -> list[Parcel]:
        """Keep results and lease what is due, as the store does."""
        self._call()
        if results:
            self._keep(results, now)
        self.claims += 1
        claimed = [replace(parcel, drops=drops) for parcel in self.parcels if (drops := self._due(parcel, now))]
        for drop in (drop for parcel in claimed for drop in parcel.drops):
            self.leases[drop.delivery_id] = (owner, now + timedelta(seconds=lease_seconds))
        if claimed and self.lost_answers:
            self.lost_answers -= 1
            raise StoreBusy("the connection broke")
        return claimed

    def record_results(self, results: Sequence[Result], now: datetime) -> None:
        """Keep results; a refused one fails the whole call."""
        self._call()
        self._keep(results, now)

    def _keep(self, results: Sequence[Result], now: datetime) -> None:
        if self.read_only:
            raise StoreBusy("database is locked")
        if any(self.refuse(result) for result in results):
            raise ValueError("refused as scripted")
        self.records.append(list(results))
        for result in results:
            self.results[result.delivery_id] = result
            self.leases.pop(result.delivery_id, None)
            self.tries[result.delivery_id] = self.tries.get(result.delivery_id, 0) + result.counted

    def release_leases(self, owner: str, now: datetime) -> None:
        """End an owner's leases."""
        self._call()
        self.released.append(owner)
        self.leases = {key: lease for key, lease in self.leases.items() if lease[0] != owner}

    def next_due(self) -> datetime | None:
        """The earliest next try of what waits."""
        self._call()
        times = [result.next_try_at for result in self.results.values() if result.state == "deferred"]
        return min((time for time in times if time), default=None)

    def states(self) -> dict[int, str]:
        """The state of each delivery that has a result."""
        return {key: result.state for key, result in sorted(self.results.items())}

    def _call(self) -> None:
        self.threads.add(threading.get_ident())
        if self.busy:
            self.busy -= 1
            raise StoreBusy("database is locked")

    def _due(self, parcel: Parcel, now: datetime) -> tuple[Drop, ...]:
        return tuple(
            replace(drop, tries=self.tries.get(drop.delivery_id, drop.tries))
            for drop in parcel.drops
            if self._is_due(drop.delivery_id, now)
        )

    def _is_due(self, delivery: int, now: datetime) -> bool:
        lease, result = self.leases.get(delivery), self.results.get(delivery)
        if lease and lease[1] > now:
            return False
        if result is None:
            return True
        return result.state == "deferred" and result.next_try_at is not None and result.next_try_at <= now
