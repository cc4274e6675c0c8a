"""Mail by LMTP, from a mail server on this machine or near it: a Unix socket or HOST:PORT (B1, B6, RFC 2033)."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from connector.config.settings import LmtpIn
from connector.intake.dialogue import Dialogue
from connector.intake.listener import BACKLOG, Listener
from connector.intake.lmtp_session import LmtpSession

MODE = 0o660  # the mail server is in our group


class LmtpIntake(Listener):
    """The listener; `place` says where."""

    def __init__(self, place: LmtpIn, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)
        self._place = place.listen
        self._socket: tuple[Path, int] | None = None  # and its inode: what has taken its place is not ours

    async def open(self, door: Callable[[], asyncio.Protocol]) -> asyncio.Server:
        """Listen on the socket, or on HOST:PORT."""
        loop = asyncio.get_running_loop()
        if isinstance(self._place, tuple):
            return await loop.create_server(door, *self._place, backlog=BACKLOG)
        assert self._place is not None, "the configuration has been checked"
        bound = bind(self._place)
        self._socket = self._place, self._place.stat().st_ino
        return await loop.create_unix_server(door, sock=bound, backlog=BACKLOG)

    road = LmtpSession.road

    def session(self) -> Dialogue:
        """LMTP."""
        return LmtpSession(self)

    async def stop(self, seconds: float) -> None:
        """Listen no more, and leave no socket behind."""
        await super().stop(seconds)
        if self._socket is not None:
            path, inode = self._socket
            with suppress(FileNotFoundError):
                if path.stat().st_ino == inode:
                    path.unlink()


def bind(path: Path) -> socket.socket:
    """A socket at a path, for owner and group; one that nobody listens on any more gives way. Raises OSError."""
    _make_way(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        bound.bind(os.fspath(path))
        path.chmod(MODE)  # nobody can connect before it is listened on
    except OSError:
        bound.close()
        raise
    return bound


def _make_way(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise OSError(errno.EEXIST, "there is something that is no socket", os.fspath(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, "somebody listens there", os.fspath(path))
