"""One connection to the relay, spoken to directly, so that mails can be streamed.

It is opened by aiosmtplib, whose DATA takes a mail as one string and which waits for each reply; so MAIL, RCPT and DATA
(in one write where the relay says so, RFC 2920) are ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connector.config.secrets import hidden
from connector.courier.transport import shown

LINE_LIMIT = 8192
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


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply; `text` is one line, safe to store."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class Connection:
    """An open connection, ready for MAIL; `extensions` are what EHLO said, lower case."""

    def __init__(self, transport: asyncio.Transport, extensions: dict[str, str], limits: TimeLimits) -> None:
        loop = asyncio.get_running_loop()
        self.extensions = extensions
        self.idle_since = loop.time()
        self.dot_written = False  # from the final dot until its reply: the mail may be taken or not
        self._limits = limits
        self._reader = asyncio.StreamReader(limit=LINE_LIMIT, loop=loop)
        protocol = asyncio.StreamReaderProtocol(self._reader, loop=loop)
        protocol.connection_made(transport)
        transport.set_protocol(protocol)
        self._transport = transport
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)

    @property
    def usable(self) -> bool:
        """Whether the relay has not closed it, as far as one can see."""
        return not (self._reader.at_eof() or self._transport.is_closing())

    @property
    def encryption(self) -> tuple[str, str]:
        """The version of TLS and the names that the relay's certificate is for; nothing in the clear."""
        secured = self._transport.get_extra_info("ssl_object")
        if secured is None:
            return "", ""
        names = [name for kind, name in (secured.getpeercert() or {}).get("subjectAltName", ()) if kind == "DNS"]
        return str(secured.version()), shown(", ".join(names))

    def write(self, *lines: str) -> None:
        """Send commands without waiting."""
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def command(self, line: str) -> Reply:
        """Send one command; its reply."""
        self.write(line)
        return await self.reply()

    async def reply(self, seconds: float = 0) -> Reply:
        """The next reply. Raises RelayGone."""
        try:
            async with asyncio.timeout(seconds or self._limits.command):
                return await self._read_reply()
        except TimeoutError:
            raise RelaySilent("the relay did not answer in time") from None
        except (asyncio.IncompleteReadError, OSError) as error:
            raise RelayGone(f"connection lost: {why_of(error)}") from error
        except (ValueError, asyncio.LimitOverrunError) as error:
            raise RelayGone(f"what the relay answered is no SMTP reply: {why_of(error)}") from error

    async def _read_reply(self) -> Reply:
        texts = []
        for _ in range(REPLY_LINES):
            line = await self._reader.readuntil(b"\n")
            code = int(line[:3])
            texts.append(line[4:].decode("utf-8", "replace").strip())
            if line[3:4] != b"-":
                return Reply(code, shown(" ".join(texts)))
        raise ValueError(f"a reply of more than {REPLY_LINES} lines")

    async def send_content(self, chunks: Iterator[bytes], size: int) -> Reply:
        """Send a mail's well-formed bytes, dot-stuffed, and the final dot; the reply.

        Raises RelayGone. An OSError of the mail's own file cuts the connection, so that no half mail is taken for one.
        """
        try:
            await self._send_content(chunks, size)
        except RelayGone:
            return await self._last_word()
        except BaseException:
            self.abort()
            raise
        reply = await self.reply(self._limits.dot)
        self.dot_written = False
        return reply

    async def _send_content(self, chunks: Iterator[bytes], size: int) -> None:
        if size <= SMALL:
            self._writer.write(b"".join([*dot_stuffed(chunks), b".\r\n"]))
        else:
            for chunk in dot_stuffed(chunks):
                self._writer.write(chunk)
                await self._drain()
            self._writer.write(b".\r\n")
        self.dot_written = True
        # failpoint: relay.dot-written
        await self._drain()

    async def _drain(self) -> None:
        try:
            await self._writer.drain()
        except OSError as error:
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
        try:
            if self.usable:
                self.write("QUIT")
                await self.reply(1)
        except RelayGone:
            pass  # it is over either way
        finally:
            self.abort()

    def abort(self) -> None:
        """Cut the connection."""
        self._transport.abort()


def dot_stuffed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Well-formed bytes with a second dot before each that begins a line (RFC 5321, 4.5.2)."""
    line_begins = True
    for chunk in chunks:
        stuffed = chunk.replace(b"\r\n.", b"\r\n..")
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
