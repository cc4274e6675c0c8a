"""When a road has been silent for too long: three times its usual gap, nights and weekends left out (B107).

An hour of the week counts if any mail came in it within the four weeks before the last mail; the usual gap is the
longest of those weeks, in hours that count. So what is silent every night and every weekend has no gap there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

HOUR = timedelta(hours=1)
LEARNT = timedelta(weeks=4)
LEAST = timedelta(weeks=1)
"""A road that is younger is not judged: its nights and weekends are not known yet."""
FEWEST = 10
"""Nor is one with mail in fewer hours than these."""
TIMES = 3
SHORTEST = TIMES * HOUR
"""No shorter silence is too long, whatever is usual: nothing has to be read for it."""


def silent_hours(hours: Sequence[datetime], now: datetime) -> tuple[int, int] | None:
    """How many hours that count have passed without a mail, and how many are usual; None while that is no trouble.

    `hours`: those in which mail came, the earliest first, in the four weeks before the last mail.
    """
    if len(hours) < FEWEST or hours[-1] - hours[0] < LEAST:
        return None
    counting = {_of_week(hour) for hour in hours}
    usual = max(_between(one, other, counting) for one, other in pairwise(hours))
    silent = _between(hours[-1], now.replace(minute=0, second=0, microsecond=0) - HOUR, counting)
    return (silent, usual) if silent >= TIMES * usual else None


def _of_week(time: datetime) -> tuple[int, int]:
    return time.weekday(), time.hour


def _between(first: datetime, last: datetime, counting: set[tuple[int, int]]) -> int:
    """How many hours that count lie behind the first one, up to the last one."""
    return sum(_of_week(first + number * HOUR) in counting for number in range(1, (last - first) // HOUR + 1))
