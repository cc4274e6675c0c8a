"""When a mail that could not be had is tried again."""

from __future__ import annotations

from connector.intake.retries import Retries, what_stays


def test_retries__at_once_and_then_later_and_later() -> None:
    """B2: three times at once, then after ten seconds, twice as long each time, up to an hour, and without end."""
    now = 0.0
    retries: Retries[int] = Retries(lambda: now)
    waits = []
    for _ in range(14):
        first = retries.attempt(7)
        begun = now
        while not retries.is_due(7):
            now += 5.0
        waits.append(now - begun)
        assert first == (len(waits) == 1)
    assert waits == [0, 0, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert (retries.in_vain(), retries.is_due(8)) == ([7], True)
    retries.forget(7)
    assert (retries.in_vain(), retries.times(7), retries.is_due(7)) == ([], 0, True)


def test_retries__what_was_not_the_mails_fault_does_not_count() -> None:
    """B6: a full disk, however often."""
    retries: Retries[int] = Retries(lambda: 0.0)
    for _ in range(10):
        retries.attempt(7)
        retries.pardon(7)
    assert (retries.times(7), retries.is_due(7), retries.in_vain()) == (0, True, [])


def test_what_stays__by_reason_and_not_all_by_name() -> None:
    """B107: an alarm is a line, however many mails there are."""
    assert (
        what_stays({"too large": [], "not given": range(8), "odd": ["a"]})
        == "not given: 0, 1, 2, 3, 4 and 3 more; odd: a"
    )
    assert what_stays({"too large": []}) == ""
