"""Rule files read in a child process."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.rulebook import Limits, RuleErrors, read_rules
from connector.workbench.reading import read_in_child

FOLDER = Path(__file__).parent / "rules"
UNSTOPPABLE = rf"""
[good]
Kind = footer
Pattern = ^a$
Example = a
CounterExample = b

[unstoppable]
Kind = footer
Pattern = ^(?=(a+))(?:\1|a|(a))*$
Example = aaa
Example2 = {"a" * 3000}b
CounterExample = b
"""
"""On the second example the regex module looks at its clock too seldom to be stopped within seconds."""


def test_reading__gives_the_rules_that_the_files_hold() -> None:
    """B55: the child hands them over as they are, with the limits."""
    limits = Limits(7, 70)

    assert read_in_child(FOLDER, limits) == read_rules(FOLDER, limits)


def test_reading__names_the_example_that_the_child_does_not_come_back_from(tmp_path: Path) -> None:
    """B52, B55: examples are executed in the child; the one that never ends is named with file, line and rule."""
    (tmp_path / "own.ini").write_text(UNSTOPPABLE, "utf-8")

    with pytest.raises(RuleErrors) as refused:
        read_in_child(tmp_path, Limits(), patience=0.5)

    [problem] = refused.value.problems
    assert (problem.file.name, problem.line, problem.section) == ("own.ini", 12, "unstoppable")
    assert (problem.key, problem.allowed) == ("Example2", "a faster pattern")
    assert "did not come back within 0.5 s" in problem.found


def test_reading__tells_all_that_is_wrong_with_the_files(tmp_path: Path) -> None:
    """B51: what the child finds is told as `read_rules` does; a pattern that is too large is one of the problems."""
    deep = "(?:" * 3000 + "a" + ")" * 3000
    (tmp_path / "own.ini").write_text(f"[one]\nKind = footer\nPattern = {deep}\n\n[two]\nKind = other\n", "utf-8")

    with pytest.raises(RuleErrors) as refused:
        read_in_child(tmp_path, Limits())

    found = [(one.section, one.found) for one in refused.value.problems]
    assert ("one", "a pattern that is too large to compile") in found
    assert ("two", "'other'") in found
