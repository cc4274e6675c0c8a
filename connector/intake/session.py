"""The commands by which a mail is brought: MAIL, RCPT, DATA, for the public addresses alone (B2, B6)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

import structlog

from connector.intake.content import TOO_LARGE, Content, reply_to
from connector.intake.dialogue import TOO_MANY_RECIPIENTS, Dialogue
from connector.mail.model import Envelope
from connector.spool_file import IncomingFile, SpoolError

READ_ALL = 1 << 30  # more than the reader can hold
ADDRESS_LIMIT = 320

PATH = r'<(?:@[^<>:\s]+:)?((?:[^<>"\s\x00-\x1f\x7f]++|"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*")*+)>'
MAIL_FROM = re.compile(rf"FROM: ?{PATH}((?: +\S+)*) *", re.IGNORECASE)
RCPT_TO = re.compile(rf"TO: ?{PATH}((?: +\S+)*) *", re.IGNORECASE)
SURROGATE = re.compile("[\ud800-\udfff]")

log = structlog.get_logger("intake")


class MailSession(Dialogue, ABC):
    """A mail goes to the spool while it is read, never into memory as a whole."""

    @abstractmethod
    async def answer(self, reply: str, recipients: int) -> None:
        """Tell what became of the mail that was sent to so many recipients."""

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Begin a mail: the sender, and its size where it is told."""
        if await self.check_helo_needed():
            return
        match = MAIL_FROM.fullmatch(arg or "")
        if match is None or not _sendable(match[1]):
            await self.push("501 5.1.7 MAIL FROM:<address> is expected")
        elif self.envelope.mail_from is not None:
            await self.push("503 5.5.1 one sender is enough")
        elif reply := self._refuse_parameters(match[2].upper().split()):
            self.log_refusal(reply, sender=match[1])
            await self.push(reply)
        else:
            self.envelope.mail_from = match[1]
            await self.push("250 2.1.0 sender ok")

    def _refuse_parameters(self, parameters: list[str]) -> str:
        """The reply to parameters of MAIL that do not do, or nothing."""
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name == "SIZE" and value.isascii() and value.isdigit() and len(value) <= 20:
                if int(value) > self.listener.settings.max_message_size:
                    return TOO_LARGE
            elif name != "AUTH" and parameter not in ("BODY=7BIT", "BODY=8BITMIME", "SMTPUTF8"):
                return f"555 5.5.4 parameter {_shown(parameter)} is not known here"
        return ""

    async def smtp_RCPT(self, arg: str | None) -> None:
        """One more recipient: a public address, or nobody (B6)."""
        if await self.check_helo_needed():
            return
        match = RCPT_TO.fullmatch(arg or "")
        if self.envelope.mail_from is None:
            await self.push("503 5.5.1 MAIL comes first")
        elif match is None:
            await self.push("501 5.1.3 RCPT TO:<address> is expected")
        elif match[2].strip():
            await self.push("555 5.5.4 RCPT takes no parameters here")
        elif not self.listener.is_public(match[1]):
            await self._refuse("550 5.1.1 no such address here", recipient=match[1])
        elif len(self.envelope.rcpt_tos) >= self.listener.settings.max_recipients:
            await self._refuse(TOO_MANY_RECIPIENTS)
        else:
            self.envelope.rcpt_tos.append(match[1])
            await self.push("250 2.1.5 recipient ok")

    async def smtp_DATA(self, arg: str | None) -> None:
        """The mail itself: 250 is said when it is safe on the disk (B2)."""
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no parameters")
        elif not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT comes first")
        else:
            await self._receive()

    async def _receive(self) -> None:
        incoming, recipients = self.listener.incoming(), len(self.envelope.rcpt_tos)
        self.in_data = True
        try:
            await self.push("354 end the mail with CR LF . CR LF")
            reply = await self._read_content(incoming) or await self._store(incoming)
        finally:
            self.in_data = False
            self.envelope = self._create_envelope()
        await self.answer(reply, recipients)
        # failpoint: session.answered
        if self.listener.stopping:
            self.end_if_idle()

    async def _read_content(self, incoming: IncomingFile) -> str:
        """Read to the end of the content; the reply that refuses it, or nothing."""
        content = Content(incoming, self.listener.settings.max_message_size)
        begun, rest = self.loop.time(), None
        try:
            while rest is None:
                rest = content.feed(await self._read_some())
                self._wait_at_most(begun, content.read)
        except BaseException:
            incoming.discard()
            raise
        self._reset_timeout()
        if rest and not self._reader.at_eof():
            self._reader.feed_data(rest)  # the next commands, pipelined; nothing else can have come in since
        if content.fault is not None:
            self._failed(content.fault)
        elif content.refusal:
            self.log_refusal(content.refusal, sender=self.envelope.mail_from)
        return content.refusal

    async def _read_some(self) -> bytes:
        """All that has arrived, at least one byte."""
        chunk: bytes = await self._reader.read(READ_ALL)
        if not chunk:
            raise ConnectionResetError("the client went away within the mail")
        return chunk

    def _wait_at_most(self, begun: float, read: int) -> None:
        """Set the time for the next bytes of a mail: as for a command, and no longer than the mail has in total."""
        limits = self.listener.limits
        left = begun + limits.mail + read / limits.bytes_per_second - self.loop.time()
        self._reset_timeout(max(0.001, min(limits.command, left)))

    async def _store(self, incoming: IncomingFile) -> str:
        """Hand the mail to the spool; the reply."""
        try:
            # failpoint: session.content-read
            mail = await self.listener.take(incoming, self._spool_envelope())
        except SpoolError as error:
            return self._failed(error)
        except Exception as error:
            return await self.handle_exception(error)
        self.start_anew()
        # failpoint: session.stored
        return f"250 2.0.0 accepted as {mail}"

    def _spool_envelope(self) -> Envelope:
        return Envelope(
            mail_from=self.envelope.mail_from,
            rcpt_to=tuple(self.envelope.rcpt_tos),
            road=self.road,
            has_sender=True,
            client=self.client,
            helo=_shown(self.session.host_name),
            auth_user=self.user,
        )

    async def _refuse(self, reply: str, **facts: str) -> None:
        self.log_refusal(reply, sender=self.envelope.mail_from, **facts)
        await self.push(reply)

    def _failed(self, error: Exception) -> str:
        log.error("not accepted", road=self.road, client=self.client, reason=str(error))
        return reply_to(error)


def _sendable(address: str) -> bool:
    """Whether an address can be a sender: text (RFC 6532), not longer than a path may be; empty for reports."""
    return len(address) <= ADDRESS_LIMIT and SURROGATE.search(address) is None


def _shown(text: str) -> str:
    """What a client said, as text that can be stored and sent back."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else "?" for char in text)
    return text[:255]
