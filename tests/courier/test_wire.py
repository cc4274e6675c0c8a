"""The bytes from the relay, on real sockets: what comes unasked waits, and what was said before the end counts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from connector.courier.connection import Connection, RelayGone, TimeLimits
from connector.courier.wire import LINE_LIMIT

Script = Callable[[Connection, socket.socket], Awaitable[None]]


def _play(script: Script) -> None:
    """Run a script with a connection and the relay's end of it."""

    async def play() -> None:
        ours, relays = socket.socketpair()
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(asyncio.Protocol, ours)
        relays.setblocking(False)
        connection = Connection(transport, {}, TimeLimits(command=5.0))
        with relays:
            await script(connection, relays)
        connection.abort()

    asyncio.run(play())


def test_reply__what_was_said_before_the_end_counts() -> None:
    """B87: a relay may close the connection right after its reply."""

    async def script(connection: Connection, relay: socket.socket) -> None:
        relay.send(b"250-first\r\n250 last\r\n221 bye")
        relay.send(b"\r\n")
        relay.shutdown(socket.SHUT_WR)
        await asyncio.sleep(0.01)
        assert [str(await connection.reply()), str(await connection.reply())] == ["250 first last", "221 bye"]
        with pytest.raises(RelayGone, match="closed by the relay"):
            await connection.reply()

    _play(script)


def test_reply__a_relay_that_talks_unasked_has_to_wait() -> None:
    """B87: what nobody asked for fills no memory, and none of it is lost."""
    line = b"250 " + b"x" * 60 + b"\r\n"

    async def script(connection: Connection, relay: socket.socket) -> None:
        everything, sent = line * 100_000, 0
        for _ in range(100):
            try:
                sent += relay.send(everything[sent : sent + 64_000])
            except BlockingIOError:
                break
            await asyncio.sleep(0.001)
        assert len(connection._wire._buffer) < LINE_LIMIT + 256 * 1024 < sent
        assert {str(await connection.reply()) for _ in range(sent // len(line))} == {line.decode().strip()}

    _play(script)
