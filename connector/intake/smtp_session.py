"""One SMTP connection: aiosmtpd's dialogue with commands of our own where a mail is concerned (B6)."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import structlog
from aiosmtpd.smtp import SMTP

from connector.intake.data import DataDecoder
from connector.mail.model import Envelope
from connector.spool_file import IncomingFile, SpoolError, SpoolFull, temporary

if TYPE_CHECKING:
    from connector.intake.smtp import SmtpIntake

COMMAND_LIMIT = 2048  # bytes of one command; twice what RFC 5321 asks of a path with parameters
BUFFER_LIMIT = 64 * 1024  # what the reader holds before the client has to wait
READ_ALL = 1 << 30  # more than the reader can hold
IDLE_SECONDS = 300.0  # RFC 5321, 4.5.3.2.7
ADDRESS_LIMIT = 320

PATH = r'<(?:@[^<>:\s]+:)?((?:"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*"|[^<>"\s\x00-\x1f\x7f])*)>'
MAIL_FROM = re.compile(rf"FROM: ?{PATH}((?: +\S+)*) *", re.IGNORECASE)
RCPT_TO = re.compile(rf"TO: ?{PATH}((?: +\S+)*) *", re.IGNORECASE)

TOO_LARGE = "552 5.3.4 the mail is larger than this server takes"
MALFORMED = "550 5.5.2 the mail holds a bare CR, a bare LF or a NUL; lines end with CR LF"
DISK_FULL = "452 4.3.1 no room for the mail now, try again later"
OUR_FAULT = "451 4.3.0 a fault of ours, try again later"
ENHANCED = {"500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1"}  # for aiosmtpd's own replies (RFC 2034)
log = structlog.get_logger("intake")


class _Hooks:
    """What aiosmtpd asks of a handler."""

    async def handle_EHLO(self, server: Any, session: Any, _: Any, hostname: str, replies: list[str]) -> list[str]:
        """Announce what aiosmtpd can do and does not say."""
        session.host_name = hostname
        return [*replies[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", replies[-1]]


class SmtpSession(SMTP):
    """One connection's dialogue. A mail goes to the spool while it is read, never into memory as a whole."""

    line_length_limit = BUFFER_LIMIT
    envelope: Any  # aiosmtpd's types allow None where a dialogue has begun
    session: Any
    transport: Any
    _handler_coroutine: Any

    def __init__(self, intake: SmtpIntake, loop: asyncio.AbstractEventLoop) -> None:
        self.command_size_limits: dict[str, int] = defaultdict(lambda: COMMAND_LIMIT)
        self._intake = intake
        self._in_data = False
        settings = intake.settings
        super().__init__(
            _Hooks(),
            data_size_limit=settings.max_message_size,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            ident="ESMTP",
            timeout=IDLE_SECONDS,
            loop=loop,
        )

    # -- the connection -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the dialogue."""
        super().connection_made(transport)
        self._handler_coroutine.add_done_callback(_look_at)

    def connection_lost(self, error: Exception | None) -> None:
        """End the dialogue; a mail that is being written is written all the same."""
        super().connection_lost(error)
        self._intake.leave(self)

    def end_if_idle(self) -> None:
        """Say goodbye, unless a mail is coming in: then the dialogue ends after it."""
        if not self._in_data and self.transport is not None and not self.transport.is_closing():
            self.transport.write(b"421 4.3.2 the service stops, try again later\r\n")
            self.transport.close()

    def abort(self) -> None:
        """Cut the connection."""
        if self.transport is not None:
            self.transport.abort()

    async def push(self, status: Any) -> None:
        """Send one reply, with the enhanced status code that aiosmtpd's own ones lack."""
        if status == "250 OK" or status == "221 Bye":
            status = f"{status[:3]} 2.0.0 {status[4:]}"
        elif status[:3] in ENHANCED and not status[4:7].startswith("5."):
            status = f"{status[:3]} {ENHANCED[status[:3]]} {status[4:]}"
        await super().push(status)

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is temporary: the sender keeps the mail and tries again."""
        log.error("fault", road="smtp", client=self._client(), exc_info=error)
        return OUR_FAULT

    # -- commands -----------------------------------------------------------------------------------------------

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a mail: the sender, and its size where it is told."""
        if await self.check_helo_needed() or await self.check_auth_needed("MAIL"):
            return
        match = MAIL_FROM.fullmatch(arg or "")
        if match is None or not _sendable(match[1]):
            await self.push("501 5.1.7 MAIL FROM:<address> is expected")
        elif self.envelope.mail_from is not None:
            await self.push("503 5.5.1 one sender is enough")
        elif reply := self._refuse_parameters(match[2].upper().split()):
            self._log_refusal(reply, sender=match[1])
            await self.push(reply)
        else:
            self.envelope.mail_from = match[1]
            await self.push("250 2.1.0 sender ok")

    def _refuse_parameters(self, parameters: list[str]) -> str:
        """The reply to parameters of MAIL that do not do, or nothing."""
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name == "SIZE" and value.isascii() and value.isdigit() and len(value) <= 20:
                if int(value) > self._intake.settings.max_message_size:
                    return TOO_LARGE
            elif name != "AUTH" and parameter not in ("BODY=7BIT", "BODY=8BITMIME", "SMTPUTF8"):
                return f"555 5.5.4 parameter {_shown(parameter)} is not known here"
        return ""

    async def smtp_RCPT(self, arg: str | None) -> None:
        """One more recipient: a public address, or nobody (B6)."""
        if await self.check_helo_needed() or await self.check_auth_needed("RCPT"):
            return
        match = RCPT_TO.fullmatch(arg or "")
        if self.envelope.mail_from is None:
            await self.push("503 5.5.1 MAIL comes first")
        elif match is None:
            await self.push("501 5.1.3 RCPT TO:<address> is expected")
        elif match[2].strip():
            await self.push("555 5.5.4 RCPT takes no parameters here")
        elif not self._intake.is_public(match[1]):
            await self._refuse("550 5.1.1 no such address here", recipient=match[1])
        elif len(self.envelope.rcpt_tos) >= self._intake.settings.max_recipients:
            await self._refuse("452 4.5.3 too many recipients, send the rest in another mail")
        else:
            self.envelope.rcpt_tos.append(match[1])
            await self.push("250 2.1.5 recipient ok")

    async def smtp_DATA(self, arg: str | None) -> None:
        """The mail itself: 250 is said when it is safe on the disk (B2)."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no parameters")
        elif not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT comes first")
        else:
            await self._receive()

    async def _receive(self) -> None:
        self._in_data = True
        try:
            await self.push("354 end the mail with CR LF . CR LF")
            incoming = self._intake.incoming()
            reply = await self._read_content(incoming)
            if not reply:
                reply = await self._store(incoming)
            elif reply.startswith("5"):  # faults of ours are logged where they arise
                self._log_refusal(reply, sender=self.envelope.mail_from)
        finally:
            self._in_data = False
            self.envelope = self._create_envelope()
        await self.push(reply)
        if self._intake.stopping:
            self.end_if_idle()

    async def _read_content(self, incoming: IncomingFile) -> str:
        """Read to the end of the content; the reply that refuses it, or nothing."""
        decoder = DataDecoder()
        reply, rest = "", None
        try:
            while rest is None:
                content, rest = decoder.feed(await self._read_some())
                reply = reply or self._keep(incoming, content, decoder)
        except BaseException:
            incoming.discard()
            raise
        if rest and not self._reader.at_eof():
            self._reader.feed_data(rest)  # the next commands, pipelined; nothing else can have come in since
        return reply

    async def _read_some(self) -> bytes:
        """All that has arrived, at least one byte."""
        chunk: bytes = await self._reader.read(READ_ALL)
        if not chunk:
            raise ConnectionResetError("the client went away within the mail")
        self._reset_timeout()
        return chunk

    def _keep(self, incoming: IncomingFile, content: bytes, decoder: DataDecoder) -> str:
        """Keep the next bytes; or keep nothing of the mail, and the reply that says why."""
        if decoder.malformed:
            reply = MALFORMED
        elif incoming.size + len(content) > self._intake.settings.max_message_size:
            reply = TOO_LARGE
        else:
            reply = self._write(incoming, content)
        if reply:
            incoming.discard()
        return reply

    def _write(self, incoming: IncomingFile, content: bytes) -> str:
        try:
            with temporary("the mail was not taken"):
                incoming.write(content)
        except SpoolError as error:
            return self._failed(error)
        return ""

    async def _store(self, incoming: IncomingFile) -> str:
        """Hand the mail to the spool; the reply."""
        try:
            mail = await self._intake.take(incoming, self._spool_envelope())
        except SpoolError as error:
            return self._failed(error)
        return f"250 2.0.0 accepted as {mail}"

    def _spool_envelope(self) -> Envelope:
        return Envelope(
            mail_from=self.envelope.mail_from,
            rcpt_to=tuple(self.envelope.rcpt_tos),
            road="smtp",
            has_sender=True,
            client=self._client(),
            helo=_shown(self.session.host_name),
        )

    def _client(self) -> str:
        peer = self.session.peer if self.session else None
        return str(peer[0]) if isinstance(peer, tuple) else ""

    async def _refuse(self, reply: str, **facts: str) -> None:
        self._log_refusal(reply, sender=self.envelope.mail_from, **facts)
        await self.push(reply)

    def _failed(self, error: SpoolError) -> str:
        log.error("not accepted", road="smtp", client=self._client(), reason=str(error))
        return DISK_FULL if isinstance(error, SpoolFull) else OUR_FAULT

    def _log_refusal(self, reply: str, **facts: str) -> None:
        log.info("refused", road="smtp", client=self._client(), reply=reply, **facts)


def _sendable(address: str) -> bool:
    """Whether an address can be a sender: text (RFC 6532), not longer than a path may be; empty for reports."""
    return len(address) <= ADDRESS_LIMIT and not any("\ud800" <= char <= "\udfff" for char in address)


def _shown(text: str) -> str:
    """What a client said, as text that can be stored and sent back."""
    return "".join(char if char.isprintable() else "?" for char in text)[:255]


def _look_at(task: asyncio.Task[None]) -> None:
    """Mark the end of a dialogue as seen: a client that goes away is no fault of ours."""
    if not task.cancelled():
        task.exception()
