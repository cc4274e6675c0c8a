"""Alarms: one log line and one mail each, and one more when it is over (B107)."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from connector import spool_queue
from connector.alarms import Alarms
from connector.config.settings import Settings
from connector.mail.model import Envelope
from connector.spool import Spool
from storage import alarms as stored
from storage.store import Store
from tests.house import Clock, mail_bytes, shipped_book, shipped_settings
from tests.service import Service, until

ADDRESS = "admin@company.example"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shipped = shipped_settings()
    connector = replace(shipped.connector, alarm_address=ADDRESS)
    return replace(shipped, connector=connector, store=replace(shipped.store, database=f"sqlite:{tmp_path / 't.db'}"))


def tell(settings: Settings, *steps: Callable[[Alarms], None]) -> list[tuple[str, str]]:
    """One run of the service in which these things happen; recipient and subject of every mail there is then."""

    async def run() -> None:
        told = Alarms(settings, shipped_book(), lambda: None, Clock())
        for step in steps:
            step(told)
        await told.stop()

    asyncio.run(run())
    store = Store.open(settings.store.database)
    query = "SELECT d.recipient, o.head FROM outgoing o JOIN delivery d ON d.outgoing_id = o.id ORDER BY o.id"
    rows = store.db.rows(query)
    store.close()
    return [
        (recipient, re.search(rb"^Subject: (.*?)\r\n", bytes(head), re.MULTILINE)[1].decode())
        for recipient, head in rows
    ]  # type: ignore[index]


def raised(told: Alarms) -> None:
    told.raise_("road IMAP:office", "No mail can be fetched: no answer")


def over(told: Alarms) -> None:
    told.over("road IMAP:office")


ALARM = (ADDRESS, "Alarm: road IMAP:office *123*")
OVER = (ADDRESS, "Over: road IMAP:office *123*")


def test_alarm__is_told_once_and_once_when_it_is_over(settings: Settings) -> None:
    """B107: however often it is raised, and however often all is well before and afterwards."""
    assert tell(settings, over, raised, raised, over, over) == [ALARM, OVER]


def test_alarm__stands_across_a_restart(settings: Settings) -> None:
    """B107: whoever starts the service anew is not told again, and hears of the end."""
    assert tell(settings, raised) == [ALARM]
    assert tell(settings, raised) == [ALARM]
    assert tell(settings, over) == [ALARM, OVER]
    assert tell(settings, raised) == [ALARM, OVER, ALARM]


def test_alarm__waits_for_a_store_that_is_away(settings: Settings, tmp_path: Path) -> None:
    """B107: what cannot be written is written later."""
    Store.open(settings.store.database).close()
    lock = sqlite3.connect(tmp_path / "t.db", isolation_level=None)

    async def run() -> None:
        told = Alarms(settings, shipped_book(), lambda: None, Clock())
        lock.execute("BEGIN EXCLUSIVE")
        raised(told)
        lock.execute("ROLLBACK")
        await told.stop()

    asyncio.run(run())

    assert [alarm.name for alarm in stored.standing(Store.open(settings.store.database).db)] == ["road IMAP:office"]


def test_alarm__without_an_address_stands_and_sends_nothing(settings: Settings) -> None:
    """B107: then the log tells alone."""
    quiet = replace(settings, connector=replace(settings.connector, alarm_address=""))

    assert tell(quiet, raised) == []
    assert len(stored.standing(Store.open(quiet.store.database).db)) == 1


def test_alarm__of_the_service_reaches_its_address(tmp_path: Path) -> None:
    """B107: a road that cannot be gone raises one alarm mail, and one more when it can; no answer to it is invited."""
    values = {"MAILDIR:office.Path": "office", "EMAILCONNECTOR.AlarmAddress": ADDRESS}
    with Service(tmp_path, **values) as service:
        service.wait_for("alarm", name="road MAILDIR:office")
        until(lambda: len(service.outbox()), 1)
        for name in ("new", "cur"):
            (tmp_path / "office" / name).mkdir(parents=True)
        service.wait_for("alarm is over", name="road MAILDIR:office")
        until(lambda: len(service.outbox()), 2)
    alarm, end = service.outbox()
    assert b"X-Envelope-From: <>\r\n" in alarm
    assert b"Auto-Submitted: auto-generated" in alarm
    assert b"is no Maildir" in alarm
    assert b"Over: road MAILDIR:office" in end


def test_alarm__of_the_quarantine_is_raised_and_ended_by_the_service(tmp_path: Path) -> None:
    """B107: what it looks for by itself, at each start and then once a minute."""
    spool = Spool(tmp_path / "var" / "spool")
    mail = spool.accept(mail_bytes("jane@acme.example"), Envelope())
    claim = spool.claim(mail)
    assert claim
    claim.quarantine("failed", "a defect of ours")
    with Service(tmp_path) as service:
        until(lambda: [one.name for one in stored.standing(service.store().db)], ["quarantine"])
    spool_queue.drop(spool, mail)
    with Service(tmp_path) as service:
        until(lambda: [one.name for one in stored.standing(service.store().db)], [])
