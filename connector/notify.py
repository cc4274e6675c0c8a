"""Tells systemd how the service is (sd_notify(3)); without systemd it tells nobody (B103)."""

from __future__ import annotations

import os
import socket
import time


def tell(*lines: str) -> None:
    """Send the lines to NOTIFY_SOCKET, where there is one."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.connect("\0" + address[1:] if address.startswith("@") else address)
        sender.sendall("\n".join(lines).encode())


def ready() -> None:
    """Mail is being accepted."""
    tell("READY=1", "STATUS=accepting mail")


def reloading() -> None:
    """The configuration is being read again; `ready` ends it."""
    tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The mail in hand is being finished."""
    tell("STOPPING=1", "STATUS=finishing the mail in hand")


def alive() -> None:
    """The watchdog's sign of life."""
    tell("WATCHDOG=1")


def watchdog_seconds() -> float:
    """How often a sign of life is due: half of what systemd allows; 0 where it asks for none."""
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000
