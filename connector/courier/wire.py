"""The bytes to and from the relay: lines that are kept until they are asked for, within a limit."""

from __future__ import annotations

import asyncio

LINE_LIMIT = 8192


class Wire(asyncio.Protocol):
    """One connection. `line` gives what has come in already, so that replies that came together cost one wait."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._buffer = bytearray()
        self._ended: Exception | None = None  # why nothing more will come
        self._changed: asyncio.Future[None] | None = None
        self._waits_until = 0.0  # so long is waited for a change, by the loop's clock
        self._timer: asyncio.TimerHandle | None = None
        self._reading = self._writing = True
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether the relay has not closed it, as far as one can see."""
        return (self._ended is None or bool(self._buffer)) and not self._transport.is_closing()

    def line(self) -> bytes | None:
        """The next line, or None while it is not there. Raises OSError, IncompleteReadError, ValueError."""
        end = self._buffer.find(b"\n", 0, LINE_LIMIT)
        if end < 0:
            if len(self._buffer) >= LINE_LIMIT:
                raise ValueError(f"a line of more than {LINE_LIMIT} bytes")
            if self._ended is not None:
                raise self._ended
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        if not self._reading and len(self._buffer) <= LINE_LIMIT:
            self._reading = True
            self._transport.resume_reading()
        return line

    async def more(self, end: float) -> None:
        """Wait until there is something new to read or to know; TimeoutError at that time by the loop's clock."""
        await self._change(end)

    async def drain(self, end: float) -> None:
        """Wait until the relay has taken most of what was written. Raises as `line` and `more` do."""
        while not self._writing and self._ended is None:
            await self._change(end)
        if self._ended is not None:
            raise self._ended

    # -- what asyncio tells -------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Keep what came; a relay that says more than it is asked has to wait."""
        self._buffer += data
        if self._reading and len(self._buffer) > 2 * LINE_LIMIT:
            self._reading = False
            self._transport.pause_reading()
        self._tell()

    def eof_received(self) -> None:
        """The relay says no more; the connection is closed."""
        self._end(asyncio.IncompleteReadError(b"", None))

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self._end(error or asyncio.IncompleteReadError(b"", None))

    def pause_writing(self) -> None:
        """Much of what was written has not gone out."""
        self._writing = False

    def resume_writing(self) -> None:
        """There is room again."""
        self._writing = True
        self._tell()

    def _end(self, why: Exception) -> None:
        self._ended = self._ended or why
        self._tell()

    def _change(self, end: float) -> asyncio.Future[None]:
        """Done when something is new, or there is room to write; TimeoutError at the end.

        A timer that is set goes on from one wait to the next, and looks at its time whether it still is the end: nearly
        all waits are short, and setting a timer for each would cost more than all else of them.
        """
        loop = asyncio.get_running_loop()
        self._changed = loop.create_future()
        self._waits_until = end
        if self._timer is None or self._timer.when() > end:
            self._set_timer(loop)
        return self._changed

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(self._waits_until, self._time_passed)

    def _tell(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    def _time_passed(self) -> None:
        self._timer = None
        if self._changed is None or self._changed.done():
            return  # nobody waits
        loop = asyncio.get_running_loop()
        if loop.time() < self._waits_until:
            self._set_timer(loop)
        else:
            self._changed.set_exception(TimeoutError())
