"""The service: one main process with listener, worker pool, courier and ticker (B3, B101, B103).

The database is not needed to start, nor to accept: workers and courier wait for it on their own.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from connector import memory, notify
from connector.alarms import Alarms
from connector.book import read_book
from connector.clock import utc_now
from connector.config.clear import in_the_clear
from connector.config.load import ConfigError, load
from connector.config.settings import Settings
from connector.courier.courier import Courier
from connector.courier.transports import transport_of
from connector.delivery_store import DeliveryStore
from connector.intake.fetching import roads_of
from connector.intake.listeners import Listeners
from connector.intake.roads import Roads
from connector.mail.model import Envelope
from connector.oauth.tokens import ending
from connector.originals import Originals
from connector.processing import RuleBook
from connector.rulebook.watch import MAILS
from connector.spool import Spool
from connector.spool_writer import SpoolWriter
from connector.ticker import Ticker
from connector.tls import certificate_trouble
from connector.upkeep import EVERY_SECONDS, Upkeep
from connector.watching import EVERY_SECONDS as WATCH_SECONDS
from connector.watching import Watching
from connector.worker import Report, Setup
from connector.workers import WorkerPool, tell_left

log = structlog.get_logger("server")

SCAN_SECONDS = 2
RECOVER_SECONDS = 60
ALARM_SECONDS = 15
CERTIFICATE_SECONDS = 6 * 3600
LOG_IN_SECONDS = 3600
NOT_RELOADED = "configuration not reloaded, the old one stays"


def worker_count(settings: Settings) -> int:
    """How many workers: as configured, else one less than the cores, at least one."""
    return settings.service.workers or max(1, (os.cpu_count() or 1) - 1)


@dataclass(slots=True)
class Running:
    """What one configuration has running; a reload stops it and starts another."""

    settings: Settings
    pool: WorkerPool
    courier: Courier
    courier_task: asyncio.Task[None]


def _warn(settings: Settings) -> None:
    """Tell at start and at every reload what is left open: passwords on the network (B102), forged employees (B26)."""
    for clear in in_the_clear(settings):
        log.warning(str(clear), section=clear.section)
    if settings.connector.employee_authentication != "required":
        log.warning(
            "mail from an employee's address is taken without proof"
            + ("" if settings.connector.employee_authentication == "off" else " unless it is refuted"),
            token="EmployeeAuthentication",
            value=settings.connector.employee_authentication,
        )


class Server:
    """The whole service around one spool."""

    def __init__(self, file: Path, settings: Settings, book: RuleBook) -> None:
        self._file = file
        self._settings = settings
        self._book = book
        self._spool = Spool(settings.store.spool)
        self._writer = SpoolWriter(self._spool)
        self._originals = Originals(settings.store.originals)
        self._listeners = Listeners(self._spool.incoming, self._writer.hand_over, self._on_accepted)
        self._alarms = Alarms(settings, book, self._wake_courier)
        self._watching = Watching(settings, self._alarms)
        self._roads = Roads(self._take, self._alarms)
        self._running: Running | None = None
        self._upkeep = Upkeep(settings, lambda: self._running is not None and self._running.pool.is_behind)
        self._stop = asyncio.Event()
        self._reloading = asyncio.Lock()

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT. SpoolInUse where another service has the spool, OSError for the address."""
        with self._spool.lock():
            # failpoint: start.locked
            self._spool.sweep()
            self._originals.sweep()
            # failpoint: start.swept
            self._writer.start()
            try:
                await self._serve()
            finally:
                self._writer.stop()

    async def _serve(self) -> None:
        loop = self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(self.reload()))
        self._running = self._start_parts(self._settings, self._book)
        ticker = self._ticker()
        alive = asyncio.create_task(notify.keep_alive(self._trouble))
        try:
            # failpoint: start.parts-started
            self._recover()
            await self._scan()
            # failpoint: start.recovered
            await self._listeners.start(self._settings)
            # failpoint: start.listening
            self._look_at_certificate()
            log.info("started", workers=worker_count(self._settings))
            self._roads.start(roads_of(self._settings))
            memory.settle()
            notify.ready()
            await self._stop.wait()
        finally:
            # failpoint: stop.asked
            notify.stopping()
            alive.cancel()
            ticker.pause()
            await self._stop_all()
            await self._watching.stop()
            await self._alarms.stop()
            await self._upkeep.stop()
            ticker.stop()  # not before: it would cut off what is being looked at

    def _start_parts(self, settings: Settings, book: RuleBook) -> Running:
        pool = WorkerPool(
            Setup(settings, book), self._spool, worker_count(settings), self._on_report, self._on_rule_off
        )
        store = DeliveryStore(settings, book)
        transport = transport_of(settings.outgoing)
        courier = Courier(
            store, self._originals, transport, settings.outgoing, utc_now,
            on_relay=self._on_relay, on_refusals=self._on_refusals,
        )  # fmt: skip
        pool.start()
        _warn(settings)
        return Running(settings, pool, courier, asyncio.create_task(courier.run()))

    def _ticker(self) -> Ticker:
        """What is due stands in spool and store; the ticker only looks."""
        ticker = Ticker()
        ticker.every(SCAN_SECONDS, self._scan)
        ticker.every(RECOVER_SECONDS, self._recover)
        ticker.every(EVERY_SECONDS, self._upkeep.run)
        ticker.every(WATCH_SECONDS, self._watching.run, at_once=True)
        ticker.every(ALARM_SECONDS, self._alarms.run)
        ticker.every(CERTIFICATE_SECONDS, self._look_at_certificate)
        ticker.every(LOG_IN_SECONDS, self._log_ins, at_once=True)
        ticker.start()
        return ticker

    def _trouble(self) -> str:
        """What of the service has ended although it should run; nothing while parts are being replaced."""
        if self._running is None or self._reloading.locked():
            return ""
        parts = {"spool writer": self._writer.runs, "pool of workers": self._running.pool.runs}
        parts["courier"] = not self._running.courier_task.done()
        return ", ".join(f"the {part} has ended" for part, runs in parts.items() if not runs)

    async def _scan(self) -> None:
        """Mails that other processes put into the spool (`process`, `queue retry`)."""
        if self._running is not None:
            await self._running.pool.look()

    async def _log_ins(self) -> None:
        """Tell of log-ins by OAuth 2 that end soon."""
        for oauth in self._settings.oauths:
            self._alarms.tell(f"log-in {oauth.section}", await asyncio.to_thread(ending, oauth, time.time()))

    def _recover(self) -> None:
        """Mails whose owner is gone wait again, or go into the quarantine."""
        recovered = self._spool.recover(self._settings.service.max_tries)
        tell_left(recovered)
        for mail in recovered.quarantined:
            log.error("quarantined", mail=mail, reason="crashed or timed out too often")
        if self._running is not None:
            self._running.pool.submit(recovered.waiting)

    async def _take(self, raw: bytes, envelope: Envelope) -> str:
        """Accept a mail that was fetched."""
        mail = await self._writer.accept(raw, envelope)
        # failpoint: road.accepted
        log.info("accepted", mail=mail, road=envelope.road, size=len(raw))
        self._on_accepted(mail)
        return mail

    def _on_accepted(self, mail: str) -> None:
        if self._running is not None:
            self._running.pool.submit([mail])

    def _on_report(self, report: Report) -> None:
        if report.deliveries and self._running is not None:
            self._running.courier.wake()

    def _wake_courier(self) -> None:
        """A mail waits that no worker reported; called from another thread."""

        def wake() -> None:
            if self._running is not None:
                self._running.courier.wake()

        self._loop.call_soon_threadsafe(wake)

    def _on_relay(self, why: str) -> None:
        """The relay has been down for a while, or is back."""
        self._alarms.tell("relay", f"Nothing can be sent: {why}" if why else "")

    def _on_refusals(self, why: str) -> None:
        """The relay is there and refuses mail after mail, or all that we send; or it takes mail again."""
        self._alarms.tell("refusals", why and f"The relay refuses what we send: {why}")

    def _on_rule_off(self, rule: str) -> None:
        """A rule was switched off for its time limit (B52)."""
        what = f"The rule {rule} took too long on {MAILS} mails and is switched off until the rules are read again."
        self._alarms.raise_(f"rule {rule}", what)

    def _look_at_certificate(self) -> None:
        """Our certificate may end while nobody looks."""
        self._alarms.tell("certificate", certificate_trouble(self._settings.smtp_in, utc_now()))

    async def reload(self) -> None:
        """Read INI and rules anew: whole or not at all; with an error the old ones stay (B101)."""
        async with self._reloading:
            notify.reloading()
            status = f"accepting mail; {NOT_RELOADED}"
            try:
                settings, book = await asyncio.to_thread(self._read)
                # failpoint: reload.read
                self._must_not_move(settings)
                await self._change_to(settings, book)
                log.info("configuration reloaded", file=str(self._file))
                status = "accepting mail"
            except (ConfigError, OSError, ValueError) as error:
                for problem in error.problems if isinstance(error, ConfigError) else [error]:
                    log.error(NOT_RELOADED, problem=str(problem))
            finally:
                notify.ready(status)

    def _read(self) -> tuple[Settings, RuleBook]:
        """Configuration and rules, which take most of a second; mail is accepted meanwhile."""
        settings = load(self._file)
        return settings, read_book(settings.rules)

    def _must_not_move(self, new: Settings) -> None:
        if new.store != self._settings.store:
            raise ValueError("[STORE] has changed: that needs a restart")

    async def _change_to(self, settings: Settings, book: RuleBook) -> None:
        """Stop what runs and start it with the new settings; a listener only where its own section changed."""
        old = self._settings
        await self._listeners.change(old, settings)
        # failpoint: reload.listeners-changed
        if (settings.roads, settings.smtp_in.max_message_size) != (old.roads, old.smtp_in.max_message_size):
            await self._roads.stop(old.service.stop_seconds)
            self._roads.start(roads_of(settings))
        before = self._running
        if before is not None:
            await self._stop_parts(before)
        # failpoint: reload.parts-stopped
        if self._stop.is_set():
            return
        self._settings, self._book = settings, book
        self._alarms.use(settings, book)
        self._watching.use(settings)
        self._look_at_certificate()
        self._running = self._start_parts(settings, book)
        # failpoint: reload.parts-started
        await self._running.pool.look()

    async def _stop_parts(self, parts: Running) -> None:
        seconds = parts.settings.service.stop_seconds
        await asyncio.gather(parts.pool.stop(seconds), parts.courier.stop(seconds))
        for rule in parts.pool.rules_off:
            self._alarms.over(f"rule {rule}")
        with suppress(asyncio.CancelledError):
            await parts.courier_task

    async def _stop_all(self) -> None:
        """No new mail; what comes in, is in hand, or is being sent has StopSeconds, all beside each other (B103)."""
        seconds = self._settings.service.stop_seconds
        parts = [self._stop_parts(self._running)] if self._running is not None else []
        await asyncio.gather(self._roads.stop(seconds), self._listeners.stop(seconds), *parts)
        # failpoint: stop.parts-ended
        log.info("stopped")
