"""Looks once a minute for what nobody else tells of: mail that waits, is quarantined, or does not come (B107)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from connector import spool_queue
from connector.clock import utc_now
from connector.config.settings import Mailbox, MaildirIn, MboxIn, Settings
from connector.delivery_store import open_store
from connector.intake.roads import Told
from connector.silence import LEARNT, SHORTEST, TIMES, silent_hours
from connector.spool import Spool
from connector.spool_file import SpoolError
from storage import alarms, road_hours, state
from storage.records import StoreError
from storage.state import Waiting
from storage.store import Store

log = structlog.get_logger("watching")

EVERY_SECONDS = 60
FAR_TOO_LATE = timedelta(minutes=30)
QUEUE, QUARANTINE, SILENT = "queue", "quarantine", "silent "


def watched_roads(settings: Settings) -> list[str]:
    """The roads whose silence is told of, as they stand in the ledger: `smtp`, `imap:office`."""
    listening = {"smtp": settings.smtp_in.active, "lmtp": settings.lmtp_in.active}
    fetching: dict[str, tuple[Mailbox | MaildirIn | MboxIn, ...]] = {
        "imap": settings.imaps,
        "pop3": settings.pop3s,
        "maildir": settings.maildirs,
        "mbox": settings.mboxes,
    }
    return [
        *(road for road, active in listening.items() if active),
        *(f"{kind}:{one.name}" for kind, boxes in fetching.items() for one in boxes),
    ]


class Watching:
    """Works in a thread of its own; while the store is away, nothing is said of what stands in it."""

    def __init__(self, settings: Settings, told: Told, clock: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._told = told
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "watching")
        self._store: Store | None = None
        self._late = 0  # so many mails and deliveries waited at the last look, if any did for too long

    def use(self, settings: Settings) -> None:
        """Watch these roads from now on (a reloaded configuration)."""
        self._settings = settings

    async def run(self) -> None:
        """One look."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.look)

    async def stop(self) -> None:
        """Wait for the look that is under way, and close the store."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def look(self) -> None:
        """One look, in this thread."""
        now = self._clock()
        try:
            spool = Spool(self._settings.store.spool)
            waiting = spool_queue.counts(spool)
            self._look_at_quarantine(waiting["quarantined"])
            found = state.waiting(self._opened().db)
            self._look_at_queue(spool_queue.oldest(spool), waiting["spooled"], found, now)
            self._look_at_roads(now)
        except (StoreError, SpoolError, OSError) as error:
            log.debug("not everything can be watched", reason=str(error))

    def _look_at_quarantine(self, mails: int) -> None:
        what = f"Mails are in the quarantine, {mails} of them: see `email-connector queue list`."
        self._tell(QUARANTINE, what if mails else "")

    def _look_at_queue(self, oldest: datetime | None, spooled: int, found: Waiting, now: datetime) -> None:
        """What has waited for long is told of where it did so a minute ago, and does not get less."""
        since = min((one for one in (oldest, found.oldest_due, found.oldest_untried) if one), default=now)
        waiting = spooled + found.deliveries
        late, grows = now - since > FAR_TOO_LATE, 0 < self._late <= waiting
        self._late = waiting if late else 0
        if not late:
            self._told.over(QUEUE)
        elif grows:
            minutes = (now - since) // timedelta(minutes=1)
            self._told.raise_(QUEUE, f"Mail waits: {waiting} mails and deliveries, the oldest for {minutes} minutes.")

    def _look_at_roads(self, now: datetime) -> None:
        roads = watched_roads(self._settings)
        for road in roads:
            self._tell(f"{SILENT}{road}", self._why_silent(road, now))
        for alarm in alarms.standing(self._opened().db):
            if alarm.name.startswith(SILENT) and alarm.name.removeprefix(SILENT) not in roads:
                self._told.over(alarm.name)

    def _why_silent(self, road: str, now: datetime) -> str:
        db = self._opened().db
        last = road_hours.last(db, road)
        if last is None or now - last < SHORTEST:
            return ""
        found = silent_hours(road_hours.hours(db, road, last - LEARNT), now)
        if found is None:
            return ""
        return (
            f"No mail has come by {road} since {last:%Y-%m-%d %H:%M} UTC: {found[0]} hours in which there usually is "
            f"some, {TIMES} times as many as the longest gap of the weeks before ({found[1]}), or more."
        )

    def _tell(self, name: str, what: str) -> None:
        if what:
            self._told.raise_(name, what)
        else:
            self._told.over(name)

    def _opened(self) -> Store:
        if self._store is None:
            self._store = open_store(self._settings)
            self._store.db.hold_little()  # of all that waits, each delivery is looked at
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
