"""Rules as values: plain data, quickly sent to worker processes; patterns are compiled where they are first used."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import regex

from connector.ini import Problem
from connector.rulebook.literals import NOTHING_KNOWN, Needs
from connector.rulebook.sieve import Sieve

LINE_KINDS = (
    "quote", "attribution", "introduction", "header-block", "title", "delimiter", "answers-below",
    "signature", "footer", "disclaimer", "banner",
)  # fmt: skip
"""What a line or block that matches is; the policy about them stands in `connector.pipeline.stripping`."""

AUTHENTICATIONS = ("authentic", "failed", "none", "unchecked")
"""What is known of a sender: proved, refuted, nothing to go by, not looked for (B26)."""

AUTOMATIC_KINDS = ("detect", "skip", "account")
"""The kinds of `automatic.ini`, in the order in which they are asked (B14)."""

LINE_LIMIT = 1000
"""Characters of a line or header that are looked at."""

FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL, "x": regex.VERBOSE}


@lru_cache(maxsize=4096)
def compiled(pattern: str, flags: str) -> regex.Pattern[str]:
    """The compiled pattern; raises `regex.error` where it does not compile."""
    value = regex.VERSION0
    for flag in flags:
        value |= FLAGS[flag]
    return regex.compile(pattern, value)


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits in milliseconds: for one rule on one mail, and for all rules together on it."""

    rule: int = 100
    mail: int = 2000


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule about lines of a mail's text (B51)."""

    name: str
    kind: str
    pattern: str
    flags: str = ""
    language: str = ""
    client: str = ""
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    needs: Needs = NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class AutomaticRule:
    """One rule of `automatic.ini` (B10, B14): patterns for sender and subject, "" where there is none.

    `authentication`: the verdicts on the sender with which it holds; empty: with any.
    """

    name: str
    kind: str
    sender: str = ""
    subject: str = ""
    flags: str = "i"
    account: str = ""
    language: str = ""
    needs: Needs = NOTHING_KNOWN  # of the subject
    sender_needs: Needs = NOTHING_KNOWN
    authentication: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """A rule of `automatic.ini` that fits a mail; `captured` is the account that the mail's subject names for it."""

    rule: AutomaticRule
    captured: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """All active rules, in the order of the files, by kind; `sieves` tell which of them can match in a text."""

    by_kind: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    automatic: dict[str, tuple[AutomaticRule, ...]] = field(default_factory=dict)
    limits: Limits = Limits()
    sieves: dict[str, Sieve[Rule]] = field(init=False, repr=False, compare=False)
    automatic_sieves: dict[str, Sieve[AutomaticRule]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sieves = {kind: Sieve(rules, [rule.needs for rule in rules]) for kind, rules in self.by_kind.items()}
        automatic = {kind: Sieve(rules, [rule.needs for rule in rules]) for kind, rules in self.automatic.items()}
        object.__setattr__(self, "sieves", sieves)
        object.__setattr__(self, "automatic_sieves", automatic)

    def of(self, kind: str) -> tuple[Rule, ...]:
        """The rules of one kind."""
        return self.by_kind.get(kind, ())

    def without(self, name: str) -> Rules:
        """The same rules but one, of any file, that was too slow too often (B52)."""
        by_kind = {kind: tuple(rule for rule in rules if rule.name != name) for kind, rules in self.by_kind.items()}
        automatic = {kind: tuple(rule for rule in rules if rule.name != name) for kind, rules in self.automatic.items()}
        return replace(self, by_kind=by_kind, automatic=automatic)

    def __len__(self) -> int:
        """How many rules there are."""
        return sum(map(len, self.by_kind.values())) + sum(map(len, self.automatic.values()))


class RuleErrors(Exception):
    """The rule files are not in order: everything that is wrong with them, at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """One problem a line."""
        return "\n".join(map(str, self.problems))
