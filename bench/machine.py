"""What the figures were made on: the machine, and the versions of what was run."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("aiosmtpd", "aiosmtplib", "peewee", "structlog", "apscheduler", "regex", "selectolax", "mail-parser")


def machine() -> str:
    """Cores, memory, system, Python and SQLite in one line."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3
    cores, system = len(os.sched_getaffinity(0)), f"{platform.system()} {platform.release()}"
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    return f"{cores} cores, {pages:.0f} GiB memory, {system}, Python {python}, SQLite {sqlite}"


def libraries() -> str:
    """The libraries that the time goes into, in one line."""
    return ", ".join(_libraries())


def _libraries() -> Iterator[str]:
    for name in LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
