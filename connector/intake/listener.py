"""What all listeners share: connections on our own event loop, for the public addresses alone (B1, B2, B6)."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING

import structlog

from connector.config.settings import SmtpIn
from connector.intake.limits import Limits
from connector.mail.model import Envelope
from connector.spool_file import IncomingFile
from connector.spool_writer import Tell, resolve
from storage.addresses import is_among, normalise

if TYPE_CHECKING:
    from connector.intake.dialogue import Dialogue

Accept = Callable[[IncomingFile, Envelope, Tell], None]
BACKLOG = 1024
ABORT_SECONDS = 5.0  # for the last mails to reach the disk once their connections are cut
TOO_MANY = b"421 4.3.2 too many connections, try again later\r\n"
TOO_MANY_OF_YOURS = b"421 4.3.2 too many connections from this address, try again later\r\n"
log = structlog.get_logger("intake")


class Listener(ABC):
    """The listener and what its sessions share. Sizes and numbers are limited by `[SMTPIN]` on every road.

    `accept` brings a mail to the spool and tells its id; `on_accepted` is told each id; `incoming` makes the file that
    a mail is collected in.
    """

    road: str  # as in envelopes

    def __init__(
        self,
        settings: SmtpIn,
        public_addresses: Iterable[str],
        incoming: Callable[[], IncomingFile],
        accept: Accept,
        on_accepted: Callable[[str], None],
        limits: Limits | None = None,
    ) -> None:
        self.settings = settings
        self.incoming = incoming
        self.limits = limits or Limits()
        self.stopping = False
        self.sessions: dict[Dialogue, str] = {}  # and the network it comes from
        self._clients: Counter[str] = Counter()
        self._public = frozenset(normalise(address) for address in public_addresses)
        self._accept = accept
        self._on_accepted = on_accepted
        self._writing = 0  # mails
        self._written = asyncio.Event()
        self._empty = asyncio.Event()
        self._server: asyncio.Server | None = None

    @abstractmethod
    async def open(self, door: Callable[[], asyncio.Protocol]) -> asyncio.Server:
        """Listen, with a new protocol for each connection. Raises OSError where the address cannot be had."""

    @abstractmethod
    def session(self) -> Dialogue:
        """The dialogue of a new connection."""

    @property
    def port(self) -> int:
        """The port that is listened on, also where the configuration leaves the choice to the system."""
        assert self._server is not None, "start() comes first"
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises OSError where the address cannot be had."""
        self._server = await self.open(lambda: _Door(self))

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
        if self._writing:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._written.wait(), ABORT_SECONDS)

    def set_public_addresses(self, addresses: Iterable[str]) -> None:
        """Take mail for these addresses from now on (a reloaded configuration)."""
        self._public = frozenset(normalise(address) for address in addresses)

    def is_public(self, address: str) -> bool:
        """Whether mail for the address is taken: a public address, or a plus-form of one (B6)."""
        return is_among(normalise(address), self._public)

    def refusal(self, client: str) -> bytes:
        """Why a client may not come in now, or nothing."""
        if len(self.sessions) >= self.settings.max_connections:
            return TOO_MANY
        most = self.settings.max_connections_per_client
        return TOO_MANY_OF_YOURS if client and self._clients[network_of(client)] >= most else b""

    def enter(self, client: str) -> Dialogue:
        """A session begins."""
        session = self.session()
        self.sessions[session] = network_of(client)
        self._clients[self.sessions[session]] += 1
        self._empty.clear()
        return session

    def leave(self, session: Dialogue) -> None:
        """A session has ended; said twice, it counts once."""
        client = self.sessions.pop(session, None)
        if client is None:
            return
        self._clients[client] -= 1
        if not self._clients[client]:
            del self._clients[client]
        if not self.sessions:
            self._empty.set()

    async def take(self, incoming: IncomingFile, envelope: Envelope) -> str:
        """Accept a mail; the caller's end does not end it. Raises SpoolError."""
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._accept(incoming, envelope, partial(self._tell, incoming, envelope, told))
        self._writing += 1
        self._written.clear()
        return await told

    def _tell(
        self, incoming: IncomingFile, envelope: Envelope, told: asyncio.Future[str], mail: str, error: Exception | None
    ) -> None:
        """Tell of a mail that is on the disk, before its sender hears of it."""
        self._writing -= 1
        if not self._writing:
            self._written.set()
        if error is None:
            log.info(
                "accepted", mail=mail, road=envelope.road, client=envelope.client, sender=envelope.mail_from,
                recipients=len(envelope.rcpt_to), size=incoming.size,
            )  # fmt: skip
            self._on_accepted(mail)
        resolve(told, mail, error)


class _Door(asyncio.Protocol):
    """Who comes is known when the connection is there: a session begins, or one line says why not."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        client = address_of(transport.get_extra_info("peername"))
        if refusal := self._listener.refusal(client):
            log.info("refused", road=self._listener.road, client=client, reply=refusal.decode().strip())
            transport.write(refusal)
            transport.close()
            return
        session = self._listener.enter(client)
        transport.set_protocol(session)
        session.connection_made(transport)


def address_of(peer: object) -> str:
    """A client's address; nothing where it comes by a Unix socket."""
    return str(peer[0]) if isinstance(peer, tuple) else ""


def network_of(address: str) -> str:
    """Whom an address belongs to: one of IPv6 is one of very many that a client has at will (RFC 6177)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), 64), strict=False))
