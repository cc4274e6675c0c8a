"""Which rules had no time to say anything about a mail, as reasons: any stage that asks rules records them (B52)."""

from __future__ import annotations

from collections.abc import Iterable

from connector.pipeline.verdicts import Reason, because
from connector.rulebook import Matcher

PASSED_OVER = "rule-passed-over"


def unasked(matcher: Matcher) -> tuple[Reason, ...]:
    """One reason for each rule that took too long, and one where the time for all rules was used up."""
    passed_over = tuple(because(PASSED_OVER, rule=name) for name in matcher.passed_over)
    return (*passed_over, because("rules-out-of-time")) if matcher.out_of_time else passed_over


def too_slow(reasons: Iterable[Reason]) -> tuple[str, ...]:
    """The rules that reasons name as passed over, each once."""
    return tuple(dict.fromkeys(str(one.facts["rule"]) for one in reasons if one.code == PASSED_OVER))
