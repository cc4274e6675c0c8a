"""One service alone works on a spool: the lock that it holds for as long as it lives."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from connector.spool_file import SpoolError


class SpoolInUse(SpoolError):
    """Another service works on this spool."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep the spool in this folder; raises SpoolInUse where another service has it, OSError where there is none."""
    with (folder / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise SpoolInUse(
                f"the spool {folder} is in use by process {file.read().strip() or '(unknown)'}: "
                "stop that service, or give this one a folder of its own (token Spool in [STORE])"
            ) from None
        with suppress(OSError):  # on a full disk nobody can be told who has it, and the service starts all the same
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), f"{os.getpid()}\n".encode())
        yield
