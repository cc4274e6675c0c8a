"""SMTP, with TLS and log-in where they are configured (B6, RFC 3207, RFC 4954)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import structlog
from aiosmtpd.smtp import TLSSetupException

from connector.intake.listener import network_of
from connector.intake.login import Credentials, LoginFailed, read_credentials
from connector.intake.session import MailSession
from connector.users_file import UsersFileError

if TYPE_CHECKING:
    from connector.intake.smtp import SmtpIntake

NOT_IN_THE_CLEAR = "538 5.7.11 log in after STARTTLS"
NOT_HERE = "502 5.5.1 not offered here"
WRONG = "535 5.7.8 user or password is wrong"
TOO_MANY_WRONG = "421 4.7.0 too many wrong log-ins"
BEFORE_TLS = "421 4.7.0 nothing may follow STARTTLS before TLS has begun"
log = structlog.get_logger("intake")


class SmtpSession(MailSession):
    """One SMTP connection."""

    road = "smtp"
    listener: SmtpIntake

    def __init__(self, listener: SmtpIntake) -> None:
        self._wrong = 0  # log-ins
        super().__init__(
            listener, ident="ESMTP", tls_context=listener.tls, require_starttls=listener.settings.require_tls
        )

    async def answer(self, reply: str, recipients: int) -> None:
        """One reply for all."""
        await self.push(reply)

    @property
    def secure(self) -> bool:
        """Whether all that is said now is said in TLS."""
        return self._tls_protocol is not None

    def more_extensions(self) -> tuple[str, ...]:
        """Log-in is announced in TLS alone."""
        return ("AUTH PLAIN LOGIN",) if self.secure and self.listener.logins else ()

    async def handle_exception(self, error: Exception) -> str:
        """A client that cannot get along with our TLS is no fault of ours."""
        if not isinstance(error, TLSSetupException):
            return await super().handle_exception(error)
        log.info("TLS failed", road=self.road, client=self.client, reason=str(error.__cause__))
        return ""

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Begin TLS. What the client said before does not count any more, and nothing may have come in behind."""
        if self.tls_context is None or self.secure:
            await self.push(NOT_HERE if self.tls_context is None else "503 5.5.1 this is TLS already")
        elif self._reader._buffer:
            self.log_refusal(BEFORE_TLS)
            self.end(BEFORE_TLS)
        else:
            await super().smtp_STARTTLS(arg)
            if not arg and self.session.ssl is None:
                raise TLSSetupException from ConnectionResetError("cut off before TLS had begun")

    async def smtp_AUTH(self, arg: str | None) -> None:
        """Log in, for mail that proves by it who wrote it (B26)."""
        if await self.check_helo_needed("EHLO"):
            return
        reply = self._refuse_login(arg)
        if not reply:
            try:
                reply = await self._log_in(await read_credentials(self, *(arg or "").split()))
            except LoginFailed as error:
                reply = str(error)
        await self.push(reply)

    async def ask(self, challenge: str) -> bytes:
        """Send a challenge; the line that comes back."""
        await self.push(f"334 {base64.b64encode(challenge.encode()).decode()}")
        try:
            line: bytes = await self._reader.readline()
        except ValueError:
            self.end("500 5.5.6 that line is too long")
        return line

    def _refuse_login(self, arg: str | None) -> str:
        """Why nobody logs in now, or nothing."""
        if self.listener.logins is None:
            return NOT_HERE
        if not self.secure:
            return NOT_IN_THE_CLEAR
        if self.user or self.envelope.mail_from is not None:
            return "503 5.5.1 not now: log in once, before MAIL"
        if len((arg or "").split()) not in (1, 2):
            return "501 5.5.4 AUTH MECHANISM [RESPONSE] is expected"
        return ""

    async def _log_in(self, credentials: Credentials) -> str:
        """Check user and password; the reply."""
        assert self.listener.logins is not None
        try:
            user = await self.listener.logins.user(credentials, network_of(self.client))
        except (OSError, UsersFileError) as error:
            log.error("nobody can log in", road=self.road, reason=str(error))
            return "454 4.7.0 a fault of ours, try again later"
        if user:
            self.user = user
            log.info("logged in", road=self.road, client=self.client, user=user)
            return "235 2.7.0 logged in"
        self.log_refusal(WRONG)
        self._wrong += 1
        if self._wrong >= self.listener.limits.log_ins:
            self.end(TOO_MANY_WRONG)
        return WRONG
