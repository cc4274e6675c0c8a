"""One connection to the relay, spoken to directly, so that mails can be streamed.

It is opened by aiosmtplib, whose DATA takes a mail as one string and which waits for each reply; so MAIL, RCPT and DATA
(in one write where the relay says so, RFC 2920) are ours.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connector.config.secrets import hidden
from connector.courier.transport import shown
from connector.courier.wire import Wire
from connector.mail import line_ends
from storage.values import frozen

REPLY_LINES = 100
SMALL = 256 * 1024  # a mail up to this size goes out in one write


class RelayGone(Exception):
    """The connection cannot be used any more; the text says why."""


class RelaySilent(RelayGone):
    """The relay did not answer in time."""


class RelayDown(Exception):
    """No connection can be had; the text says why.

    `urgent`: somebody has to do something, as where a certificate or a password is wrong: the alarm does not wait.
    """

    def __init__(self, why: str, *, urgent: bool = False) -> None:
        super().__init__(why)
        self.urgent = urgent


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long the relay may take, in seconds (RFC 5321, 4.5.3.2 asks for more patience than a queue can have)."""

    connect: float = 30.0
    command: float = 60.0
    shared: float = 5.0  # for the reply to a RCPT while others of the transaction wait
    dot: float = 300.0
    transaction: float = 420.0  # and one second more for each 64 KiB of the mail


@frozen
class Reply:
    """One reply; `text` is one line, safe to store."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class Connection:
    """An open connection, ready for MAIL; `extensions` are what EHLO said, lower case."""

    def __init__(self, transport: asyncio.Transport, extensions: dict[str, str], limits: TimeLimits) -> None:
        self.extensions = extensions
        self.idle_since = asyncio.get_running_loop().time()
        self.dot_written = False  # from the final dot until its reply: the mail may be taken or not
        self.ends_at = math.inf  # by the loop's clock: then the relay has had its time, whatever it is asked
        self._limits = limits
        self._transport = transport
        self._wire = Wire(transport)
        self._texts: list[str] = []  # lines of a reply whose end is yet to come

    @property
    def usable(self) -> bool:
        """Whether the relay has not closed it, as far as one can see."""
        return self._wire.usable

    @property
    def encryption(self) -> tuple[str, str]:
        """The version of TLS and the names that the relay's certificate is for; nothing in the clear."""
        secured = self._transport.get_extra_info("ssl_object")
        if secured is None:
            return "", ""
        names = [name for kind, name in (secured.getpeercert() or {}).get("subjectAltName", ()) if kind == "DNS"]
        return str(secured.version()), shown(", ".join(names))

    def write(self, commands: bytes) -> None:
        """Send commands without waiting."""
        self._transport.write(commands)

    async def command(self, line: str) -> Reply:
        """Send one command; its reply."""
        self.write(lines(line))
        return await self.reply()

    async def reply(self, seconds: float = 0) -> Reply:
        """The next reply. Raises RelayGone, and TimeoutError where `ends_at` comes first."""
        try:
            return self._read() or await self._wait_for_reply(seconds or self._limits.command)
        except TimeoutError:
            if self._has_ended():
                raise
            raise RelaySilent("the relay did not answer in time") from None
        except (asyncio.IncompleteReadError, OSError) as error:
            raise RelayGone(f"connection lost: {why_of(error)}") from error
        except ValueError as error:
            raise RelayGone(f"what the relay answered is no SMTP reply: {why_of(error)}") from error

    async def _wait_for_reply(self, seconds: float) -> Reply:
        end = min(asyncio.get_running_loop().time() + seconds, self.ends_at)
        while True:
            await self._wire.more(end)
            if reply := self._read():
                return reply

    def _has_ended(self) -> bool:
        return asyncio.get_running_loop().time() >= self.ends_at

    def _read(self) -> Reply | None:
        """The next reply, where all of it has come in."""
        while (line := self._wire.line()) is not None:
            code = int(line[:3])
            self._texts.append(line[4:].decode("utf-8", "replace").strip())
            if line[3:4] != b"-":
                texts, self._texts = self._texts, []
                return Reply(code, shown(" ".join(texts)))
            if len(self._texts) >= REPLY_LINES:
                raise ValueError(f"a reply of more than {REPLY_LINES} lines")
        return None

    async def send_content(self, chunks: Iterator[bytes], size: int, behind: bytes = b"") -> Reply:
        """Send a mail's well-formed bytes, dot-stuffed, the final dot, and the commands behind it; the dot's reply.

        Raises RelayGone. An OSError of the mail's own file cuts the connection, so that no half mail is taken for one.
        """
        try:
            await self._send_content(chunks, size, behind)
        except RelayGone:
            return await self._last_word()
        except BaseException:
            self.abort()
            raise
        reply = await self.reply(self._limits.dot)
        self.dot_written = False
        return reply

    async def _send_content(self, chunks: Iterator[bytes], size: int, behind: bytes) -> None:
        end = b".\r\n" + behind
        if size <= SMALL:
            self._transport.write(b"".join([*dot_stuffed(chunks), end]))
        else:
            for chunk in dot_stuffed(chunks):
                self._transport.write(chunk)
                await self._drain()
            self._transport.write(end)
        self.dot_written = True
        # failpoint: relay.dot-written

    async def _drain(self) -> None:
        try:
            await self._wire.drain(self.ends_at)
        except (asyncio.IncompleteReadError, OSError) as error:
            if self._has_ended():
                raise TimeoutError from None
            raise RelayGone(f"connection lost within the mail: {why_of(error)}") from error

    async def _last_word(self) -> Reply:
        """What the relay said before it closed the connection in the middle of a mail."""
        reply = await self.reply(1)
        if reply.code < 400:
            raise RelayGone("connection lost within the mail")
        self.dot_written = False
        return reply

    async def quit(self) -> None:
        """Say goodbye without waiting long."""
        self.ends_at = math.inf
        try:
            if self.usable:
                self.write(lines("QUIT"))
                await self.reply(1)
        except RelayGone:
            pass  # it is over either way
        finally:
            self.abort()

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()


def lines(*commands: str) -> bytes:
    """Commands as they are sent."""
    return "\r\n".join((*commands, "")).encode()


def dot_stuffed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Well-formed bytes with a second dot before each that begins a line (RFC 5321, 4.5.2)."""
    line_begins = True
    for chunk in chunks:
        stuffed = line_ends.dots_replaced(chunk, b"..")
        yield b"." + stuffed if line_begins and chunk.startswith(b".") else stuffed
        line_begins = chunk.endswith(b"\r\n")


def why_of(error: BaseException, secrets: Sequence[str] = ()) -> str:
    """An error's text in one line, without these."""
    if isinstance(error, asyncio.IncompleteReadError):
        return "closed by the relay"
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    text = str(error)
    for secret in secrets:
        text = hidden(text, secret)
    return shown(text) or type(error).__name__
