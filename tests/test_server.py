"""The service as a process: acceptance, workers, courier, signals, crashes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from connector.config.settings import Store
from connector.mail.model import Envelope
from connector.server import Server
from connector.spool import Spool
from connector.spool_queue import listing
from storage.views import TicketFilter
from tests.house import PUBLIC, ROOT, mail_bytes, shipped_book, shipped_settings
from tests.service import Service, until, write_ini


def customer_mail(number: int = 1) -> bytes:
    return mail_bytes("Jane Doe <jane@acme.example>", Message_ID=f"<{number}@acme.example>", body=f"Mail {number}.\r\n")


def _workers(service: Service) -> list[int]:
    children = ["pgrep", "-P", str(service.process.pid)]
    return [int(pid) for pid in subprocess.run(children, capture_output=True, text=True, check=True).stdout.split()]


def test_customer_mail_goes_through(tmp_path: Path) -> None:
    """B2, B86, B104: a mail is accepted, filed, distributed and answered; its id follows it through the whole log."""
    with Service(tmp_path, forked=False) as service:
        mail = service.send(customer_mail())
        service.wait_for("filed", mail=mail)
        until(lambda: len(service.outbox()), 2)
        service.wait_for("sent", mail=mail)
        assert service.stop() == 0
    outbox = b"".join(service.outbox())
    assert b"Subject: Ticket [0500-1000] Printer" in outbox
    assert b"X-Envelope-To: jane@acme.example" in outbox
    assert Spool(tmp_path / "var" / "spool").waiting() == []


def test_same_mail_twice_is_filed_once(tmp_path: Path) -> None:
    """B5: the same mail arriving again is filed once and distributed once."""
    with Service(tmp_path) as service:
        service.wait_for("filed", mail=service.send(customer_mail()))
        service.wait_for("duplicate", mail=service.send(customer_mail()))
        counts = service.store().counts()
    assert counts.mails == {"filed": 1, "duplicate": 1}


def test_filed_tickets_are_indexed(tmp_path: Path) -> None:
    """B94: the service indexes what it filed, so that a search need not wait for it."""
    with Service(tmp_path) as service:
        service.wait_for("filed", mail=service.send(customer_mail(7)))
        until(lambda: [t["number"] for t in service.store().tickets(TicketFilter(search='"mail 7"'))], ["0500-1000"])


@pytest.mark.parametrize(("value", "warns"), [("when-available", True), ("off", True), ("required", False)])
def test_start_warns_of_what_is_not_proved(tmp_path: Path, value: str, warns: bool) -> None:
    """B26: only with `required` is nobody believed to be an employee without proof; else the log says so at start."""
    with Service(tmp_path, EMAILCONNECTOR__EmployeeAuthentication=value) as service:
        told = [line for line in service.log if line.get("token") == "EmployeeAuthentication"]
    assert [(line["level"], line["value"]) for line in told] == ([("warning", value)] if warns else [])


def test_sigterm_finishes_and_exits_zero(tmp_path: Path) -> None:
    """B103: SIGTERM finishes the mail in hand, leaves the rest in the spool and exits 0."""
    with Service(tmp_path, forked=False) as service:
        for number in range(20):
            service.send(customer_mail(number))
        assert service.stop() == 0
    left = Spool(tmp_path / "var" / "spool")
    filed = service.store().counts().mails.get("filed", 0)
    assert filed + len(left.waiting()) == 20
    assert list(left.work.iterdir()) == []


def test_kill_loses_nothing(tmp_path: Path) -> None:
    """B2, B5: after kill -9 every accepted mail is filed exactly once."""
    service = Service(tmp_path, forked=False)
    service.start()
    for number in range(30):
        service.send(customer_mail(number))
    service.kill()
    with service:
        until(lambda: service.store().counts().mails, {"filed": 30})


def test_database_locked_does_not_refuse_mail(tmp_path: Path) -> None:
    """B3: while the database is locked mail is accepted; when it is free again the mail is filed, no try spent."""
    with Service(tmp_path) as service:
        locker = sqlite3.connect(tmp_path / "var" / "tickets.db", isolation_level=None)
        locker.execute("BEGIN IMMEDIATE")
        mail = service.send(customer_mail())
        service.wait_for("store or disk not ready, the mail waits", mail=mail)
        locker.execute("ROLLBACK")
        service.wait_for("filed", mail=mail)


def test_worker_killed_costs_one_try(tmp_path: Path) -> None:
    """B7: a worker that dies is replaced, and the mail in hand is processed by the next one."""
    with Service(tmp_path) as service:
        service.wait_for("filed", mail=service.send(customer_mail(1)))
        os.kill(_workers(service)[0], signal.SIGKILL)
        service.wait_for("filed", mail=service.send(customer_mail(2)))


def test_its_processes_do_not_break_in_on_each_other(tmp_path: Path) -> None:
    """The main process, its threads and the workers take long turns, as the scheduler calls a batch."""
    with Service(tmp_path, forked=False) as service:
        service.wait_for("filed", mail=service.send(customer_mail()))
        processes = [service.process.pid, *_workers(service)]
        threads = [int(thread) for pid in processes for thread in os.listdir(f"/proc/{pid}/task")]
        assert len(processes) > 1
        assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_BATCH}


def test_mail_that_crashed_too_often_is_quarantined(tmp_path: Path) -> None:
    """B7: a mail whose worker died MaxTries times is set aside with the reason; the mails behind it move on."""
    service = Service(tmp_path)
    spool = Spool(tmp_path / "var" / "spool")
    crashing = spool.accept(customer_mail(1), Envelope(rcpt_to=(PUBLIC,)))
    (spool.new / f"{crashing}.0").rename(spool.work / f"{crashing}.3")
    with service:
        service.wait_for("filed", mail=service.send(customer_mail(2)))
    (row,) = listing(spool)
    assert (row.id, row.state, row.tries) == (crashing, "quarantined", 3)
    assert "3 times" in row.reason


def test_reload_takes_new_settings(tmp_path: Path) -> None:
    """B101: SIGHUP reads the INI anew; what comes afterwards is decided by it."""
    with Service(tmp_path) as service:
        service.values["EMAILCONNECTOR.RespondToNewTickets"] = "N"
        write_ini(tmp_path, service.values)
        service.signal(signal.SIGHUP)
        service.wait_for("configuration reloaded")
        service.wait_for("filed", mail=service.send(customer_mail()))
        service.wait_for("sent")
        assert len(service.outbox()) == 1


def test_reload_with_an_error_keeps_the_old_settings(tmp_path: Path) -> None:
    """B101: with an error the old settings stay, the error is logged, and the service goes on."""
    with Service(tmp_path) as service:
        service.values["EMAILCONNECTOR.RespondToNewTickets"] = "perhaps"
        write_ini(tmp_path, service.values)
        service.signal(signal.SIGHUP)
        problem = service.wait_for("configuration not reloaded, the old one stays")["problem"]
        assert "RespondToNewTickets: found 'perhaps'" in problem
        service.wait_for("filed", mail=service.send(customer_mail()))


def test_second_service_on_one_spool_stops(tmp_path: Path) -> None:
    """faults: the second of two services on one spool stops with a clear message."""
    with Service(tmp_path) as service:
        command = [sys.executable, "-m", "connector", "--config", str(service.file), "serve"]
        second = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False)
    assert second.returncode == 1
    assert f"in use by process {service.process.pid}" in second.stderr


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B103: readiness, signs of life, reload, also one that is refused, and stop are told, in order."""
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(address))
        listener.settimeout(20)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")

        def told(what: str) -> str:
            """The next message but signs of life, of which there is one at least."""
            while (message := listener.recv(4096).decode()) == "WATCHDOG=1":
                alive.append(message)
            assert message.startswith(what)
            return message

        alive: list[str] = []
        with Service(tmp_path, forked=False) as service:
            told("READY=1")
            service.signal(signal.SIGHUP)
            told("RELOADING=1\nMONOTONIC_USEC=")
            assert told("READY=1") == "READY=1\nSTATUS=accepting mail"
            (tmp_path / "few-rules" / "quoted-text.ini").write_text("[wrote]\nKind = nothing\n")
            service.signal(signal.SIGHUP)
            told("RELOADING=1")
            assert told("READY=1").endswith("not reloaded, the old one stays")
            service.signal(signal.SIGTERM)
            told("STOPPING=1")
        assert alive


def test_parts_that_have_ended_are_seen(tmp_path: Path) -> None:
    """B103: what has ended and should run is named, so that no sign of life is given; during a reload nothing is."""
    store = Store(f"sqlite:{tmp_path}/tickets.db", tmp_path / "originals", tmp_path / "spool")
    settings = replace(shipped_settings(), store=store)

    async def script() -> list[str]:
        server = Server(tmp_path / "none.ini", settings, shipped_book())
        server._writer.start()
        running = server._running = server._start_parts(settings, shipped_book())
        told = [server._trouble()]
        await server._stop_parts(running)
        told.append(server._trouble())
        server._writer.stop()
        told.append(server._trouble())
        async with server._reloading:
            told.append(server._trouble())
        return told

    ended = "the pool of workers has ended, the courier has ended"
    assert asyncio.run(script()) == ["", ended, f"the spool writer has ended, {ended}", ""]
