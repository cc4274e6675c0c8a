"""Times each rule on nasty lines in a child process, which is ended where a rule never ends or eats memory (B52)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from connector.rulebook.rules import Rules, compiled
from connector.workbench.child import PATIENCE, Tell, answers
from connector.workbench.nasty import nasty_lines

TRIES = 3
"""The best of so many counts, for the machine may be busy."""
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Trial:
    """One pattern to time: automatic rules have up to two."""

    name: str
    pattern: str
    flags: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timed:
    """The longest that a rule took, in milliseconds, and how that line begins; `fault` says why it is too slow."""

    name: str
    milliseconds: float
    line: str
    fault: str = ""


def trials(rules: Rules) -> list[Trial]:
    """Every pattern of every active rule."""
    found = [Trial(one.name, one.pattern, one.flags, one.examples) for each in rules.by_kind.values() for one in each]
    for each in rules.automatic.values():
        found += [Trial(one.name, text, one.flags) for one in each for text in (one.sender, one.subject) if text]
    return found


def time_rules(
    wanted: Sequence[Trial], limit: float, step: Callable[[int], None], patience: float = PATIENCE
) -> Iterator[Timed]:
    """The time of each; `limit` in milliseconds for a line. A rule that the child does not come back from is named.

    `patience` is for one rule on all lines; one that keeps its limit on each takes far less.
    """
    start = 0
    while start < len(wanted):
        for timed in answers(_time, (list(wanted[start:]), limit), patience):
            yield timed
            start += 1
            step(1)
        if start < len(wanted):
            yield Timed(wanted[start].name, patience * 1000, "", f"did not come back within {patience:g} s")
            start += 1
            step(1)


def _time(tell: Tell, wanted: Sequence[Trial], limit: float) -> None:
    for trial in wanted:
        tell(_slowest(trial, limit))


def _slowest(trial: Trial, limit: float) -> Timed:
    """The slowest line, or the first on which the rule is over its limit."""
    slowest = Timed(trial.name, 0.0, "")
    for line in nasty_lines(trial.examples):
        took = _milliseconds(trial, line, limit)
        for _ in range(TRIES - 1):
            if took > limit:
                took = min(took, _milliseconds(trial, line, limit))
        if took > limit:
            return Timed(trial.name, took, line[:SHOWN], f"takes longer than {limit:g} ms")
        if took > slowest.milliseconds:
            slowest = Timed(trial.name, took, line[:SHOWN])
    return slowest


def _milliseconds(trial: Trial, line: str, limit: float) -> float:
    """The time of one search; one that is broken off, or runs out of memory, took longer than is allowed."""
    pattern = compiled(trial.pattern, trial.flags)
    started = perf_counter()
    try:
        pattern.search(line, timeout=limit / 1000 * 2)
    except (TimeoutError, MemoryError, RecursionError):
        return limit * 2
    return (perf_counter() - started) * 1000
