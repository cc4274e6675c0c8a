"""The bytes from the relay, on real sockets: what comes unasked waits, and what was said before the end counts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest

from connector.courier.connection import Connection, RelayGone, RelaySilent, TimeLimits
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


def test_reply__is_waited_for_as_long_as_each_wait_says() -> None:
    """B87: a timer that is left from a wait before neither ends the next one early nor lets it go on for longer."""

    async def script(connection: Connection, relay: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        for wait, answer in ((5.0, 0.01), (0.05, 0.01), (5.0, 0.1)):
            loop.call_later(answer, relay.send, b"250 here\r\n")
            assert (await connection.reply(wait)).code == 250
        begun = loop.time()
        with pytest.raises(RelaySilent):
            await connection.reply(0.05)
        assert 0.05 <= loop.time() - begun < 2

    _play(script)


def test_reply__ends_when_the_relay_has_had_its_time() -> None:
    """B87: a transaction has an end, however much time each of its replies has."""

    async def script(connection: Connection, relay: socket.socket) -> None:
        connection.ends_at = asyncio.get_running_loop().time() + 0.05
        with pytest.raises(TimeoutError):
            await connection.reply(5.0)
        with pytest.raises(TimeoutError):
            await connection.send_content(iter([b"x" * 1024 * 1024 + b"\r\n"] * 9), 9 * 1024 * 1024)
        await connection.quit()

    _play(script)
