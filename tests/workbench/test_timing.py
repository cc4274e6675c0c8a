"""Rules timed on nasty lines, in a child process."""

from __future__ import annotations

from pathlib import Path

from connector.rulebook import read_rules
from connector.rulebook.rules import LINE_LIMIT
from connector.workbench.nasty import nasty_lines
from connector.workbench.timing import Trial, time_rules, trials

QUICK = Trial("quick", r"^On .{1,200} wrote:$", "", ("On Monday, Jane wrote:",))
SLOW = Trial("slow", r"^(\w|\w\w)*:$", "")
LIMIT = 100.0


def test_timing__names_the_rule_that_never_ends_and_the_line() -> None:
    """B52: a rule over its limit has a fault and the line's beginning; the rules behind it are timed all the same."""
    done: list[int] = []

    first, slow, last = time_rules([QUICK, SLOW, QUICK], LIMIT, done.append)

    assert (first.fault, last.fault, len(done)) == ("", "", 3)
    assert (slow.name, slow.fault) == ("slow", "takes longer than 100 ms")
    assert slow.line


def test_timing__a_child_that_is_silent_is_ended_and_the_rule_named() -> None:
    """B52: where not even the time limit of a search ends it, the child process is killed."""
    [slow] = time_rules([SLOW], 600_000, lambda _: None, patience=0.5)

    assert slow.fault == "did not come back within 0.5 s"


def test_timing__near_misses_are_made_of_the_rules_own_examples() -> None:
    """B52: a pattern that only its own words make slow is found by them."""
    own = Trial("own", r"^(?:zebra |zebra zebra )*$", "", ("zebra zebra ",))

    [found] = time_rules([own], LIMIT, lambda _: None)

    assert found.fault


def test_nasty_lines__are_as_long_as_rules_ever_see() -> None:
    """B52: no longer, for what stands behind is not looked at, and hardly shorter."""
    assert {len(line) for line in nasty_lines(("On Monday, Jane wrote:",))} == {LINE_LIMIT}


def test_trials__hold_every_active_rule(tmp_path: Path) -> None:
    """B52: sender and subject of automatic rules are timed too, rules that are switched off are not."""
    folder = Path(__file__).parent / "rules"
    (tmp_path / "automatic.ini").write_text("[away]\nKind = detect\nSender = ^robot@\nSubject = ^Away\n")

    assert [one.name for one in trials(read_rules(folder))] == ["attribution-quick"]
    assert [one.pattern for one in trials(read_rules(tmp_path))] == ["^robot@", "^Away"]
