"""Parts that several patterns share (Kind define)."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.rulebook import RuleErrors, read_rules

DEFINED = """
[device]
Kind = define
Pattern = iPhone|Galaxy

[footer]
Kind = footer
Pattern = ^Sent from my (?&device)$
Example = Sent from my Galaxy
CounterExample = Sent from my Galaxy S
"""


def test_definition__stands_for_its_pattern(tmp_path: Path) -> None:
    """B51: a pattern calls a section of Kind define by its name, as a group of its own; it is no rule itself."""
    tmp_path.joinpath("a.ini").write_text(DEFINED, encoding="utf-8")
    rules = read_rules(tmp_path)
    assert [rule.pattern for rule in rules.of("footer")] == ["^Sent from my (?:iPhone|Galaxy)$"]
    assert len(rules) == 1


def test_definition__must_stand_above(tmp_path: Path) -> None:
    """B51: a call of what nothing above defines is told with its place."""
    tmp_path.joinpath("a.ini").write_text(DEFINED.replace("(?&device)", "(?&phone)"), encoding="utf-8")
    with pytest.raises(
        RuleErrors, match=r"a\.ini:8: \[footer\] Pattern: found \(\?&phone\), which nothing above defines"
    ):
        read_rules(tmp_path)
