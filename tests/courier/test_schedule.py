"""When deliveries are tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from connector.courier import schedule

CREATED = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tries", "about"), [(1, 60), (2, 120), (3, 240), (6, 1920), (7, 3840), (8, 4000), (500, 4000)]
)
def test_pause__grows_from_one_minute_to_seventy(tries: int, about: float) -> None:
    """B87: pauses double from about a minute to about 70, each spread by a quarter to either side."""
    pauses = [schedule.pause(tries, Random(seed)) for seed in range(200)]

    assert min(pauses) >= about * 0.75
    assert max(pauses) <= about * 1.25
    assert max(pauses) - min(pauses) > about * 0.3


def test_relay_pause__is_short_at_first_and_five_minutes_at_most() -> None:
    """B87: a relay that is down is looked at soon, then less often."""
    assert schedule.relay_pause(1, Random(1)) < 10
    assert 200 < schedule.relay_pause(50, Random(1)) < 400


def test_next_try__last_one_is_at_the_end_of_the_time() -> None:
    """B87: nothing is put off past GiveUpAfterHours; at its end there is one last try."""
    day = timedelta(days=1)

    assert schedule.next_try(CREATED, 60, CREATED, day) == CREATED + timedelta(seconds=60)
    assert schedule.next_try(CREATED + 0.99 * day, 4000, CREATED, day) == CREATED + day


def test_next_try__is_over_after_the_time() -> None:
    """B87: after GiveUpAfterHours the delivery has failed."""
    assert schedule.next_try(CREATED + timedelta(hours=24), 60, CREATED, timedelta(hours=24)) is None
