"""The time in UTC, and whether somebody put the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


class Jumps:
    """Compares the clock with the one that cannot be put."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._offset = self._now()

    def seconds(self) -> float:
        """How far the clock was put since the last call, forward or back."""
        before, self._offset = self._offset, self._now()
        return self._offset - before

    def _now(self) -> float:
        return self._clock().timestamp() - time.monotonic()
