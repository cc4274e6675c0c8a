"""Somebody on the way to a mail server, who speaks TLS in its place, or keeps TLS from being spoken.

Stands before any server of IMAP, POP3 or SMTP that is there in the clear, passes on what both say, and remembers what
it read of the client: `read` before TLS had begun, and behind it. With `certificate` it begins TLS itself, from the
first byte (`implicit`) or when the client asks for it; without one it takes the offers of TLS out of what the server
says, and answers who asks all the same that there is none.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OFFER = re.compile(rb"(?im)^(?:250[- ]STARTTLS|STLS)\r\n|[ ]STARTTLS\b")
ASKED = re.compile(rb"(?i)^(?:(\S+) )?(STARTTLS|STLS)\r\n$")
GO_ON = {"imap": b"%b OK go on\r\n", "pop3": b"+OK go on\r\n", "smtp": b"220 2.0.0 go on\r\n"}
NO = {"imap": b"%b BAD not here\r\n", "pop3": b"-ERR not here\r\n", "smtp": b"502 5.5.1 not here\r\n"}
CHUNK = 1 << 16


@dataclass
class TlsProxy:
    """Who it stands before, and how it deceives."""

    protocol: str  # imap, pop3, smtp
    server: int  # the server's port on 127.0.0.1, in the clear
    certificate: ssl.SSLContext | None = None
    implicit: bool = False
    port: int = 0
    connections: int = 0
    read: bytearray = field(default_factory=bytearray)

    @contextmanager
    def running(self) -> Iterator[TlsProxy]:
        """Listen on a free port of 127.0.0.1 until the block ends, in a thread of its own."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        server = asyncio.run_coroutine_threadsafe(self._listen(), loop).result()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(server.close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    async def _listen(self) -> asyncio.Server:
        implicit = self.certificate if self.implicit else None
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=implicit)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connected(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        self.connections += 1
        server, to_server = await asyncio.open_connection("127.0.0.1", self.server)
        back = asyncio.create_task(self._pass_back(server, to_client))
        with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await self._pass_on(client, to_client, to_server)
        back.cancel()
        for writer in (to_server, to_client):
            writer.transport.abort()

    async def _pass_on(
        self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter, to_server: asyncio.StreamWriter
    ) -> None:
        """What the client says, a line at a time; who asks for TLS is answered here."""
        while line := await client.readline():
            self.read += line
            asked = ASKED.match(line)
            if asked is None:
                to_server.write(line)
                continue
            answer = (GO_ON if self.certificate else NO)[self.protocol]
            to_client.write(answer % (asked[1] or b"") if b"%b" in answer else answer)
            await to_client.drain()
            if self.certificate:
                await to_client.start_tls(self.certificate)

    async def _pass_back(self, server: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """What the server says; the offers of TLS are put there or taken out."""
        with suppress(ConnectionError):
            while said := await server.read(CHUNK):
                to_client.write(said if self.certificate else OFFER.sub(b"", said))
                await to_client.drain()
