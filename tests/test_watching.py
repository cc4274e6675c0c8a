"""What the service looks for by itself: mail that waits, is quarantined, or does not come (B107)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector import spool_queue
from connector.config.settings import MaildirIn, Settings
from connector.mail.model import Envelope
from connector.spool import Spool
from connector.watching import Watching
from storage import alarms
from storage.records import Filing, Result, Wanted
from storage.store import Store
from tests.house import Clock, mail_bytes, shipped_settings
from tests.storage import make


class Heard:
    """What stands, as `Alarms` has it."""

    def __init__(self) -> None:
        self.standing: dict[str, str] = {}

    def raise_(self, name: str, what: str) -> None:
        self.standing.setdefault(name, what)

    def over(self, name: str) -> None:
        self.standing.pop(name, None)


class Watch:
    """An installation without people, its clock, and what was heard."""

    def __init__(self, folder: Path) -> None:
        shipped = shipped_settings()
        places = replace(shipped.store, database=f"sqlite:{folder / 't.db'}", spool=folder / "spool")
        office = MaildirIn("office", folder / "office")
        self.settings: Settings = replace(shipped, store=places, maildirs=(office,))
        self.clock, self.heard = Clock(), Heard()
        self.store = Store.open(places.database)
        self.spool = Spool(places.spool, lambda: int(self.clock().timestamp() * 1e9))
        self.watching = Watching(self.settings, self.heard, self.clock)

    def accept(self) -> str:
        return self.spool.accept(mail_bytes("jane@acme.example"), Envelope())

    def look(self) -> dict[str, str]:
        """What stands after a look a minute later."""
        self.clock.forward(minutes=1)
        self.watching.look()
        return self.heard.standing

    def mail(self, road: str) -> None:
        """A mail comes by a road now."""
        facts = self.store.facts(Wanted())
        record = make.mail(received_at=self.clock(), road=road)
        self.store.file(Filing(record, self.clock(), directory_version=facts.directory.version))


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path)
    yield made
    made.store.close()


def test_look__keeps_little_of_what_it_read(watch: Watch) -> None:
    """B107: looks once a minute at each delivery that waits, and does not hold all their pages until the next."""
    watch.look()
    assert watch.watching._opened().db.rows("PRAGMA cache_size") == [(-2000,)]


def test_queue__that_waits_for_half_an_hour_and_grows(watch: Watch) -> None:
    """B107: told at the second look that finds it late, and over when what is late is gone."""
    first = watch.accept()
    watch.clock.forward(minutes=29)
    assert watch.look() == {}
    watch.accept()
    assert watch.look() == {}
    assert list(watch.look()) == ["queue"]
    assert "2 mails and deliveries, the oldest for 32 minutes" in watch.heard.standing["queue"]
    assert list(watch.look()) == ["queue"]
    claim = watch.spool.claim(first)
    assert claim
    claim.done()
    assert watch.look() == {}


def test_queue__that_gets_less_is_no_alarm(watch: Watch) -> None:
    """B107: after an outage, while the rest is worked off."""
    waiting = [watch.accept() for _ in range(4)]
    watch.clock.forward(minutes=31)
    assert watch.look() == {}
    for mail in waiting[1:]:
        claim = watch.spool.claim(mail)
        assert claim
        claim.done()
        assert watch.look() == {}
    assert list(watch.look()) == ["queue"]


def test_queue__of_deliveries_counts_as_well(watch: Watch) -> None:
    """B107: what is due and not sent."""
    facts = watch.store.facts(Wanted())
    watch.store.file(make.opening(facts, outgoing=(make.outgoing("x@else.example"),)))
    watch.clock.now = make.NOW + timedelta(hours=2)
    watch.look()
    assert list(watch.look()) == ["queue"]
    for parcel in watch.store.claim_deliveries(watch.clock(), 100, 60, "test"):
        watch.store.record_results(
            [Result(drop.delivery_id, "sent", "250 ok", watch.clock()) for drop in parcel.drops], watch.clock()
        )
    assert watch.look() == {}


def test_quarantine__is_told_while_there_is_anything_in_it(watch: Watch) -> None:
    """B107."""
    mail = watch.accept()
    claim = watch.spool.claim(mail)
    assert claim
    claim.quarantine("failed", "a defect of ours")
    assert list(watch.look()) == ["quarantine"]
    assert "1 of them" in watch.heard.standing["quarantine"]
    spool_queue.drop(watch.spool, mail)
    assert watch.look() == {}


def test_silence__of_a_mailbox_until_mail_comes(watch: Watch) -> None:
    """B107: hourly for eight days, then for four hours nothing; each road for itself."""
    for _ in range(24 * 8):
        watch.mail("maildir:office")
        watch.mail("smtp")
        watch.clock.forward(hours=1)
    assert watch.look() == {}
    watch.clock.forward(hours=2)
    watch.mail("smtp")
    assert watch.look() == {}
    watch.clock.forward(hours=1)
    assert list(watch.look()) == ["silent maildir:office"]
    assert "3 hours in which there usually is some" in watch.heard.standing["silent maildir:office"]
    watch.mail("maildir:office")
    assert watch.look() == {}


def test_silence__of_a_road_that_is_configured_no_more_is_over(watch: Watch) -> None:
    """B107: an alarm that nobody could end otherwise."""
    alarms.raise_(watch.store.db, "silent imap:gone", "No mail", watch.clock())
    watch.heard.raise_("silent imap:gone", "No mail")
    assert watch.look() == {}


def test_store__that_is_away_ends_no_alarm_and_hides_no_quarantine(watch: Watch) -> None:
    """B107: what cannot be known is not told, and what can be is."""
    watch.heard.raise_("queue", "told before")
    claim = watch.spool.claim(watch.accept())
    assert claim
    claim.quarantine("failed", "a defect of ours")
    away = replace(watch.settings, store=replace(watch.settings.store, database="sqlite:/proc/nowhere/t.db"))
    Watching(away, watch.heard, watch.clock).look()
    assert sorted(watch.heard.standing) == ["quarantine", "queue"]
