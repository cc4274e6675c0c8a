"""The real service on a real disk that is full, has no inodes left, and with no descriptors left (B2, B3, B6)."""

from __future__ import annotations

import os
import re
import resource
import signal
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import spool_queue
from connector.mail.model import Envelope
from connector.spool import Spool
from tests.faults.mounts import SmallDisk, small_disk
from tests.house import PUBLIC, mail_bytes
from tests.service import SECONDS, Service, until

SIZE = 24 * 1024 * 1024
LARGE = "x" * 70 + "\r\n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    try:
        with small_disk(tmp_path / "disk", SIZE) as mounted:
            yield mounted
    except PermissionError as error:
        pytest.skip(f"no file system can be mounted here: {error}")


class Customer:
    """Sends mails over one connection, each with a number, and keeps those that were answered with 250."""

    def __init__(self, service: Service) -> None:
        self._client = smtplib.SMTP("127.0.0.1", service.port, timeout=SECONDS)
        self._number = 0
        self.accepted: list[int] = []

    def send(self, lines: int = 1) -> int:
        """The code of the answer to a mail of so many lines."""
        self._number += 1
        sender, mark = "Jane Doe <jane@acme.example>", f"<{self._number}@acme.example>"
        self._client.ehlo_or_helo_if_needed()
        self._client.mail("jane@acme.example")
        self._client.rcpt(PUBLIC)
        code, _ = self._client.data(mail_bytes(sender, Message_ID=mark, body=LARGE * lines))
        if code == 250:
            self.accepted.append(self._number)
        return code


def numbers(service: Service) -> list[int]:
    """The numbers of the mails that are on tickets, one for each time that one is filed."""
    store = service.store()
    try:
        ids = [row[0] for row in store.db.rows("SELECT message_id FROM mail WHERE outcome = 'filed' ORDER BY id")]
    finally:
        store.close()
    return sorted(int(re.sub(r"\D", "", str(one))) for one in ids)


def unsent(service: Service) -> list[object]:
    """The states of deliveries that are not sent."""
    store = service.store()
    try:
        return store.db.rows("SELECT state, last_answer FROM delivery WHERE state <> 'sent'")
    finally:
        store.close()


@pytest.mark.long
def test_service__full_disk_no_inodes_no_descriptors(disk: SmallDisk) -> None:
    """B2, B3, B6: 452 or 451 while it lasts, on the same connection; what got 250 is filed once, and all goes on."""
    with Service(disk.path) as service:
        customer = Customer(service)
        assert customer.send() == 250
        until(lambda: numbers(service), customer.accepted)

        disk.fill()
        assert [customer.send(), customer.send(lines=20_000)] == [452, 452]
        for room in (16, 64, 256):  # KiB: enough for the spool, and soon not for the store
            disk.fill(leave=room * 1024)
            while customer.send(lines=200) == 250:
                pass
        assert customer.send(lines=20_000) == 452

        disk.free()
        disk.take_inodes()
        assert customer.send() == 452
        disk.free()
        until(lambda: numbers(service), customer.accepted)

        _without_descriptors(service, customer)
        until(lambda: numbers(service), customer.accepted)
        spool = Spool(disk.path / "var" / "spool")
        until(lambda: spool_queue.counts(spool), {"spooled": 0, "held": 0, "quarantined": 0})
        assert list(spool.tmp.iterdir()) == []
        until(lambda: unsent(service), [])
        assert service.stop() == 0
    assert len(customer.accepted) > 4


def kill_workers(service: Service) -> None:
    """kill -9 of each."""
    main = service.process.pid
    for worker in Path(f"/proc/{main}/task/{main}/children").read_text().split():
        os.kill(int(worker), signal.SIGKILL)


def _without_descriptors(service: Service, customer: Customer) -> None:
    """The process has none left: mail is refused for now, and workers that end are replaced once there are some."""
    main = service.process.pid
    before = resource.prlimit(main, resource.RLIMIT_NOFILE)
    while customer.send() == 250:
        used = {int(one) for one in os.listdir(f"/proc/{main}/fd")}
        free = next(number for number in range(len(used) + 1) if number not in used)
        resource.prlimit(main, resource.RLIMIT_NOFILE, (free, before[1]))
    assert customer.send() == 451
    kill_workers(service)
    service.wait_for("a worker ended", pid=0)
    resource.prlimit(main, resource.RLIMIT_NOFILE, before)
    assert customer.send() == 250


@pytest.mark.long
def test_service__starts_on_a_full_disk(disk: SmallDisk) -> None:
    """B2, B3, B103: a service that is killed on a full disk starts again there, refuses for now, and loses nothing."""
    service = Service(disk.path)
    service.start()
    customer = Customer(service)
    assert customer.send() == 250
    until(lambda: numbers(service), customer.accepted)
    service.kill()
    spool = Spool(disk.path / "var" / "spool")
    crashed = spool.accept(
        mail_bytes("jane@acme.example", Message_ID="<9000@acme.example>"), Envelope(rcpt_to=(PUBLIC,))
    )
    (spool.new / f"{crashed}.0").rename(spool.work / f"{crashed}.3")
    disk.fill()
    with service:
        customer = Customer(service)
        assert customer.send() == 452
        assert "a mail stays in work/ until the disk takes it" in [line["event"] for line in service.log]
        disk.free()
        assert customer.send() == 250
        kill_workers(service)  # looks at once for what is left, as the service does each minute
        until(lambda: spool_queue.counts(spool), {"spooled": 0, "held": 0, "quarantined": 1})
    assert [(row.id, row.code) for row in spool_queue.listing(spool)] == [(crashed, "crashed")]
    assert len(numbers(service)) == 2
