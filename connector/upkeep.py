"""The service's upkeep of the store, beside the workers: no mail waits for it (B94)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from connector.config.settings import Settings
from connector.delivery_store import open_store
from storage.records import StoreError
from storage.store import Store

log = structlog.get_logger("upkeep")

EVERY_SECONDS = 2
INDEX_SECONDS = 0.5  # at once, so that it gives way to other things often
LATEST_SECONDS = 30  # so long the search lags behind at most before its turn comes, while mails queue up


class Upkeep:
    """Works in a thread of its own; a store that is away is looked for again the next time.

    While mails queue up (`busy`) the search waits: they go first, and a ticket that many change is indexed once.
    """

    def __init__(self, settings: Settings, busy: Callable[[], bool]) -> None:
        self._settings = settings
        self._busy = busy
        self._indexed = float("-inf")
        self._thread = ThreadPoolExecutor(1, "upkeep")
        self._store: Store | None = None

    async def run(self) -> None:
        """One round."""
        waits = self._busy() and time.monotonic() < self._indexed + LATEST_SECONDS
        await asyncio.get_running_loop().run_in_executor(self._thread, self._round, 0 if waits else INDEX_SECONDS)

    async def stop(self) -> None:
        """Wait for the round that is under way, and close the store."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _round(self, seconds: float) -> None:
        try:
            if self._store is None:
                self._store = open_store(self._settings, sync_later=True)  # nobody waits for its commits to be safe
            waiting = self._store.upkeep(seconds)
            if seconds:
                self._indexed = time.monotonic()
            if waiting:
                log.debug("tickets wait to be indexed", waiting=waiting)
        except StoreError as error:
            log.debug("store not ready, upkeep waits", error=str(error))

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
