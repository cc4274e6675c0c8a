"""What tests of the listeners talk with: a client that says what it is told, and a running listener with its spool."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from connector import spool_queue
from connector.config.settings import LmtpIn, SmtpIn
from connector.intake.limits import Limits
from connector.intake.listener import Accept, Listener
from connector.intake.lmtp import LmtpIntake
from connector.intake.smtp import SmtpIntake
from connector.mail.model import Envelope
from connector.spool import Spool
from connector.spool_file import IncomingFile
from connector.spool_writer import SpoolWriter, Tell
from tests.authority import Authority

Accepting = Callable[[IncomingFile, Envelope], Coroutine[Any, Any, str]]
PUBLIC = ("Support@Company.example",)
START = "EHLO mx.x.example\r\nMAIL FROM:<amy@x.example>\r\nRCPT TO:<support@company.example>\r\nDATA\r\n"


class Client:
    """A client that says what it is told, line ends and all."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def reply(self) -> str:
        """One reply, lines joined."""
        lines = []
        while not lines or lines[-1][3:4] == "-":
            line = await asyncio.wait_for(self.reader.readline(), 5)
            if not line:
                return "closed"
            lines.append(line.decode().rstrip("\r\n"))
        return "\n".join(lines)

    async def say(self, data: str | bytes, replies: int = 1) -> str:
        """Send bytes as they are, or text; the last of so many replies."""
        self.writer.write(data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape"))
        return [await self.reply() for _ in range(replies)][-1]

    async def command(self, line: str) -> str:
        return await self.say(f"{line}\r\n")

    async def begin_tls(self, authority: Authority) -> None:
        """STARTTLS, with the certificate checked."""
        assert (await self.command("STARTTLS")).startswith("220 ")
        await self.writer.start_tls(authority.trusting(), server_hostname="localhost")


class Service:
    """A running intake with its spool."""

    def __init__(self, spool: Spool, intake: Listener, accepted: list[str]) -> None:
        self.spool, self.intake, self.accepted = spool, intake, accepted

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.intake.port))
        assert (await client.reply()).startswith("220 mx.company.example ")
        return client

    def mails(self) -> list[bytes]:
        return [spool_queue.read(self.spool, mail).raw for mail in self.spool.waiting()]


def _told(accept: Accepting) -> Accept:
    """A coroutine in the place of the spool's writer."""

    def begin(incoming: IncomingFile, envelope: Envelope, tell: Tell) -> None:
        async def run() -> None:
            try:
                mail = await accept(incoming, envelope)
            except Exception as error:
                tell("", error)
            else:
                tell(mail, None)

        begun.append(asyncio.ensure_future(run()))

    begun: list[asyncio.Future[None]] = []
    return begin


@asynccontextmanager
async def running(
    folder: Path,
    accept: Accepting | None = None,
    limits: Limits | None = None,
    lmtp: LmtpIn | None = None,
    **settings: Any,
) -> AsyncIterator[Service]:
    """A listener: SMTP, or LMTP where `lmtp` says where."""
    spool = Spool(folder)
    writer = SpoolWriter(spool)
    writer.start()
    accepted: list[str] = []
    small = {"max_message_size": 1_000_000, "max_connections": 5, "max_recipients": 3}
    smtp = SmtpIn(True, "127.0.0.1", 0, "mx.company.example", **small | settings)
    taking = smtp, PUBLIC, spool.incoming, _told(accept) if accept else writer.hand_over, accepted.append, limits
    intake: Listener = LmtpIntake(lmtp, *taking) if lmtp else SmtpIntake(*taking)
    await intake.start()
    try:
        yield Service(spool, intake, accepted)
    finally:
        await intake.stop(1)
        writer.stop()


def scenario(folder: Path, script: Callable[[Service, Client], Awaitable[None]], **options: Any) -> None:
    """Run a script with one connected client."""

    async def run() -> None:
        async with running(folder, **options) as service:
            await script(service, await service.connect())

    asyncio.run(run())
