"""The machine's clock: whether something keeps it right, and whether it was set back."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from connector.doctor.findings import Finding, ok, problem, skipped, warning

UNSYNCHRONISED = 5
"""TIME_ERROR of adjtimex(2)."""
TIMEX_BYTES = 512  # more than the struct has on any machine
TOLERATED = timedelta(minutes=5)


def kernel_state() -> int:
    """What adjtimex(2) says when it is asked to change nothing; -1 where it cannot be asked."""
    try:
        return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)))
    except (OSError, AttributeError):
        return -1


def synchronised(state: Callable[[], int] = kernel_state) -> Iterator[Finding]:
    """Whether a time service keeps the clock, as the kernel knows it."""
    found = state()
    if found < 0:
        yield skipped("clock", "the kernel does not tell whether anything keeps it right")
    elif found == UNSYNCHRONISED:
        what = "nothing keeps it right, as the kernel knows: log-ins by token, signatures and limits depend on it"
        yield warning("clock", what, "run a time service, such as systemd-timesyncd or chrony")
    else:
        yield ok("clock", "a time service keeps it")


def not_set_back(newest: datetime | None, now: datetime) -> Iterator[Finding]:
    """Whether the newest thing in the store lies in the future."""
    if newest is not None and newest - now > TOLERATED:
        what = f"the store has mail of {newest:%Y-%m-%d %H:%M} UTC, and the clock says {now:%Y-%m-%d %H:%M}"
        yield problem("clock", what, "set the clock; what is due waits until it has come to that time")
