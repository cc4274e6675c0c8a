"""Rules that are too slow too often."""

from __future__ import annotations

from connector.rulebook import Rule, Rules
from connector.rulebook.watch import RuleWatch


def test_watch__a_rule_goes_after_three_mails_and_is_named_once() -> None:
    """B52: three mails, not three lines of one; what is off already is not told again."""
    watch = RuleWatch()
    counted = [watch.count(slow) for slow in (["a", "a"], ["b"], ["a"], ["a", "b"], ["a"], ["b"])]
    assert counted == [[], [], [], ["a"], [], ["b"]]
    assert watch.off == ["a", "b"]


def test_rules_without__lose_that_one_alone() -> None:
    """B52: the others stay, in order."""
    rules = Rules({"footer": (Rule("a", "footer", "a"), Rule("b", "footer", "b"), Rule("c", "footer", "c"))})
    assert [rule.name for rule in rules.without("b").of("footer")] == ["a", "c"]
