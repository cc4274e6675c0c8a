"""The courier's door to the store: opened when it is first needed, so that the service starts without a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from connector.clock import utc_now
from connector.config.settings import Settings
from connector.processing import RuleBook, policy_of
from connector.suspending import suspend_failing
from storage.records import Parcel, Result, StoreBusy, StoreError
from storage.store import Store


def open_store(settings: Settings, *, sync_later: bool = False) -> Store:
    """The store of a configuration; StoreBusy where it is locked or away, StoreError where it cannot be used."""
    return Store.open(
        settings.store.database,
        number_prefix=settings.tickets.number_prefix,
        first_number=settings.tickets.first_number,
        sync_later=sync_later,
    )


def store_for_mail(settings: Settings, *, sync_later: bool = False) -> Store:
    """The store to file mail in; one that cannot be used is StoreBusy as well: mail waits until it is mended."""
    try:
        return open_store(settings, sync_later=sync_later)
    except StoreError as error:
        raise StoreBusy(str(error)) from error


class DeliveryStore:
    """What the courier asks of the store; every call may raise StoreBusy, and may then be made again.

    What is claimed is on the disk, with all that was filed before it, ahead of the first mail that is sent of it.
    """

    def __init__(self, settings: Settings, book: RuleBook) -> None:
        self._settings = settings
        self._book = book
        self._store: Store | None = None

    def _opened(self) -> Store:
        if self._store is None:
            store = open_store(self._settings, sync_later=True)
            try:
                self._suspend(store, utc_now())  # what a crash has left, or another BouncesBeforeSuspend asks for
            except StoreError:
                store.close()
                raise
            self._store = store
        return self._store

    def _suspend(self, store: Store, now: datetime) -> None:
        suspend_failing(store, policy_of(self._settings, self._book, store), now)

    def claim_deliveries(
        self, now: datetime, limit: int, lease_seconds: float, owner: str, results: Sequence[Result] = ()
    ) -> list[Parcel]:
        """Lease due deliveries (`Store.claim_deliveries`); results are written down as by `record_results`."""
        store = self._opened()
        parcels = store.claim_deliveries(now, limit, lease_seconds, owner, results)
        # failpoint: courier.claimed
        if results:
            self._make_safe(store, results, now)
        elif parcels:
            store.sync()
        return parcels

    def record_results(self, results: Sequence[Result], now: datetime) -> None:
        """Write down what became of deliveries (`Store.record_results`), for good; suspend who failed too often."""
        store = self._opened()
        store.record_results(results, now)
        self._make_safe(store, results, now)

    def _make_safe(self, store: Store, results: Sequence[Result], now: datetime) -> None:
        """What follows once results are written down, and all of it on the disk."""
        # failpoint: courier.recorded
        if any(result.blames_address for result in results):
            self._suspend(store, now)
        store.sync()
        # failpoint: courier.results-synced

    def release_leases(self, owner: str, now: datetime) -> None:
        """Make an owner's leased deliveries due again (`Store.release_leases`)."""
        self._opened().release_leases(owner, now)
        # failpoint: courier.leases-released

    def next_due(self) -> datetime | None:
        """When the next delivery is due (`Store.next_due`)."""
        return self._opened().next_due()
