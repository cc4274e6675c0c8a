"""Applies rules to one mail within time limits: a rule that takes too long is passed over for that mail (B52)."""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from time import perf_counter
from typing import TypeVar

import regex

from connector.rulebook.literals import Searched
from connector.rulebook.rules import LINE_LIMIT, AutomaticRule, Fit, Rule, Rules, compiled
from connector.rulebook.sieve import REMEMBERED

Found = TypeVar("Found")


def patterns(rules: Rules) -> Iterator[tuple[str, str]]:
    """All patterns, each with the flags with which a `Matcher` has it compiled."""
    for kind, of_kind in rules.by_kind.items():
        yield from ((rule.pattern, rule.flags + "m" * (kind == "quote")) for rule in of_kind)
    for automatic in rules.automatic.values():
        yield from ((each, rule.flags) for rule in automatic for each in (rule.sender, rule.subject) if each)


class Matcher:
    """Runs rules, of any file, over one mail; remembers which matched, which were too slow, and the seconds of each."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._searched: dict[tuple[str, str, str], regex.Match[str] | None] = {}
        self.passed_over: dict[str, None] = {}  # names, in order
        self.out_of_time = False
        self._rule_limit = rules.limits.rule / 1000
        self._left = rules.limits.mail / 1000
        self.spent: dict[str, float] = {}
        self.matched: dict[str, None] = {}  # names, in order

    def possible(self, kind: str, lines: Sequence[str]) -> list[Rule]:
        """The rules of a kind that can match one of the lines, as far as lines are looked at.

        There is no other way to a rule about lines: where the same ones are possible, a text is labelled the same.
        """
        text = "\n".join(lines)
        if len(text) > LINE_LIMIT and max(map(len, lines)) > LINE_LIMIT:
            text = "\n".join([line[:LINE_LIMIT] for line in lines])
        sieve = self._rules.sieves.get(kind)
        return [*sieve.possible(text)] if sieve and text else []

    def first(self, rules: Sequence[Rule], text: str) -> tuple[Rule, regex.Match[str]] | None:
        """The first of the rules that matches in the text, where it does; None where no rule does."""
        if not rules:
            return None
        text = text[:LINE_LIMIT]
        searched = Searched(text)
        for rule in rules:
            if rule.needs.may_be_in(searched) and (match := self._search(rule, rule.pattern, text)):
                return rule, match
        return None

    def automatic_rule(self, kind: str, sender: str, subject: str, authentication: str = "") -> Fit | None:
        """The first rule of this kind in `automatic.ini` of which all that it asks for holds (B10, B14)."""
        sieve = self._rules.automatic_sieves.get(kind)
        if sieve is None:
            return None
        subject = " ".join(unicodedata.normalize("NFC", subject[:LINE_LIMIT]).split())
        sender = sender[:LINE_LIMIT]
        searched = Searched(sender)
        for rule in sieve.possible(subject):
            if rule.authentication and authentication not in rule.authentication:
                continue
            if not rule.sender or rule.sender_needs.may_be_in(searched):
                fit = self._fit(rule, sender, subject)
                if fit is not None:
                    return fit
        return None

    def _fit(self, rule: AutomaticRule, sender: str, subject: str) -> Fit | None:
        """The fit where all patterns of the rule match; where one of them is out of time the rule says nothing."""
        if rule.sender and self._search(rule, rule.sender, sender) is None:
            return None
        if not rule.subject:
            return Fit(rule)
        match = self._search(rule, rule.subject, subject)
        return Fit(rule, (match.groupdict().get("account") or "").strip()) if match else None

    def lines(self, rule: Rule, lines: Sequence[str]) -> set[int]:
        """The indexes of the lines in which the rule matches; the lines are given to it as one text.

        One call for many lines, for calls with a time limit have their price. The lines of a match that runs over
        the end of one are looked at again each for itself.
        """
        if not self._has_time(rule):
            return set()
        lines = [line[:LINE_LIMIT] for line in lines]
        starts = [0, *accumulate(len(line) + 1 for line in lines)]
        found: set[int] = set()
        for match in self._timed(rule, compiled(rule.pattern, f"{rule.flags}m"), "\n".join(lines), _all) or ():
            first = bisect(starts, match.start()) - 1
            last = bisect(starts, match.end()) - 1
            if first == last:
                found.add(first)
            else:
                within = range(first, last + 1)
                found.update(index for index in within if self._search(rule, rule.pattern, lines[index]))
        return found

    def _search(self, rule: Rule | AutomaticRule, pattern: str, text: str) -> regex.Match[str] | None:
        """The first match of one of the rule's patterns in a line; clients repeat lines, which are searched once."""
        if not self._has_time(rule):
            return None
        asked = rule.name, pattern, text
        if asked not in self._searched:
            search = _remembered if len(text) <= REMEMBERED else _search
            self._searched[asked] = self._timed(rule, compiled(pattern, rule.flags), text, search)
        return self._searched[asked]

    def _has_time(self, rule: Rule | AutomaticRule) -> bool:
        return not self.out_of_time and rule.name not in self.passed_over

    def _timed(
        self,
        rule: Rule | AutomaticRule,
        pattern: regex.Pattern[str],
        text: str,
        search: Callable[[regex.Pattern[str], str, float], Found | None],
    ) -> Found | None:
        """What a search finds in a text; nothing where it takes too long."""
        started = perf_counter()
        try:
            found = search(pattern, text, self._rule_limit)
            if found:
                self.matched[rule.name] = None
            return found
        except (TimeoutError, MemoryError, RecursionError):
            self.passed_over[rule.name] = None
            return None
        finally:
            self._count(rule.name, perf_counter() - started)

    def _count(self, name: str, seconds: float) -> None:
        self._left -= seconds
        spent = self.spent[name] = self.spent.get(name, 0.0) + seconds
        if spent > self._rule_limit:
            self.passed_over[name] = None
        if self._left < 0:
            self.out_of_time = True


def _search(pattern: regex.Pattern[str], text: str, seconds: float) -> regex.Match[str] | None:
    """The first match; raises TimeoutError."""
    return pattern.search(text, timeout=seconds)


def _all(pattern: regex.Pattern[str], text: str, seconds: float) -> list[regex.Match[str]]:
    """All matches; raises TimeoutError."""
    return list(pattern.finditer(text, timeout=seconds))


_remembered = lru_cache(maxsize=1024)(_search)
"""The same for short texts; what took too long is tried again."""
