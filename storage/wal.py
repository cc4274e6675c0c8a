"""SQLite's log as one process brings it to the disk; a sync that failed is never tried again on it.

The system tells of a write that failed once, to everybody who has the file open by then, and may drop what it could not
write: a second sync would say that all is well. So the log is kept open, and after a failure the whole of it is brought
into the database, and begun anew, before anything counts as safe.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from storage.records import StoreBusy


class Log:
    """The log at `path`, which may not be there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._failed = False

    def open(self) -> None:
        """Be told from now on of what cannot be written. Raises OSError."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            self.close()  # the last of others to close it has brought all of it into the database
            return
        if self._fd < 0 or not os.path.samestat(os.fstat(self._fd), found):
            self.close()
            self._fd = os.open(self._path, os.O_RDONLY)

    def sync(self, bring_in: Callable[[], bool]) -> None:
        """Bring what is in it to the disk; `bring_in` brings all of it into the database, or says False. StoreBusy."""
        if self._failed:
            if not bring_in():
                raise StoreBusy(f"the disk did not take {self._path.name}, and others still read it")
            self._failed = False
        try:
            self.open()
            if self._fd >= 0:
                self._sync()
        except OSError as error:
            raise StoreBusy(f"the disk does not take {self._path.name}: {error.strerror}") from error

    def _sync(self) -> None:
        try:
            os.fsync(self._fd)
        except OSError:
            self._failed = True
            raise

    def close(self) -> None:
        """Let go of it; SQLite locks nothing on it, so that this takes nobody's lock away."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
