"""In front of a worker's path: its stages have the defect that a mail's header `X-Defect` names."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import Any


def segfault() -> None:
    """As a library in C may."""
    os.kill(os.getpid(), signal.SIGSEGV)


def memory() -> None:
    """Takes memory without end."""
    taken = []
    while True:
        taken.append(bytearray(1 << 24))


def endless() -> None:
    """Never ends."""
    while True:
        pass


if "connector.worker" in sys.orig_argv:
    from connector import pipeline

    sound = pipeline.ask

    def ask(raw: bytes, *rest: Any) -> Any:
        """The first stage, with the mail's defect."""
        if found := re.search(rb"^X-Defect: (\w+)", raw, re.MULTILINE):
            {b"segfault": segfault, b"memory": memory, b"endless": endless}[found[1]]()
        return sound(raw, *rest)

    pipeline.ask = ask  # type: ignore[assignment]
