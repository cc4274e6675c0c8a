"""Every shipped rule over the longest lines of what it likes least."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from connector.rulebook import Rule, read_rules
from connector.rulebook.rules import LINE_LIMIT, compiled

RULES = read_rules(Path(__file__).parents[2] / "rules")
EACH = [rule for rules in RULES.by_kind.values() for rule in rules]
PIECES = [
    "a", " ", ":", ">", "-", "<", "(", "1", '"', "*", "/", "\u200f", "年", "כ", "On 1 ", "12:30 ", "a@b ", "<a@b.c> ",
    "2024 ", "wrote: ", "On 5 Mar 2024 at 14:07 Ann <a@b.c> wrote ", "> From: a@b.c 12:30 ", "Sent from my iPhone ",
    "iPhone 12 ", "http://a ", "this message is confidential ", "if you are not the intended ", "my answers are ",
    "Kind regards ",
]  # fmt: skip
SECONDS = 0.02
"""A fifth of `RuleTimeoutMilliseconds`; the machine may be busy, so that the best of three tries counts."""


def seconds(rule: Rule, line: str) -> float:
    started = time.process_time()
    compiled(rule.pattern, rule.flags).search(line)
    return time.process_time() - started


@pytest.mark.parametrize("rule", EACH, ids=lambda rule: rule.name)
def test_shipped_rule__is_quick_on_nasty_lines(rule: Rule) -> None:
    """B52: no shipped rule comes near its time limit, whatever the line, ended with a colon or not."""
    for piece in PIECES:
        for line in ((piece * LINE_LIMIT)[:LINE_LIMIT], (piece * LINE_LIMIT)[: LINE_LIMIT - 1] + ":"):
            assert seconds(rule, line) < SECONDS or min(seconds(rule, line) for _ in range(2)) < SECONDS, repr(piece)
