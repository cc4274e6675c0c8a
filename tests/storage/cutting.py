"""Stands between the store and PostgreSQL, and cuts the connection at a COMMIT, so that nobody knows its outcome."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
PIECE = 1 << 16


class CommitCutter:
    """A Unix socket in `folder` that leads to the one in `target`; armed, it cuts at the next COMMIT, once.

    `how` is "lost" (COMMIT is done, its answer never comes), "unsent" (COMMIT never comes to the server), or "crash":
    COMMIT is sent, and then `crash` is called.

    Who connects after a cut is let through once the server is done with what was cut: unless it crashes meanwhile.
    """

    def __init__(self, folder: Path, target: Path, crash: Callable[[], None] = lambda: None) -> None:
        self.folder = folder
        self._target = target
        self._crash = crash
        self._open = threading.Event()
        self._open.set()
        self.how = ""
        self.cuts = 0

    @contextmanager
    def running(self) -> Iterator[CommitCutter]:
        """Listen until the block ends."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(self.folder / SOCKET))
            listener.listen()
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                yield self
            finally:
                listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._open.wait()
                server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                try:
                    server.connect(str(self._target / SOCKET))
                except OSError:
                    client.close()
                    continue
                for work in (self._carry, self._bring_back):
                    threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """What the store says; at a COMMIT it may be cut."""
        with suppress(OSError):
            while data := client.recv(PIECE):
                if self.how and b"COMMIT" in data:
                    self._cut(data, client, server)
                    return
                server.sendall(data)
        _end(client, server)

    def _cut(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        how, self.how = self.how, ""
        self.cuts += 1
        if how != "crash":
            self._open.clear()
        client.shutdown(socket.SHUT_WR)  # nothing of the answer comes back
        with suppress(OSError):
            if how != "unsent":
                server.sendall(data)
            if how == "crash":
                self._crash()
            server.shutdown(socket.SHUT_WR)
            while server.recv(PIECE):  # until the server is done with it
                pass
        _end(client, server)
        self._open.set()

    def _bring_back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(PIECE):
                client.sendall(data)
        _end(client, server)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
