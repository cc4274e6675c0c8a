"""A disk that answers with errors, or takes little at a time: nothing is lost, nothing half there, all goes on."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from connector import spool_queue
from connector.logs import Steady
from connector.mail.model import Envelope
from connector.spool import Spool
from connector.spool_file import IN_MEMORY
from connector.spool_lock import SpoolInUse
from connector.worker import Report, Setup, Worker
from storage.views import TicketFilter
from tests.fakes.disk import Disk
from tests.house import PUBLIC, mail_bytes, settings_in, shipped_book
from tests.intake.talking import START, Client, Service, scenario

RAW = mail_bytes("jane@elsewhere.example")
SMALL, LARGE = b"x\r\n.\r\n", b"x" * 2 * IN_MEMORY + b"\r\n.\r\n"


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(settings_in(tmp_path), shipped_book())


@pytest.fixture
def spool(setup: Setup) -> Spool:
    return Spool(setup.settings.store.spool)


def accepted(spool: Spool) -> str:
    return spool.accept(RAW, Envelope(rcpt_to=(PUBLIC,)))


# -- accepting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    ("call", "where", "number", "reply"),
    [
        ("open", "/tmp/", errno.EIO, "451 4.3.0"),
        ("open", "/tmp/", errno.EMFILE, "451 4.3.0"),
        ("open", "/tmp/", errno.EROFS, "451 4.3.0"),
        ("write", "/tmp/", errno.EIO, "451 4.3.0"),
        ("write", "/tmp/", errno.ENOSPC, "452 4.3.1"),
        ("write", "/tmp/", errno.EDQUOT, "452 4.3.1"),
        ("fsync", "/tmp/", errno.EIO, "451 4.3.0"),
        ("fsync", "/tmp/", errno.ENOSPC, "452 4.3.1"),
        ("rename", "/new/", errno.EIO, "451 4.3.0"),
        ("rename", "/new/", errno.ENOSPC, "452 4.3.1"),
        ("open", "/new", errno.EMFILE, "451 4.3.0"),
        ("fsync", "/new", errno.EIO, "451 4.3.0"),
    ],
)
def test_accept__error_is_temporary(
    tmp_path: Path, call: str, where: str, number: int, reply: str, content: bytes
) -> None:
    """B2, B6: whatever the disk fails at is 452 or 451; nothing of the mail is there, and the next one is taken.

    A failed sync is not tried again: the system may have dropped what it could not write, and say well the next time.
    """
    disk = Disk(call, number, where)

    async def script(service: Service, client: Client) -> None:
        with disk.in_place():
            await client.say(START, replies=4)
            assert (await client.say(content)).startswith(reply)
            assert service.accepted == service.mails() == list(service.spool.tmp.iterdir()) == []
        await client.say(START, replies=4)
        assert (await client.say(content)).startswith("250 ")
        assert len(service.mails()) == 1

    scenario(tmp_path, script)
    assert disk.failed
    if call == "fsync":
        assert len([one for one in disk.synced if one in disk.failed]) == len(disk.failed) == 1


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_accept__short_writes(tmp_path: Path, content: bytes) -> None:
    """B2: a system that takes little at a time gets all of a mail in the end."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        with Disk(most=1 if content is SMALL else 4096).in_place():
            assert (await client.say(content)).startswith("250 ")
        assert service.mails() == [content.removesuffix(b".\r\n")]

    scenario(tmp_path, script)


# -- processing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "where", "number"),
    [
        ("open", "/new/", errno.EMFILE),
        ("open", "/new/", errno.EIO),
        ("rename", "/work/", errno.EROFS),
        ("rename", "/work/", errno.EIO),
        ("rename", ".0", errno.EIO),
    ],
)
def test_work__disk_that_fails_costs_no_try(setup: Setup, spool: Spool, call: str, where: str, number: int) -> None:
    """B3, B7: a claim that the disk fails at is no try; the next one is as if nothing had been."""
    mail, worker = accepted(spool), Worker(setup)
    with Disk(call, number, where).in_place():
        assert [bool(worker.work(mail).busy) for _ in range(5)] == [True] * 5
    assert [(row.state, row.tries) for row in spool_queue.listing(spool)] == [("spooled", 0)]
    assert worker.work(mail).outcome == "filed"
    worker.settle()
    assert spool_queue.listing(spool) == []


@pytest.mark.parametrize(
    ("call", "where", "number"),
    [
        ("link", "/originals/", errno.EIO),
        ("fsync", "/originals/", errno.EIO),
        ("open", "/originals/", errno.EMFILE),
        ("fsync", "-wal", errno.EIO),
        ("ftruncate", "/work/", errno.EIO),
    ],
)
def test_work__original_or_settling_that_fails(setup: Setup, spool: Spool, call: str, where: str, number: int) -> None:
    """B2, B4, B70: until original and store are safe the spool keeps the mail; in the end it is filed once, whole."""
    mail, worker = accepted(spool), Worker(setup)
    disk = Disk(call, number, where, times=1)
    with disk.in_place():
        worker.work(mail)
        worker.settle()
    assert disk.failed
    if call != "link":  # in whose place a copy is made
        assert [row.id for row in spool_queue.listing(spool)] == [mail]
    spool.recover(3)
    worker.work(mail)
    worker.settle()
    assert spool_queue.listing(spool) == []
    (original,) = setup.settings.store.originals.glob("*/*.eml")
    assert original.read_bytes() == RAW
    assert len(worker._ready()._store.tickets(TicketFilter())) == 1


def failing(setup: Setup) -> Worker:
    """A worker with a defect that meets every mail."""

    def fail(*_: object) -> None:
        raise ValueError("a defect")

    worker = Worker(setup)
    worker._ready().process = fail  # type: ignore[method-assign,assignment]
    return worker


def holding(setup: Setup) -> Worker:
    connector = replace(setup.settings.connector, unknown_sender="hold")
    return Worker(Setup(replace(setup.settings, connector=connector), setup.book))


def torn(setup: Setup) -> Worker:
    (file,) = Spool(setup.settings.store.spool).new.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    return Worker(setup)


@pytest.mark.parametrize(("of", "state"), [(failing, "quarantined"), (torn, "quarantined"), (holding, "held")])
def test_aside__full_disk_loses_nothing(setup: Setup, spool: Spool, of: Callable[[Setup], Worker], state: str) -> None:
    """B7, B9: where there is no room for the reason, a mail waits and costs no try; it is set aside once there is."""
    mail = accepted(spool)
    worker = of(setup)
    with Disk("write", errno.ENOSPC, "spool/tmp/").in_place():
        reports = [worker.work(mail) for _ in range(6)]
    assert all(report.busy or report.retry for report in reports)
    assert [(row.id, row.state) for row in spool_queue.listing(spool)] == [(mail, "spooled")]
    while (report := worker.work(mail)).retry:
        pass
    assert report == Report(mail, outcome=state)
    assert [(row.id, row.state) for row in spool_queue.listing(spool)] == [(mail, state)]


def test_recover__full_disk_holds_up_nobody(spool: Spool) -> None:
    """B7: a mail that cannot go into the quarantine now stays for the next time; the others wait again at once."""
    crashed, other = accepted(spool), accepted(spool)
    os.rename(spool.new / f"{crashed}.0", spool.work / f"{crashed}.3")
    os.rename(spool.new / f"{other}.0", spool.work / f"{other}.1")
    with Disk("write", errno.ENOSPC, "spool/tmp/").in_place():
        recovered = spool.recover(3)
    assert (recovered.waiting, recovered.quarantined) == ((other,), ())
    assert "No space left on device" in recovered.left[0]
    assert spool.recover(3).quarantined == (crashed,)


def test_recover__folder_that_cannot_be_read(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """B7: without a descriptor left nothing is brought back, and nothing breaks."""
    monkeypatch.setattr(os, "listdir", Disk("listdir", errno.EMFILE)._wrapped("listdir", os.listdir))
    assert "Too many open files" in spool.recover(3).left[0]


def test_lock__full_disk_does_not_keep_the_service_from_starting(spool: Spool) -> None:
    """B2: the service starts, and drains the spool, though its process id cannot be written down."""
    full, second = Disk("write", errno.ENOSPC, "/lock"), Spool(spool.folder)
    with full.in_place(), spool.lock(), pytest.raises(SpoolInUse, match="unknown"), second.lock():
        pass
    with spool.lock():
        assert (spool.folder / "lock").read_text() == f"{os.getpid()}\n"


# -- logs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["/dev/full", "pipe"])
def test_logs__that_cannot_be_written_stop_nothing(place: str) -> None:
    """B2, B104: a full disk below the log, or a log that nobody reads any more, costs lines, never a mail."""
    script = (
        "import signal; from connector import logs; import structlog; logs.configure('json', 'info');"
        "structlog.get_logger('x').info('lost'); print('goes on')"
    )
    reading, writing = os.pipe()
    os.close(reading)
    with open("/dev/full" if place == "/dev/full" else writing, "wb") as target:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=target, check=False, timeout=30
        )
    assert (done.returncode, done.stdout) == (0, b"goes on\n")


def test_logs__a_line_is_written_at_once(tmp_path: Path) -> None:
    """B104: a line is not held back, and any text can be written."""
    with (tmp_path / "log").open("w", encoding="utf-8") as file:
        Steady(file).write("ü \udcff\n")
        assert (tmp_path / "log").read_bytes() == "ü ".encode() + b"\\udcff\n"
