"""When a road has been silent for too long: nights and weekends count for nothing (B107)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connector.silence import silent_hours

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def always(time: datetime) -> bool:
    return True


def office(time: datetime) -> bool:
    return time.weekday() < 5 and 8 <= time.hour < 17


def every_second(time: datetime) -> bool:
    return office(time) and time.hour % 2 == 0


def hours(when: Callable[[datetime], bool], last: datetime, days: int = 28) -> list[datetime]:
    """The hours with mail before the last one, that included."""
    return [hour for number in range(24 * days, -1, -1) if when(hour := last - number * HOUR)]


FRIDAY = MONDAY + timedelta(days=32, hours=16)


@pytest.mark.parametrize(
    ("when", "last", "silent", "alarm"),
    [
        (always, MONDAY, 3.9, None),  # three whole hours have not passed yet
        (always, MONDAY, 4, (3, 1)),
        (office, FRIDAY, 63, None),  # Monday, 7 o'clock
        (office, FRIDAY, 66.9, None),
        (office, FRIDAY, 67, (3, 1)),  # Monday, 11 o'clock: 8, 9 and 10 brought nothing
        (every_second, FRIDAY, 68.9, None),  # in the hours in which there is mail otherwise: 8 and 10
        (every_second, FRIDAY, 69, (3, 1)),
    ],
)
def test_silence__is_counted_in_hours_that_usually_bring_mail(
    when: Callable[[datetime], bool], last: datetime, silent: float, alarm: tuple[int, int] | None
) -> None:
    """B107: three times the usual gap."""
    assert silent_hours(hours(when, last), last + timedelta(hours=silent)) == alarm


def test_silence__has_the_longest_gap_of_four_weeks_for_usual() -> None:
    """B107: where two hours brought nothing once, although they do otherwise, nine must."""
    known = hours(always, MONDAY)
    del known[100:102]
    assert silent_hours(known, MONDAY + 9 * HOUR) is None
    assert silent_hours(known, MONDAY + 10 * HOUR) == (9, 3)


@pytest.mark.parametrize("known", [[], hours(always, MONDAY, 6), hours(always, MONDAY)[::100]])
def test_silence__of_a_road_that_is_hardly_known_is_no_trouble(known: list[datetime]) -> None:
    """B107: less than a week, or mail in fewer than ten hours."""
    assert silent_hours(known, MONDAY + timedelta(days=300)) is None
