"""Looks into the spool for mails that other processes put there, the less often the longer a look takes."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from connector.spool import Spool

REST = 20.0
"""So many times as long as a look took of the processor nobody looks again: a full spool costs one part in twenty."""


class SpoolLooks:
    """What the ticker asks every other second."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._not_before = 0.0  # on the monotonic clock

    async def waiting(self) -> list[str]:
        """The ids of the mails that wait; none where it is too early for another look, or the disk gives no answer."""
        if time.monotonic() < self._not_before:
            return []
        with suppress(OSError):
            waiting, spent = await asyncio.to_thread(self._look)
            self._not_before = time.monotonic() + REST * spent
            return waiting
        return []

    def _look(self) -> tuple[list[str], float]:
        begun = time.thread_time()
        return self._spool.waiting(), time.thread_time() - begun
