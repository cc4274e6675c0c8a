"""One worker's dealings with a mail: finished, given back, tried again, set aside."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from connector.mail.model import Envelope
from connector.rulebook import Rules
from connector.rulebook.rules import compiled
from connector.spool import Spool
from connector.spool_queue import listing
from connector.warming import is_waiting, warm
from connector.worker import Setup, Worker
from storage.records import StoreBusy
from storage.views import TicketFilter
from tests.fakes import disk
from tests.house import PUBLIC, mail_bytes, settings_in, shipped_book


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(settings_in(tmp_path), shipped_book())


@pytest.fixture
def spool(setup: Setup) -> Spool:
    return Spool(setup.settings.store.spool)


RAW = mail_bytes("jane@elsewhere.example")


@pytest.fixture
def mail(spool: Spool) -> str:
    return spool.accept(RAW, Envelope(rcpt_to=(PUBLIC,)))


class Failing:
    """A processor whose every mail fails in one way: a defect that the stages do not have."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def process(self, *args: object) -> NoReturn:
        raise self.error


def failing(setup: Setup, error: BaseException) -> Worker:
    worker = Worker(setup)
    worker._processor = Failing(error)  # type: ignore[assignment]
    return worker


def test_filed_mail_leaves_the_spool(setup: Setup, spool: Spool, mail: str) -> None:
    """B2: the spool file goes when the mail is filed, and the original is kept."""
    worker = Worker(setup)
    report = worker.work(mail)
    worker.settle()
    assert (report.outcome, report.deliveries) == ("filed", 1)
    assert listing(spool) == []
    assert len(list(setup.settings.store.originals.glob("*/*.eml"))) == 1


def test_settle__store_and_original_are_on_the_disk_before_the_spool_lets_go(
    setup: Setup, spool: Spool, mail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2, B70: what was filed, and the original's name, are synced while the spool still holds the mail."""
    synced: list[tuple[str, int]] = []
    fsync = os.fsync

    def noted(fd: int) -> None:
        synced.append((Path(os.readlink(f"/proc/self/fd/{fd}")).name, len(listing(spool))))
        fsync(fd)

    worker = Worker(setup)
    worker.work(mail)
    monkeypatch.setattr(os, "fsync", noted)
    worker.settle()
    (original,) = setup.settings.store.originals.glob("*/*.eml")
    assert synced == [(original.parent.name, 1), ("tickets.db-wal", 1)]
    assert listing(spool) == []


def test_settle__where_the_disk_fails_the_spool_keeps_the_mail(
    setup: Setup, spool: Spool, mail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2, B70: a store that cannot be synced lets no mail out of the spool; recovered, it is recorded once."""
    worker = Worker(setup)
    worker.work(mail)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", disk.fails)
        worker.settle()
    assert [row.id for row in listing(spool)] == [mail]
    assert spool.recover(3).waiting == (mail,)
    assert worker.work(mail).outcome == "filed"
    worker.settle()
    assert listing(spool) == []
    assert [ticket["number"] for ticket in worker._ready()._store.tickets(TicketFilter())] == ["0500-1000"]


@pytest.mark.parametrize("error", [ValueError("a defect"), MemoryError()])
def test_defect_is_tried_again_and_then_quarantined(
    setup: Setup, spool: Spool, mail: str, error: BaseException
) -> None:
    """B7: after a bounded number of tries the mail is in quarantine with the reason."""
    worker = failing(setup, error)
    assert [worker.work(mail).retry for _ in range(2)] == [True, True]
    assert worker.work(mail).outcome == "quarantined"
    (row,) = listing(spool)
    assert (row.state, row.tries) == ("quarantined", 3)
    assert type(error).__name__ in row.reason


def test_busy_store_costs_no_try(setup: Setup, spool: Spool, mail: str) -> None:
    """B3: a database that is away is no fault of the mail's."""
    worker = failing(setup, StoreBusy("locked"))
    assert [worker.work(mail).busy for _ in range(5)] == ["locked"] * 5
    assert [(row.state, row.tries) for row in listing(spool)] == [("spooled", 0)]


def test_torn_spool_file_is_quarantined_at_once(setup: Setup, spool: Spool, mail: str) -> None:
    """faults: a damaged spool file is set aside, never a shortened ticket."""
    file = spool.new / f"{mail}.0"
    data = bytearray(file.read_bytes())
    data[10] ^= 1
    file.write_bytes(data)
    assert Worker(setup).work(mail).outcome == "quarantined"
    assert [row.state for row in listing(spool)] == ["quarantined"]


def test_mail_that_somebody_else_claimed_is_left_alone(setup: Setup, spool: Spool, mail: str) -> None:
    """B5: two workers never work on one mail."""
    claim = spool.claim(mail)
    assert claim is not None
    assert Worker(setup).work(mail).outcome == ""
    claim.done()


def test_unknown_sender_is_held_and_released(setup: Setup, spool: Spool, mail: str) -> None:
    """B9, B25: a held mail waits in the queue with its reason; released, it is filed."""
    from connector.spool_queue import release

    connector = replace(setup.settings.connector, unknown_sender="hold")
    worker = Worker(Setup(replace(setup.settings, connector=connector), setup.book))
    assert worker.work(mail).outcome == "held"
    assert [(row.state, "unknown" in row.reason) for row in listing(spool)] == [("held", True)]
    release(spool, mail, "as-is", "administrator")
    assert worker.work(mail).outcome == "filed"
    worker.settle()
    assert listing(spool) == []


@pytest.mark.parametrize("trailer_gone", [False, True])
def test_recorded_mail_survives_a_crash_in_between(setup: Setup, spool: Spool, mail: str, trailer_gone: bool) -> None:
    """B5: a crash after the commit, with or without the trailer gone, is made good; the mail is filed once."""
    crashed = Worker(setup)
    assert crashed.work(mail).outcome == "filed"
    (file,) = spool.work.iterdir()
    if trailer_gone:
        os.truncate(file, len(RAW))
    crashed._recorded._claims[0].close()
    assert spool.recover(1).waiting == (mail,)

    worker = Worker(setup)
    worker.work(mail)
    worker.settle()
    assert listing(spool) == []
    (original,) = setup.settings.store.originals.glob("*/*.eml")
    assert original.read_bytes() == RAW
    assert worker._ready()._store.counts().mails == {"filed": 1}


def test_rules_are_made_ready_until_a_mail_comes() -> None:
    """B52: what is compiled ahead holds up no mail; what a line is read ahead of is seen as well as what is not."""
    read, write = os.pipe()
    with os.fdopen(read, "rb") as source, os.fdopen(write, "wb", buffering=0) as target:
        cold = iter([("one", ""), ("two", ""), ("three", ""), ("four", "")])
        target.write(b"\n")
        assert source.readline() == b"\n"
        assert not is_waiting(source)
        target.write(b"\nread ahead\n")
        assert not warm(cold, source)
        assert next(cold) == ("two", "")
        source.readline()
        assert not warm(cold, source)
        source.readline()
        assert warm(cold, source)
        target.close()
        assert is_waiting(source)


def test_a_worker_that_waits_has_all_rules_ready(setup: Setup, tmp_path: Path) -> None:
    """B52: an empty line says that nothing waits; a mail that comes later finds every pattern compiled."""
    compiled.cache_clear()
    book = replace(setup.book, rules=Rules({"quote": setup.book.rules.of("quote")}))
    read, write = os.pipe()
    os.write(write, b"\n")
    with os.fdopen(read, "rb") as source, (tmp_path / "answers").open("wb") as answers:
        timer = threading.Timer(0.2, os.close, (write,))
        timer.start()
        Worker(Setup(setup.settings, book)).run(source, answers)
    assert compiled.cache_info().currsize == len(book.rules)
