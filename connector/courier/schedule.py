"""When a delivery is tried again, and when it is given up (B87)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

FIRST_PAUSE = 60.0  # seconds, about; Postfix begins with 300
LONGEST_PAUSE = 4000.0  # as Postfix
FIRST_RELAY_PAUSE = 5.0  # for a relay that is down altogether
LONGEST_RELAY_PAUSE = 300.0
JITTER = 0.25  # a quarter to either side, so that what failed together does not come back together


def pause(tries: int, rng: Random) -> float:
    """Seconds until the next try of a delivery that failed so many times; about 1 min, doubling up to 70 min."""
    return _growing(FIRST_PAUSE, LONGEST_PAUSE, tries, rng)


def relay_pause(failures: int, rng: Random) -> float:
    """Seconds until a relay that could not be used so many times in a row is tried again."""
    return _growing(FIRST_RELAY_PAUSE, LONGEST_RELAY_PAUSE, failures, rng)


def next_try(now: datetime, wait: float, created_at: datetime, give_up_after: timedelta) -> datetime | None:
    """When to try again, at the latest at the end of the time; None when it is over."""
    end = created_at + give_up_after
    if now >= end:
        return None
    return min(now + timedelta(seconds=wait), end)


def _growing(first: float, longest: float, times: int, rng: Random) -> float:
    wait = first * 2.0 ** min(max(times, 1) - 1, 30)
    return min(wait, longest) * rng.uniform(1 - JITTER, 1 + JITTER)
