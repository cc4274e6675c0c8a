"""A whole installation in memory for tests: store, people, rules, stages; mails go in, decisions come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from connector.book import read_book
from connector.config.load import load
from connector.config.settings import Connector, Settings
from connector.mail.model import Envelope
from connector.originals import Originals
from connector.people import read_people
from connector.pipeline.policy import Policy
from connector.processing import Processed, Processor, RuleBook, policy_of
from connector.trust.keys import Answer, Keys
from storage import migrate
from storage.database import Database
from storage.people import import_rows
from storage.store import Store

ROOT = Path(__file__).resolve().parents[1]
PEOPLE = ROOT / "fixtures" / "people.csv"
PUBLIC = "support@example.com"


@cache
def shipped_settings() -> Settings:
    """The settings of the INI that is shipped."""
    return load(ROOT / "config" / "CmtEmailConnector.ini")


def settings_in(folder: Path) -> Settings:
    """The shipped settings, with database, originals and spool in a folder."""
    settings = shipped_settings()
    places = {name: folder / name for name in ("originals", "spool")}
    return replace(settings, store=replace(settings.store, database=f"sqlite:{folder / 'tickets.db'}", **places))


@cache
def shipped_book() -> RuleBook:
    """The rules that are shipped; on a busy machine none is to be passed over for its time limit."""
    return read_book(replace(shipped_settings().rules, rule_timeout=60_000, mail_timeout=600_000))


def mail_bytes(
    sender: str, to: str = PUBLIC, subject: str = "Printer", body: str = "Hello.\r\n", **headers: str
) -> bytes:
    """A small mail; `headers` are further ones, `_` in their names for `-`; an empty `to` leaves the field out."""
    lines = [f"From: {sender}", f"Subject: {subject}"]
    lines += [f"To: {to}"] if to else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8")


@cache
def _empty_store() -> bytes:
    """A new store's database without an id and a key of its own; making one takes longer than most tests."""
    store = Store.open("sqlite::memory:")
    with store.db.transaction():
        store.db.run("DELETE FROM setting WHERE name IN ('installation', 'secret')")
    return bytes(store.db.peewee.connection().serialize())


def new_store() -> Store:
    """A new store in memory, with an id and a key of its own."""
    db = Database("sqlite::memory:", 10.0)
    db.connect()
    db.peewee.connection().deserialize(_empty_store())
    migrate.seed(db, 1000)
    return Store(db, "0500")


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


class House:
    """Store, people and stages; `settings` changes tokens of [EMAILCONNECTOR]."""

    def __init__(self, folder: Path, people: Path = PEOPLE, url: str = "sqlite::memory:", **settings: Any) -> None:
        self.clock = Clock()
        self.store = new_store() if url == "sqlite::memory:" else Store.open(url)
        import_rows(self.store.db, read_people(people, shipped_settings().groups))
        self.originals = Originals(folder / "originals")
        self.keys = dict[str, bytes]()  # what the DNS has: name -> text; there is no other one in here
        self._count = 0
        connector = replace(shipped_settings().connector, **settings)
        self.use(connector)

    def use(self, connector: Connector) -> None:
        """Change the settings of [EMAILCONNECTOR] from now on."""
        self.configure(replace(shipped_settings(), connector=connector))

    def configure(self, settings: Settings) -> None:
        """Change all settings from now on."""
        self.settings = settings
        self.use_policy(policy_of(self.settings, shipped_book(), self.store))

    def use_policy(self, policy: Policy) -> None:
        """Change what the stages are told."""
        self.policy = policy
        keys = Keys(lambda name: Answer(self.keys.get(name)), lambda: self.clock().timestamp())
        self.processor = Processor(self.store, self.originals, self.policy, self.clock, keys)

    def take(self, raw: bytes, envelope: Envelope | None = None) -> Processed:
        """Process one mail as a worker would."""
        self._count += 1
        self.clock.forward(seconds=1)
        spool_id = f"{self._count:016x}-00000000"
        return self.processor.process(raw, envelope or Envelope(rcpt_to=(PUBLIC,)), spool_id, self.clock())

    def send(self, sender: str, **mail: str) -> Processed:
        """Write a small mail and process it."""
        return self.take(mail_bytes(sender, **mail))

    def dry_run(self, raw: bytes, envelope: Envelope | None = None) -> Processed:
        """Decide alone."""
        return self.processor.dry_run(raw, envelope or Envelope(rcpt_to=(PUBLIC,)))


Build = Callable[..., House]
