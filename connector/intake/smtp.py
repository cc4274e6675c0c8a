"""Mail by SMTP: a listener on our own event loop, for the public addresses alone (B1, B2, B6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import structlog

from connector.config.settings import SmtpIn
from connector.intake.smtp_session import SmtpSession
from connector.mail.model import Envelope
from connector.spool_file import IncomingFile
from storage.addresses import is_among, normalise

Accept = Callable[[IncomingFile, Envelope], Awaitable[str]]
BACKLOG = 1024
ABORT_SECONDS = 5.0  # for the last mails to reach the disk once their connections are cut
log = structlog.get_logger("intake")


class SmtpIntake:
    """The listener and what its sessions share.

    `accept` brings a mail to the spool and returns its id; `on_accepted` is told each id; `incoming` makes the file
    that a mail is collected in.
    """

    def __init__(
        self,
        settings: SmtpIn,
        public_addresses: Iterable[str],
        incoming: Callable[[], IncomingFile],
        accept: Accept,
        on_accepted: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self.incoming = incoming
        self.stopping = False
        self.sessions: set[SmtpSession] = set()
        self._public = frozenset(normalise(address) for address in public_addresses)
        self._accept = accept
        self._on_accepted = on_accepted
        self._writes: set[asyncio.Task[str]] = set()
        self._empty = asyncio.Event()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, also where the configuration leaves the choice to the system."""
        assert self._server is not None, "start() comes first"
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises OSError where the address cannot be had."""
        loop = asyncio.get_running_loop()
        host, port = self.settings.host, self.settings.port
        self._server = await loop.create_server(self._connect, host, port, backlog=BACKLOG)

    async def stop(self, seconds: float) -> None:
        """Listen no more; sessions in DATA have so many seconds to finish, the others end now."""
        self.stopping = True
        if self._server is not None:
            self._server.close()
        for session in list(self.sessions):
            session.end_if_idle()
        if self.sessions:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._empty.wait(), seconds)
        for session in list(self.sessions):
            session.abort()
        if self._writes:
            await asyncio.wait(self._writes, timeout=ABORT_SECONDS)

    def set_public_addresses(self, addresses: Iterable[str]) -> None:
        """Take mail for these addresses from now on (a reloaded configuration)."""
        self._public = frozenset(normalise(address) for address in addresses)

    def is_public(self, address: str) -> bool:
        """Whether mail for the address is taken: a public address, or a plus-form of one (B6)."""
        return is_among(normalise(address), self._public)

    def leave(self, session: SmtpSession) -> None:
        """A session has ended."""
        self.sessions.discard(session)
        if not self.sessions:
            self._empty.set()

    async def take(self, incoming: IncomingFile, envelope: Envelope) -> str:
        """Accept a mail; the caller's end does not end it. Raises SpoolError."""
        task = asyncio.create_task(self._take(incoming, envelope))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return await asyncio.shield(task)

    async def _take(self, incoming: IncomingFile, envelope: Envelope) -> str:
        mail = await self._accept(incoming, envelope)
        log.info(
            "accepted", mail=mail, road=envelope.road, client=envelope.client, sender=envelope.mail_from,
            recipients=len(envelope.rcpt_to), size=incoming.size,
        )  # fmt: skip
        self._on_accepted(mail)
        return mail

    def _connect(self) -> asyncio.Protocol:
        """The protocol of a new connection."""
        if len(self.sessions) >= self.settings.max_connections:
            return _Refusal(b"421 4.3.2 too many connections, try again later\r\n")
        session = SmtpSession(self, asyncio.get_running_loop())
        self.sessions.add(session)
        self._empty.clear()
        return session


class _Refusal(asyncio.Protocol):
    """A connection that is told one line and closed."""

    def __init__(self, reply: bytes) -> None:
        self._reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._reply)
        transport.close()
