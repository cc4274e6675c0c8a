"""Tells systemd how the service is (sd_notify(3)); without systemd it tells nobody (B103)."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable

import structlog

SEND_SECONDS = 1.0  # so long a systemd that takes nothing may hold up the service
log = structlog.get_logger("notify")


def tell(*lines: str) -> None:
    """Send the lines to NOTIFY_SOCKET, where there is one: a path, or `@` and an abstract name. Never raises."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(SEND_SECONDS)
            sender.connect("\0" + address[1:] if address.startswith("@") else address)
            sender.sendall("\n".join(lines).encode())
    except OSError as error:
        log.warning("systemd was not told", what=lines[0], reason=str(error))


def ready(status: str = "accepting mail") -> None:
    """Mail is being accepted."""
    tell("READY=1", f"STATUS={status}")


def reloading() -> None:
    """The configuration is being read again; `ready` ends it. The time is what Type=notify-reload asks for."""
    tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The mail in hand is being finished."""
    tell("STOPPING=1", "STATUS=finishing the mail in hand")


def watchdog_seconds() -> float:
    """How often a sign of life is due: half of what systemd allows; 0 where it asks for none, or not this process."""
    wanted, whose = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or whose not in ("", str(os.getpid())):
        return 0.0
    return int(wanted) / 2_000_000


async def keep_alive(trouble: Callable[[], str]) -> None:
    """Give signs of life out of the event loop itself, so that there is none while it is stuck, for ever.

    Neither is there one while `trouble` says what is wrong: systemd starts the service anew then. Returns at once
    where systemd asks for none.
    """
    while seconds := watchdog_seconds():
        if what := trouble():
            log.error("no sign of life is given", reason=what)
        else:
            tell("WATCHDOG=1")
        await asyncio.sleep(seconds)
