"""One process after the other where each would take the same thing: the next number of a ticket.

Numbers are optimistic, and right without this; but of two workers that open a ticket at the same time one decides in
vain. A turn is only ever waited for a moment, so that a process which hangs with it holds nobody up; one that dies
gives it back.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 0.2
LOOK_SECONDS = 0.001


class Turns:
    """Turns among all processes that know the same file; for one thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._fd = -1
        self._mine = False

    def take(self) -> bool:
        """Wait for the turn; False, and nothing is held, where it does not come in time or the disk fails."""
        if self._mine:
            return True
        end = time.monotonic() + PATIENCE_SECONDS
        with suppress(OSError):
            if self._fd < 0:
                self._fd = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            while not (mine := self._is_free()) and time.monotonic() < end:
                time.sleep(LOOK_SECONDS)
            self._mine = mine
        return self._mine

    def give(self) -> None:
        """Let the next one; also where nothing is held."""
        if self._mine:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            self._mine = False

    def _is_free(self) -> bool:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
