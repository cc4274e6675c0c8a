"""The driver and the sink: what a measure sends, and what it counts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.driver import NotAccepted, letter, send
from bench.sink import Sink

MAIL = b"Subject: Printer\r\n\r\n.dot\r\nlast line\r\n"


@contextmanager
def answering(*replies: bytes) -> Iterator[int]:
    """A server on the port that sends these replies to whatever it reads, one a read."""
    loop, ready, ports = asyncio.new_event_loop(), threading.Event(), []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            writer.write(reply)
            await reader.read(65536)
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await stopped.wait()
        server.close()

    stopped = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()


def test_dots_are_doubled() -> None:
    """Lines that begin with a dot reach the server as they are (RFC 5321, 4.5.2)."""
    wire = letter(b".first\r\n.second\r\nend", "a@x.example", "b@y.example").content
    assert wire == b"..first\r\n..second\r\nend\r\n.\r\n"


@pytest.mark.parametrize("connections", [1, 3])
def test_every_letter_is_sent_once(connections: int) -> None:
    """All letters arrive, whatever the number of connections; the sink counts them and tells when."""
    letters = [letter(MAIL, "a@x.example", f"b{i}@y.example") for i in range(20)]
    sink = Sink(None)
    with sink:
        sent = send(sink.port, letters, connections)
    assert sink.report["messages"] == sink.report["recipients"] == sent.mails == 20
    assert sent.started_at <= sink.report["first_at"] <= sink.report["last_at"] <= sent.ended_at


def test_refused_mail_is_an_error() -> None:
    """A reply that is not the expected one ends the measure with its text."""
    with (
        answering(b"220 here\r\n", b"250 hello\r\n", b"250 ok\r\n550 5.1.1 nobody\r\n") as port,
        pytest.raises(NotAccepted, match=r"550 5\.1\.1 nobody"),
    ):
        send(port, [letter(MAIL, "a@x.example", "b@y.example")])


def test_cut_connection_is_an_error() -> None:
    """A server that goes away ends the measure, and does not leave it waiting."""
    with answering(b"220 here\r\n") as port, pytest.raises(NotAccepted, match="cut"):
        send(port, [letter(MAIL, "a@x.example", "b@y.example")])
