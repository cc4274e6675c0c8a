"""The measure of `rules replay`, small: real mails filed, the real command, the report (B55)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import replay, threads
from bench.replay import Results, Run


@pytest.mark.timeout(300)
@pytest.mark.long
def test_a_small_replay_is_measured(tmp_path: Path) -> None:
    """All mails are replayed, some become different, none fails; the store is taken as it is the next time."""
    ini = replay.stored(tmp_path / "store", 200)
    assert replay.stored(tmp_path / "store", 1) == ini

    found = replay.measure(ini, replay.changed_rules(tmp_path / "candidates"), 1)

    assert found.mails == 200
    assert 0 < found.different < 100
    assert found.bound == 2.4
    assert "# `rules replay` over 200 mails" in replay.markdown(found)


def test_a_bound_that_is_not_kept_is_told() -> None:
    """120 seconds for 10,000 mails; the median counts."""
    runs = (Run(119.0, 200.0, 90.0, 0.1), Run(121.0, 200.0, 90.0, 0.1), Run(140.0, 200.0, 90.0, 0.1))
    assert "Not kept." in replay.markdown(Results(10_000, 100.0, 1000, runs))
    assert "under 120 s on two cores. Kept." in replay.markdown(Results(10_000, 100.0, 1000, runs[:1]))


def test_threads_are_answered_by_both_sides() -> None:
    """The same seed gives the same mails; replies name their ticket and quote; HTML, text and attachments are there."""
    made = threads.generate(300, 5)
    assert made == threads.generate(300, 5)
    replies = [mail for mail in made.mails if b"\r\nIn-Reply-To: " in mail.raw]
    assert len(replies) == 300 - made.tickets > 80
    assert all(f"[{mail.number}]".encode() in mail.raw for mail in replies)
    assert {mail.sender.partition("@")[0].rstrip("0123456789") for mail in made.mails} == {"person", "staff"}
    assert 10 < len(made.mails) - len(made.small) < 60
    types = [tuple(kind in mail.raw for kind in (b"text/plain", b"text/html")) for mail in made.mails]
    assert set(types) == {(True, False), (False, True), (True, True)}
