"""A TCP proxy that cuts each connection after a random number of bytes."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

PIECE = 4096


class CuttingProxy:
    """Stands between a client and a server; `cuts` is how often it has cut."""

    def __init__(self, target: Callable[[], int], mean: int, rng: random.Random) -> None:
        self._target = target  # the server's port, which may change
        self._mean = mean  # bytes that a connection lives for
        self._rng = rng
        self._lock = threading.Lock()
        self.port = 0
        self.cuts = 0
        self.connections = 0

    @contextmanager
    def running(self) -> Iterator[CuttingProxy]:
        """Listen on a free port until the block ends."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        try:
            yield self
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError):
                server = socket.create_connection(("127.0.0.1", self._target()), 5)
                server.settimeout(None)
                _Pair(self, client, server, self._lifetime()).start()
                continue
            client.close()

    def _lifetime(self) -> int:
        """The first connection is always cut, the others live as long as chance has it."""
        self.connections += 1
        return self._mean // 2 if self.connections == 1 else int(self._rng.expovariate(1 / self._mean))

    def cut(self) -> None:
        """One more was cut."""
        with self._lock:
            self.cuts += 1


class _Pair:
    """Two connections that are one."""

    def __init__(self, proxy: CuttingProxy, client: socket.socket, server: socket.socket, lifetime: int) -> None:
        self._proxy = proxy
        self._ends = (client, server)
        self._left = lifetime

    def start(self) -> None:
        """Carry bytes in both directions."""
        client, server = self._ends
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                piece = piece[: self._left]
                self._left -= len(piece)
                sink.sendall(piece)
                if self._left <= 0:
                    self._proxy.cut()
                    break
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
