"""One client's connection: aiosmtpd's dialogue, kept within limits, with replies that say more (B6)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import lru_cache
from typing import Any, NoReturn

import structlog
from aiosmtpd import smtp
from aiosmtpd.smtp import SMTP

from connector.intake.content import OUR_FAULT
from connector.intake.listener import Listener, address_of

COMMAND_LIMIT = 2048  # bytes of one command; twice what RFC 5321 asks of a path with parameters
BUFFER_LIMIT = 64 * 1024  # what the reader holds before the client has to wait
LINE_FEED = ord("\n")
FLUSH_SECONDS = 5.0  # for the last word to a client that is sent away

TOO_SLOW = b"421 4.4.2 too slow, try again later\r\n"
TOO_MANY_ERRORS = "421 4.7.0 too many errors, or commands without a mail; try again later"
TOO_MANY_RECIPIENTS = "452 4.5.3 too many recipients, send the rest in another mail"
UNRECOGNIZED = "502 5.5.1 Too many unrecognized commands"  # aiosmtpd closes after it
HELD_BACK = ("250 2.1.0", "250 2.1.5")
"""Replies to MAIL and RCPT: those to commands that came in together go out together (RFC 2920, 3.2)."""
NOT_COUNTED = ("250 2.1.5", TOO_MANY_RECIPIENTS[:9], "354", "334")  # a mail to many has many of these replies
ENHANCED = {"500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "530": "5.7.0"}
"""For aiosmtpd's own replies (RFC 2034)."""
log = structlog.get_logger("intake")
smtp.sanitized_log = lambda *_: None  # aiosmtpd's own log is off, and still each line was made fit for it, twice


class Hooks:
    """What aiosmtpd asks of a handler."""

    async def handle_EHLO(self, server: Any, session: Any, _: Any, hostname: str, replies: list[str]) -> list[str]:
        """Announce what aiosmtpd can do and does not say, and what is ours to say."""
        session.host_name = hostname
        kept = [line for line in replies[:-1] if not line.startswith("250-AUTH")]
        more = [f"250-{extension}" for extension in ("PIPELINING", "ENHANCEDSTATUSCODES", *server.more_extensions())]
        return [*kept, *more, replies[-1]]


class Dialogue(SMTP):
    """What is said on one connection; which commands there are, its children say."""

    road: str
    line_length_limit = BUFFER_LIMIT
    envelope: Any  # aiosmtpd's types allow None where a dialogue has begun
    session: Any
    transport: Any
    _reader: Any
    _writer: Any
    _timeout_handle: Any
    _handler_coroutine: Any

    def __init__(self, listener: Listener, **options: Any) -> None:
        self.command_size_limits: dict[str, int] = defaultdict(lambda: COMMAND_LIMIT)
        self.user = ""  # who has logged in
        self.listener = listener
        self.in_data = False
        self._errors = self._commands = 0
        self._replies = b""  # not sent yet
        self._ends_at = 0.0  # on the loop's clock: then the client was too slow
        super().__init__(
            Hooks(),
            data_size_limit=listener.settings.max_message_size,
            enable_SMTPUTF8=True,
            hostname=listener.settings.hostname,
            timeout=listener.limits.command,
            loop=asyncio.get_running_loop(),
            **options,
        )

    def more_extensions(self) -> tuple[str, ...]:
        """What EHLO announces besides."""
        return ()

    # -- the connection -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the dialogue, or go on with it when TLS has begun."""
        super().connection_made(transport)
        self._handler_coroutine.add_done_callback(_look_at)

    def connection_lost(self, error: Exception | None) -> None:
        """End the dialogue; a mail that is being written is written all the same."""
        super().connection_lost(error)
        self.listener.leave(self)

    def end_if_idle(self) -> None:
        """Say goodbye, unless a mail is coming in: then the dialogue ends after it."""
        if not self.in_data:
            self._close(b"421 4.3.2 the service stops, try again later\r\n")

    def abort(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.abort()

    def _close(self, last_word: bytes) -> None:
        """Say one thing more; a client that does not listen to it is cut off."""
        transport = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(self._replies + last_word)
            self._replies = b""
            transport.close()
            self.loop.call_later(FLUSH_SECONDS, transport.abort)

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Give the client time from now on; the timer is moved only where it would come too late."""
        self._ends_at = self.loop.time() + (duration or self._timeout_duration)
        timer = self._timeout_handle
        if timer is None or timer.cancelled() or timer.when() > self._ends_at:
            super()._reset_timeout(duration)

    def _timeout_cb(self) -> None:
        if self.loop.time() < self._ends_at:
            self._timeout_handle = self.loop.call_at(self._ends_at, self._timeout_cb)
        else:
            self._close(TOO_SLOW)

    async def push(self, status: Any) -> None:
        """Send one reply, with the enhanced status code that aiosmtpd's own ones lack; or goodbye after too many."""
        await self.send(status)
        self.count(status)

    async def send(self, status: str) -> None:
        """Send one reply, or keep it for the next one where the next command has come in already."""
        self._replies += _as_line(status)
        if not (status.startswith(HELD_BACK) and LINE_FEED in self._reader._buffer):
            replies, self._replies = self._replies, b""
            self._writer.write(replies)
            await self._writer.drain()

    def start_anew(self) -> None:
        """Count from here: a mail was taken."""
        self._errors = self._commands = 0

    def count(self, status: str) -> None:
        """Count what was replied; a client that makes nothing but errors or small talk is sent away."""
        if status[3:4] == "-" or status.startswith(NOT_COUNTED):
            return
        self._commands += 1
        self._errors += status[0] in "45"
        if self._errors >= self.listener.limits.errors or self._commands >= self.listener.limits.commands:
            self.log_refusal(TOO_MANY_ERRORS)
            self.end(TOO_MANY_ERRORS)

    def end(self, last_word: str) -> NoReturn:
        """End the dialogue, whatever commands have come in already."""
        self._close(f"{last_word}\r\n".encode())
        raise ConnectionResetError("the client was sent away")

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is temporary: the sender keeps the mail and tries again."""
        log.error("fault", road=self.road, client=self.client, exc_info=error)
        return OUR_FAULT

    @property
    def client(self) -> str:
        """The client's address."""
        return address_of(self.session.peer) if self.session else ""

    def log_refusal(self, reply: str, **facts: str) -> None:
        """One line of the log."""
        log.info("refused", road=self.road, client=self.client, reply=reply, **facts)


@lru_cache(maxsize=64)
def _as_line(status: str) -> bytes:
    """A reply as it is sent; most of them are the same for every mail."""
    if status == "250 OK" or status == "221 Bye":
        status = f"{status[:3]} 2.0.0 {status[4:]}"
    elif status.startswith(UNRECOGNIZED):
        status = TOO_MANY_ERRORS
    elif status[:3] in ENHANCED and not status[4:7].startswith("5."):
        status = f"{status[:3]} {ENHANCED[status[:3]]} {status[4:]}"
    return f"{status}\r\n".encode()


def _look_at(task: asyncio.Task[None]) -> None:
    """Mark the end of a dialogue as seen: a client that goes away is no fault of ours."""
    if not task.cancelled():
        task.exception()
