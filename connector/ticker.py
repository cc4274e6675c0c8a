"""What the service looks at again and again. The clock may jump as it likes: nothing is left out, or done in heaps.

The scheduler plans by the wall clock. Where that is put back by an hour it would plan nothing for an hour, so the clock
is compared with the one that cannot be put; after a jump everything is looked at at once, and planned anew. Where it is
put forward by years, the scheduler's own trigger would list every time in between before it passes them over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from connector.clock import Jumps, utc_now

log = structlog.get_logger("ticker")

JOBS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
LOOK_SECONDS = 1.0
JUMP_SECONDS = 2.0
"""A clock that is off by more than this from one look to the next was put; less is how clocks run."""


class Every(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """So many seconds from now, whenever that is asked: no time that has passed is made good."""

    def __init__(self, seconds: float) -> None:
        self._pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """When the job is due after this time."""
        return now + self._pause


class Ticker:
    """Calls functions and coroutines every so many seconds, on the running event loop, until `pause` and `stop`."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(job_defaults=JOBS, timezone=UTC)
        self._looking: asyncio.Task[None] | None = None

    def every(self, seconds: float, work: Callable[[], object], *, at_once: bool = False) -> None:
        """Call `work` so often, for the first time now or after one such time; never twice at the same time."""
        first = {"next_run_time": utc_now()} if at_once else {}
        self._scheduler.add_job(work, Every(seconds), **first)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()
        self._looking = asyncio.create_task(self._look())

    def pause(self) -> None:
        """Call nothing any more; what is under way goes on."""
        self._scheduler.pause()
        if self._looking is not None:
            self._looking.cancel()

    def stop(self) -> None:
        """End it, and what is under way."""
        self._scheduler.shutdown(wait=False)

    async def _look(self) -> None:
        jumps = Jumps()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if abs(seconds := jumps.seconds()) > JUMP_SECONDS:
                log.warning("the clock was put", seconds=round(seconds))
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=utc_now())
