"""Reads rule files in a child process: a pattern may never end, or eat memory, on its own examples (B52, B55)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from connector.ini import Problem
from connector.rulebook import Limits, RuleErrors, Rules, read_rules
from connector.workbench.child import PATIENCE, Tell, answers


def read_in_child(folder: Path, limits: Limits, patience: float = PATIENCE) -> Rules:
    """As `read_rules`; where the child does not come back from a pattern or an example, that is the only problem."""
    at = Problem(folder, 0, "", "", "rule files", "files that can be read")
    for told in answers(_read, (folder, limits), patience):
        if isinstance(told, Rules):
            return told
        if isinstance(told, tuple):
            raise RuleErrors(told)
        at = told
    found = f"{at.found}, from which the child process did not come back within {patience:g} s, or for want of memory"
    raise RuleErrors((replace(at, found=found),))


def _read(tell: Tell, folder: Path, limits: Limits) -> None:
    """Tell each place before it is tried; at last the rules, or what is wrong with them."""
    try:
        tell(read_rules(folder, limits, trying=tell))
    except RuleErrors as errors:
        tell(errors.problems)
