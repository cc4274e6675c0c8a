"""The mails that wait for a worker: the oldest few thousand are queued here, what is beyond stays in the spool."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable

from connector.spool import Spool

MOST = 8192
"""So many ids are queued at most, however many mails wait."""

FEW = MOST // 4
"""When no more are queued, those that were left in the spool are looked for: the queue does not run dry meanwhile."""

REST = 20.0
"""So many times as long as a look took of the processor it is waited for where another one has to follow at once."""


class Backlog:
    """A queue of ids, the oldest first; what is queued or in hand is not queued again.

    As long as mails are left in the spool, what arrives is left there as well, for it is younger.
    """

    def __init__(self, spool: Spool) -> None:
        self.arrived = asyncio.Event()
        self._spool = spool
        self._queue: deque[str] = deque()
        self._known: set[str] = set()  # queued or in hand
        self._left = True  # whether mails wait that are not known; nobody has looked yet
        self._looks = False
        self._missed = False  # whether mails were left in the spool since the look that is under way began
        self._ended: set[str] = set()  # what was in hand when it began, and is not any more
        self._ahead: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many are queued; more may be left in the spool."""
        return len(self._queue)

    def add(self, mails: Iterable[str]) -> None:
        """These mails wait in the spool."""
        for mail in mails:
            if mail in self._known:
                continue
            if self._left or len(self._queue) >= MOST:
                self._left = self._missed = True
            else:
                self._known.add(mail)
                self._queue.append(mail)
        self.arrived.set()

    def take(self) -> str:
        """The oldest one, in hand from now on; where few are left, more are looked for."""
        mail = self._queue.popleft()
        if self._is_low and not self._looks:
            self._looks = True
            self._ahead = asyncio.create_task(self._look())
        return mail

    def put_back(self, mail: str) -> None:
        """One in hand waits again, ahead of all that are younger."""
        place = next((place for place, other in enumerate(self._queue) if other > mail), len(self._queue))
        self._queue.insert(place, mail)

    def end(self, mail: str) -> None:
        """One is in hand no more, whatever became of it."""
        self._known.discard(mail)
        if self._looks:
            self._ended.add(mail)

    async def look(self) -> None:
        """Take up what other processes put into the spool, and what was left there, unless enough is queued."""
        if not self._looks and (self._is_low or not self._left):
            self._looks = True
            await self._look()

    def stop(self) -> None:
        """Look no more."""
        if self._ahead is not None:
            self._ahead.cancel()

    @property
    def _is_low(self) -> bool:
        return self._left and len(self._queue) <= FEW

    async def _look(self) -> None:
        """Look until nothing is left or enough is queued; where the disk gives no answer, somebody will look again."""
        try:
            while (spent := await self._take_up()) is not None and self._is_low:
                await asyncio.sleep(REST * spent)
        finally:
            self._looks = False

    async def _take_up(self) -> float | None:
        """One look; what it took of the processor, or None where the disk gave no answer."""
        self._missed = False
        self._ended.clear()
        most = len(self._known) + MOST  # those in hand may all be among the oldest
        try:
            oldest, spent = await asyncio.to_thread(self._oldest, most)
        except OSError:
            return None
        self._left = self._missed or len(oldest) == most
        for mail in oldest:
            if mail in self._known or mail in self._ended:
                continue
            if len(self._queue) >= MOST:
                self._left = True
                break
            self._known.add(mail)
            self._queue.append(mail)
        self.arrived.set()
        return spent

    def _oldest(self, most: int) -> tuple[list[str], float]:
        begun = time.thread_time()
        return self._spool.waiting(most), time.thread_time() - begun
