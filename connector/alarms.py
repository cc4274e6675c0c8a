"""Alarms of the running service: each raised once, by a log line and a mail, and told once more when over (B107)."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog

from connector.clock import utc_now
from connector.config.settings import Settings
from connector.delivery_store import open_store
from connector.pipeline.alarm_mail import alarm_mail
from connector.pipeline.alert import NOBODY
from connector.pipeline.outgoing import outgoing
from connector.pipeline.policy import Policy, Receipt
from connector.processing import RuleBook, policy_of
from storage import alarms
from storage.records import NewOutgoing, StoreError
from storage.store import Store

ADVICE = "`email-connector status` tells how the service is, `email-connector doctor` what to mend."
RAISED = f"{{what}}\n\nSince {{at}} UTC. This is told once, and once more when it is over.\n{ADVICE}\n"
OVER = "What was told is over:\n\n{what}\n\nAt {at} UTC.\n"

log = structlog.get_logger("alarms")


class Alarms:
    """What the parts of the service tell of their troubles, from any thread; nobody waits for the store.

    `on_mail` is called, in a thread of this, when a mail waits for the courier.
    """

    def __init__(
        self, settings: Settings, book: RuleBook, on_mail: Callable[[], None], clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._settings = settings
        self._book = book
        self._on_mail = on_mail
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[str, str] = {}  # by name: what is wrong, or "" where it is over
        self._unwritten: deque[tuple[str, str]] = deque()
        self._thread = ThreadPoolExecutor(1, "alarms")
        self._store: Store | None = None

    def use(self, settings: Settings, book: RuleBook) -> None:
        """Write by these settings from now on (a reloaded configuration)."""
        with self._lock:
            self._settings, self._book = settings, book

    def tell(self, name: str, what: str) -> None:
        """Something is wrong, or over where `what` is empty."""
        if what:
            self.raise_(name, what)
        else:
            self.over(name)

    def raise_(self, name: str, what: str) -> None:
        """Something is wrong; `name` says about what it is, and stays the same until it is over."""
        with self._lock:
            if self._said.get(name):
                return
            self._said[name] = what
            self._unwritten.append((name, what))
        log.error("alarm", name=name, reason=what)
        self._thread.submit(self._write)

    def over(self, name: str) -> None:
        """All is well with it; costs nothing where it was before."""
        with self._lock:
            before = self._said.get(name)
            if before == "":
                return
            self._said[name] = ""
            self._unwritten.append((name, ""))
        if before:
            log.info("alarm is over", name=name)
        self._thread.submit(self._write)

    async def run(self) -> None:
        """Write what the store could not take before."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write)

    async def stop(self) -> None:
        """Write what there is, if the store can be had, and close it."""
        await self.run()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _write(self) -> None:
        """In this one thread alone; what is added meanwhile comes behind."""
        try:
            while self._unwritten:
                self._write_one(*self._unwritten[0])
                self._unwritten.popleft()
        except StoreError as error:
            log.warning("alarms wait for the store", alarms=len(self._unwritten), reason=str(error))

    def _write_one(self, name: str, what: str) -> None:
        with self._lock:
            settings, book = self._settings, self._book
        if self._store is None:
            self._store = open_store(settings)
        standing = {alarm.name: alarm for alarm in alarms.standing(self._store.db)}
        if bool(what) == (name in standing):
            return  # told already, perhaps before a restart
        now, policy = self._clock(), policy_of(settings, book, self._store)
        text = RAISED.format(what=what, at=f"{now:%Y-%m-%d %H:%M}") if what else ""
        text = text or OVER.format(what=standing[name].what, at=f"{now:%Y-%m-%d %H:%M}")
        mails = _mails(name, text, "Alarm" if what else "Over", policy, now)
        if what:
            alarms.raise_(self._store.db, name, what, now, mails)
        else:
            alarms.end(self._store.db, name, now, mails)
        if mails:
            self._on_mail()

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()


def _mails(name: str, text: str, kind: str, policy: Policy, now: datetime) -> tuple[NewOutgoing, ...]:
    """The mail to `AlarmAddress`, if there is one, with the keyword that keeps an answer to it in the house."""
    address = policy.connector.alarm_address
    if not address:
        return ()
    receipt = Receipt(secrets.token_hex(16), now, now)
    return (
        outgoing(None, NOBODY, alarm_mail(("", address), f"{kind}: {name}", text, policy, receipt), policy, receipt),
    )
