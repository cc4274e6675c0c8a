"""An installation without a service, to be crashed in: settings, spool, store, and what is in them."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from connector.book import read_book
from connector.clock import utc_now
from connector.config.settings import Settings
from connector.courier.courier import Courier
from connector.courier.outbox import Outbox
from connector.courier.transport import Transport
from connector.delivery_store import DeliveryStore
from connector.originals import Originals
from connector.people import read_people
from connector.processing import RuleBook
from connector.spool import Spool
from connector.spool_queue import listing
from connector.worker import Setup, Worker
from storage.models import TABLES
from storage.store import Store
from tests.house import PEOPLE, shipped_settings
from tests.service import few_rules

MAX_TRIES = 3
TO = re.compile(rb"^X-Envelope-To: (.*)\r$", re.MULTILINE)
MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)\r$", re.MULTILINE)
OPEN = "SELECT COUNT(*) FROM delivery WHERE state IN ('pending', 'deferred')"
TICKETS = "SELECT number, version, status, in_inbox, unread FROM ticket ORDER BY id"


@cache
def book() -> RuleBook:
    """A few rules: reading all that are shipped takes longer than the crashes do."""
    return read_book(replace(shipped_settings().rules, directory=few_rules(Path(tempfile.mkdtemp()))))


@dataclass(frozen=True)
class World:
    """What stands in one folder; whoever opens its store does so in a process of its own."""

    folder: Path
    unknown_sender: str = "ticket"
    bounces: int = 0  # BouncesBeforeSuspend

    @property
    def settings(self) -> Settings:
        """The shipped ones, below this folder."""
        shipped = shipped_settings()
        store = replace(
            shipped.store,
            database=f"sqlite:{self.folder / 'tickets.db'}",
            originals=self.folder / "originals",
            spool=self.folder / "spool",
        )
        connector = replace(shipped.connector, unknown_sender=self.unknown_sender, bounces_before_suspend=self.bounces)
        return replace(
            shipped, store=store, connector=connector, outgoing=replace(shipped.outgoing, outbox=self.folder / "outbox")
        )

    @property
    def spool(self) -> Spool:
        """Its spool."""
        return Spool(self.settings.store.spool)

    def people(self) -> None:
        """Make the store, with the people of the fixtures in it."""
        store = Store.open(self.settings.store.database)
        store.import_people(read_people(PEOPLE, self.settings.groups))
        store.close()

    def work(self) -> None:
        """What workers do with all that waits."""
        worker = Worker(Setup(self.settings, book()))
        if waiting := self.spool.waiting():
            for _ in worker.in_turn(waiting):
                pass
        worker.settle()

    def start(self) -> None:
        """What the next start of the service does with the spool, and then its workers."""
        self.spool.sweep()
        Originals(self.settings.store.originals).sweep()
        self.spool.recover(MAX_TRIES)
        self.work()

    def send(self, transport: Transport | None = None) -> None:
        """What the courier does, until nothing waits."""
        asyncio.run(self._send(transport or Outbox(self.settings.outgoing.outbox)))

    async def _send(self, transport: Transport) -> None:
        store = DeliveryStore(self.settings, book())
        originals = Originals(self.settings.store.originals)
        courier = Courier(store, originals, transport, self.settings.outgoing, utc_now)
        running = asyncio.create_task(courier.run())
        while await asyncio.to_thread(self.rows, OPEN) != [[0]]:
            await asyncio.sleep(0.01)
        await courier.stop(5.0)
        await running

    # -- what there is -----------------------------------------------------------------------------------------

    def rows(self, sql: str) -> list[list[Any]]:
        """What a query finds."""
        store = Store.open(self.settings.store.database)
        try:
            return [list(row) for row in store.db.rows(sql)]
        finally:
            store.close()

    def effects(self) -> dict[str, Any]:
        """How many rows each table has, and what can be changed of each ticket."""
        store = Store.open(self.settings.store.database)
        try:
            names = [str(table._meta.table_name) for table in TABLES]
            counts: dict[str, Any] = {name: store.db.rows(f"SELECT COUNT(*) FROM {name}")[0][0] for name in names}
            return counts | {"tickets": [list(row) for row in store.db.rows(TICKETS)]}
        finally:
            store.close()

    def states(self) -> list[str]:
        """The states of all mails in the spool."""
        return sorted(row.state for row in listing(self.spool))

    def temporary(self) -> list[str]:
        """What lies in the folders of half written files."""
        folders: Sequence[Path] = (self.settings.store.spool / "tmp", self.settings.store.originals / "tmp")
        return [file.name for folder in folders if folder.exists() for file in folder.iterdir()]

    def outbox(self) -> Counter[tuple[str, str]]:
        """How often each recipient was sent each mail, by Message-ID and address."""
        found: Counter[tuple[str, str]] = Counter()
        for file in (self.settings.outgoing.outbox / "new").glob("*"):
            content = file.read_bytes()
            recipients, name = TO.search(content), MESSAGE_ID.search(content)
            assert recipients
            assert name
            found.update((name[1].decode(), one) for one in recipients[1].decode().split(", "))
        return found
