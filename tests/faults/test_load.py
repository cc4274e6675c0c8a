"""The service while hundreds of clients dawdle: in time, in order, with caps (B2, B6, B101, B103)."""

from __future__ import annotations

import signal
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from connector.spool import Spool
from tests.house import PUBLIC, mail_bytes
from tests.service import SECONDS, Service, write_ini

pytestmark = pytest.mark.long
SLOW, ADDRESSES = 500, 5
EACH = SLOW // ADDRESSES
STOP_SECONDS = 3
HELLO = f"EHLO x\r\nMAIL FROM:<jane@acme.example>\r\nRCPT TO:<{PUBLIC}>\r\nDATA\r\nFrom: jane@acme.example\r\n\r\n"


def connect(port: int, number: int) -> socket.socket:
    """A client of one of several addresses."""
    source = (f"127.0.0.{2 + number % ADDRESSES}", 0)
    return socket.create_connection(("127.0.0.1", port), timeout=SECONDS, source_address=source)


@contextmanager
def slow_clients(port: int) -> Iterator[list[socket.socket]]:
    """So many who have begun a mail and go on with it a letter at a time, for ever."""
    clients = [connect(port, number) for number in range(SLOW)]
    over = threading.Event()

    def trickle() -> None:
        while not over.wait(0.5):
            for client in clients:
                with suppress(OSError):
                    client.send(b"x")

    for client in clients:
        client.sendall(HELLO.encode())
    for client in clients:
        said = b""
        while b"\r\n354 " not in said:
            said += client.recv(4096)
    trickling = threading.Thread(target=trickle)
    trickling.start()
    try:
        yield clients
    finally:
        over.set()
        trickling.join()
        for client in clients:
            client.close()


def send(client: smtplib.SMTP, number: int) -> str:
    """One mail; its id."""
    client.mail("jane@acme.example")
    client.rcpt(PUBLIC)
    code, answer = client.data(mail_bytes("Jane Doe <jane@acme.example>", Message_ID=f"<{number}@acme.example>"))
    assert code == 250, answer
    return answer.decode().rpartition(" ")[2]


def test_load__slow_clients_hold_up_nobody(tmp_path: Path) -> None:
    """faults: beside 500 clients in the middle of a mail others are served in order, an address has its cap, a reload
    with a mistake keeps what there was, and SIGTERM under load ends in StopSeconds with nothing lost."""
    caps = {"MaxConnections": str(SLOW + 20), "MaxConnectionsPerClient": str(EACH)}
    named = {f"SMTPIN__{name}": value for name, value in caps.items()}
    service = Service(tmp_path, **named, SERVICE__Workers="1", SERVICE__StopSeconds=str(STOP_SECONDS))
    spool = Spool(tmp_path / "var" / "spool")
    with service, slow_clients(service.port):
        for number in range(ADDRESSES):
            with connect(service.port, number) as one_more:
                assert one_more.recv(200).startswith(b"421 4.3.2 too many connections from this address")
        with closing(smtplib.SMTP("127.0.0.1", service.port, timeout=SECONDS)) as client:
            client.ehlo()
            in_order = [send(client, number) for number in range(10)]
            service.wait_for("filed", mail=in_order[-1])
            filed = [line["mail"] for line in service.log if line.get("event") == "filed"]
            assert filed == in_order

            write_ini(tmp_path, {**service.values, "SMTPIN.MaxConnections": "many"})
            service.signal(signal.SIGHUP)
            assert "'many'" in service.wait_for("configuration not reloaded, the old one stays")["problem"]
            under_load = [send(client, 10 + number) for number in range(40)]
            stopped_at = time.monotonic()
            assert service.stop() == 0
            assert time.monotonic() - stopped_at < STOP_SECONDS + 20  # they would go on for ten minutes

    write_ini(tmp_path, service.values)
    accepted = {*in_order, *under_load}
    stayed = set(spool.waiting())
    store = service.store()
    assert stayed <= accepted
    assert store.counts().mails["filed"] == len(accepted - stayed)
    assert [*spool.tmp.iterdir(), *spool.work.iterdir()] == []
