"""Sends mails by SMTP over kept connections, MAIL, RCPT and DATA of each mail in one write (RFC 2920)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

ENVELOPE = ("250", "250", "354")


class NotAccepted(Exception):
    """The server answered otherwise than expected; the text is its reply."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes over the wire for one mail: the commands before it, and its content with the final dot."""

    commands: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """How many mails were accepted; the first connection and the last acceptance as Unix time."""

    mails: int
    started_at: float
    ended_at: float

    @property
    def per_s(self) -> float:
        """Accepted mails a second."""
        return self.mails / (self.ended_at - self.started_at)


def letter(raw: bytes, sender: str, recipient: str) -> Letter:
    """A mail, its lines ending with CR LF, ready for the wire: dots at the start of lines doubled (RFC 5321, 4.5.2)."""
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    if not stuffed.endswith(b"\r\n"):
        stuffed += b"\r\n"
    return Letter(f"MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode(), stuffed + b".\r\n")


def send(port: int, letters: Iterable[Letter], connections: int = 1, per_s: float = 0.0) -> Sent:
    """Send all letters, each as soon as a connection is free; one connection keeps their order. NotAccepted.

    With `per_s` each has its time, and none is sent before it.
    """
    return asyncio.run(_send(port, letters, connections, per_s))


async def _send(port: int, letters: Iterable[Letter], connections: int, per_s: float) -> Sent:
    loop = asyncio.get_running_loop()
    ended = [loop.create_future() for _ in range(connections)]
    started_at = time.time()
    queue = Queue(iter(letters), 1 / per_s if per_s else 0.0, loop.time())
    for future in ended:
        await loop.create_connection(partial(_Connection, queue, future), "127.0.0.1", port)
    await asyncio.gather(*ended)
    return Sent(queue.taken, started_at, max(future.result() for future in ended))


@dataclass(slots=True)
class Queue:
    """The letters that wait, and when each may be sent, on the loop's clock."""

    letters: Iterator[Letter]
    seconds: float  # from one to the next
    due: float
    taken: int = 0

    def next(self) -> tuple[Letter | None, float]:
        """The next letter, None behind the last one, and its time."""
        following = next(self.letters, None)
        self.taken += following is not None
        self.due += self.seconds
        return following, self.due - self.seconds


class _Connection(asyncio.Protocol):
    """One connection: a write, the replies that it must have, then the next write. Ends with the last acceptance."""

    def __init__(self, waiting: Queue, ended: asyncio.Future[float]) -> None:
        self._waiting = waiting
        self._ended = ended
        self._buffer = b""
        self._expected: Sequence[str] = ()
        self._then: Callable[[], None] = self._hello
        self._commands = self._content = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the greeting."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._expect(("220",), self._hello)

    def data_received(self, data: bytes) -> None:
        """Take in whole replies; when the last one expected is there, go on."""
        *lines, self._buffer = (self._buffer + data).split(b"\r\n")
        for line in lines:
            if line[3:4] == b"-":
                continue
            if line[:3].decode("ascii", "replace") != self._expected[0]:
                self._fail(line.decode("utf-8", "replace"))
                return
            self._expected = self._expected[1:]
            if not self._expected:
                self._then()

    def connection_lost(self, error: Exception | None) -> None:
        """A connection that ends before its time is a failure."""
        if not self._ended.done():
            self._fail(f"the connection was cut: {error or 'end of file'}")

    def _expect(self, codes: Sequence[str], then: Callable[[], None]) -> None:
        self._expected, self._then = codes, then

    def _hello(self) -> None:
        self._expect(("250",), self._next)
        self._transport.write(b"EHLO bench.example\r\n")

    def _next(self) -> None:
        """The next mail's commands, or the end."""
        accepted_at = time.time()
        following, due = self._waiting.next()
        if following is None:
            self._expect(("221",), self._transport.close)
            self._ended.set_result(accepted_at)
            self._transport.write(b"QUIT\r\n")
            return
        self._content = following.content
        self._commands = following.commands
        wait = due - asyncio.get_running_loop().time() if self._waiting.seconds else 0.0
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._send_commands)
        else:
            self._send_commands()

    def _send_commands(self) -> None:
        self._expect(ENVELOPE, self._send_content)
        self._transport.write(self._commands)

    def _send_content(self) -> None:
        self._expect(("250",), self._next)
        self._transport.write(self._content)

    def _fail(self, reply: str) -> None:
        self._transport.abort()
        if not self._ended.done():
            self._ended.set_exception(NotAccepted(reply))
