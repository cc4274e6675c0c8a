"""The listeners that are configured, through starts, reloads and the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from connector.config.settings import Settings
from connector.intake.listener import Accept, Listener
from connector.intake.lmtp import LmtpIntake
from connector.intake.smtp import SmtpIntake
from connector.spool_file import IncomingFile

log = structlog.get_logger("server")


class Listeners:
    """SMTP and LMTP, as far as they are active. The arguments are those of `Listener`."""

    def __init__(
        self, incoming: Callable[[], IncomingFile], accept: Accept, on_accepted: Callable[[str], None]
    ) -> None:
        self._taking = incoming, accept, on_accepted
        self._smtp: SmtpIntake | None = None
        self._lmtp: LmtpIntake | None = None

    async def start(self, settings: Settings) -> None:
        """Listen. Raises OSError, whose text says where, for an address that cannot be had."""
        await self._start_smtp(settings)
        await self._start_lmtp(settings)

    async def change(self, old: Settings, new: Settings) -> None:
        """Go over to a new configuration: a listener stops only where its sections changed.

        Where the new address or certificate cannot be had, the old ones are taken again, and OSError is raised.
        """
        try:
            await self._change(old, new)
        except OSError:
            await self._change(new, old)
            raise

    async def stop(self, seconds: float) -> None:
        """Listen no more; mails that are coming in have so many seconds."""
        await asyncio.gather(*(listener.stop(seconds) for listener in (self._smtp, self._lmtp) if listener))
        self._smtp = self._lmtp = None

    async def _change(self, old: Settings, new: Settings) -> None:
        seconds, public = old.service.stop_seconds, new.connector.public_addresses
        if self._smtp is not None and new.smtp_in == old.smtp_in:
            self._smtp.read_certificate()
            self._smtp.set_public_addresses(public)
        else:
            await _stop(self._smtp, seconds)
            self._smtp = None
            await self._start_smtp(new)
        if self._lmtp is not None and (new.smtp_in, new.lmtp_in) == (old.smtp_in, old.lmtp_in):
            self._lmtp.set_public_addresses(public)
        else:
            await _stop(self._lmtp, seconds)
            self._lmtp = None
            await self._start_lmtp(new)

    async def _start_smtp(self, settings: Settings) -> None:
        limits = settings.smtp_in
        if not limits.active:
            return
        smtp = SmtpIntake(limits, settings.connector.public_addresses, *self._taking)
        await _started(smtp, f"Listen = {limits.host}:{limits.port} in [SMTPIN]")
        self._smtp = smtp
        log.info("listening", road="smtp", host=limits.host, port=smtp.port)

    async def _start_lmtp(self, settings: Settings) -> None:
        place = settings.lmtp_in.listen
        if not settings.lmtp_in.active or place is None:
            return
        shown = f"{place[0]}:{place[1]}" if isinstance(place, tuple) else str(place)
        lmtp = LmtpIntake(settings.lmtp_in, settings.smtp_in, settings.connector.public_addresses, *self._taking)
        await _started(lmtp, f"Listen = {shown} in [LMTPIN]")
        self._lmtp = lmtp
        there = {"host": place[0], "port": lmtp.port} if isinstance(place, tuple) else {"path": shown}
        log.info("listening", road="lmtp", **there)


async def _started(listener: Listener, where: str) -> None:
    try:
        await listener.start()
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror or error} ({where})") from error


async def _stop(listener: Listener | None, seconds: float) -> None:
    if listener is not None:
        await listener.stop(seconds)
