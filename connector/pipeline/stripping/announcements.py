"""Tells whether the writer says that answers stand among the quoted lines ("see my answers in red below", B53)."""

from __future__ import annotations

from itertools import zip_longest

from connector.pipeline.stripping.labels import ATTRIBUTION, DELIMITER, HEADER, QUOTE, TEXT, Labelled
from connector.rulebook import Matcher

NEAREST = 30
"""Lines above the quotation that are looked at."""
_QUOTED = frozenset((ATTRIBUTION, DELIMITER, HEADER, QUOTE))


def announces_answers(text: Labelled, matcher: Matcher) -> bool:
    """Whether a line above the first quoted one, or two that were wrapped, announces answers below."""
    first = next((at for at, label in enumerate(text.labels) if label in _QUOTED), 0)
    lines = [text.lines[at] for at in range(max(0, first - NEAREST), first) if text.labels[at] == TEXT]
    rules = matcher.possible("answers-below", lines)
    pairs = zip_longest(lines, lines[1:], fillvalue="") if rules else ()
    return any(matcher.first(rules, f"{line} {below}") for line, below in pairs)
