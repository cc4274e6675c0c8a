"""Cuts a connection that takes too long: a time-out of each read does not end a server that trickles."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

GRACE_SECONDS = 5.0
"""On stopping, the mail in hand may be finished within this time."""


class Watchdog:
    """Watches one connection; whoever waits on it when it is cut is told of its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self.cut_short = False

    def watch(self, line: socket.socket) -> None:
        """Watch this connection, also after it has become an encrypted one."""
        with self._lock:
            self._line = socket.socket(fileno=os.dup(line.fileno()))

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """What is done inside may take so long."""
        timer = self.cut_after(seconds)
        try:
            yield
        finally:
            timer.cancel()

    def cut_after(self, seconds: float) -> threading.Timer:
        """End the connection when this time is over."""
        timer = threading.Timer(seconds, self.cut)
        timer.daemon = True
        timer.start()
        return timer

    def cut(self) -> None:
        """End the connection, from whatever thread."""
        with self._lock:
            if self._line is not None:
                self.cut_short = True
                with suppress(OSError):  # it has ended by itself
                    self._line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Watchdog:
        return self

    def __exit__(self, *error: object) -> None:
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None
