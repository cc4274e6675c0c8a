"""That stripping once, where other rules make no difference, tells what stripping twice would (B55)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from bench import threads
from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse
from connector.pipeline.ingest import referenced
from connector.pipeline.strip import strip
from connector.pipeline.verdicts import Match, Opening, Written
from connector.processing import policy_of
from connector.rulebook import Limits, Matcher, Rule, Rules
from connector.rulebook.rules import LINE_KINDS
from connector.workbench.comparing import Comparing, changed_kinds
from storage.records import Directory, Facts, Said, Ticket
from storage.store import Store
from tests.house import shipped_book, shipped_settings
from tests.pairs import FOLDER

UNHURRIED = Limits(60_000, 600_000)
RULES = replace(shipped_book().rules, limits=UNHURRIED)
POLICY = policy_of(shipped_settings(), shipped_book(), Store.open("sqlite::memory:"))
NAMES = [rule.name for kind in LINE_KINDS for rule in RULES.of(kind)]
TICKET = Ticket(1, "0500-1000", 0, "", "", None, 0, None, (), None, None)
MATCHES = (Match(TICKET, TICKET.number, None), Match(TICKET, TICKET.number, Opening(None, "")))


@dataclass(frozen=True)
class Case:
    """A mail and what was said before it."""

    mail: Mail
    facts: Facts


@cache
def cases() -> dict[str, Case]:
    """The project's fixtures, and threads that quote all that was said before."""
    mails = {file.stem: parse(file.read_bytes(), Envelope()) for file in sorted(FOLDER.glob("*.eml"))}
    made = threads.generate(40, 7).mails
    mails |= {f"thread-{number}": parse(each.raw, Envelope()) for number, each in enumerate(made)}
    by_id = {mail.message_id: mail for mail in mails.values()}
    return {name: Case(mail, _facts(mail, by_id)) for name, mail in mails.items()}


def _facts(mail: Mail, by_id: dict[str, Mail]) -> Facts:
    parents = [by_id[each] for each in referenced(mail)[:5] if each in by_id and by_id[each] is not mail]
    said = (Said(one.message_id, 1, one.sender.name, one.sender.key, one.text, 0, b"") for one in parents)
    return Facts(Directory(0, {}, {}), tickets={1: TICKET}, said=tuple(said))


def stripped(case: Case, match: Match, rules: Rules, matcher: Matcher) -> Written:
    """The mail by the rules."""
    return strip(case.mail, match, case.facts, replace(POLICY, rules=rules), matcher)


def changes(matched: set[str], dice: random.Random) -> Iterator[Rules]:
    """Rules that differ: some off, others anew under a name of their own, everything of a kind, other orders."""
    for name in (*dice.sample(sorted(matched), min(2, len(matched))), *dice.sample(NAMES, 5)):
        yield without(name)
    for kind in dice.sample(LINE_KINDS, 3):
        yield with_any_line(kind)
        yield turned_round(kind)
    yield with_another(dice.choice(NAMES))


@cache  # making rules ready takes many times as long as stripping a mail by them
def without(name: str) -> Rules:
    return RULES.without(name)


@cache
def with_any_line(kind: str) -> Rules:
    return with_kind(kind, (*RULES.of(kind), Rule("any-line", kind, r"\w")))


@cache
def turned_round(kind: str) -> Rules:
    return with_kind(kind, RULES.of(kind)[::-1])


@cache
def with_another(name: str) -> Rules:
    """The rules with another one, which needs nothing, in the place of one."""
    kind = next(kind for kind in LINE_KINDS if any(rule.name == name for rule in RULES.of(kind)))
    return with_kind(kind, tuple(replace(r, name="other", pattern=f"{r.pattern}|zzz", needs=Rule("", "", "").needs)
                                 if r.name == name else r for r in RULES.of(kind)))  # fmt: skip


def with_kind(kind: str, rules: tuple[Rule, ...]) -> Rules:
    return replace(RULES, by_kind={**RULES.by_kind, kind: rules})


@pytest.mark.parametrize("match", MATCHES, ids=["answer", "first"])
def test_where_the_same_rules_are_possible_the_text_is_the_same(match: Match) -> None:
    """B55: text, cuts, reasons and rules that matched, over all fixtures and many changes of the rules."""
    dice = random.Random(55)
    once = twice = 0
    for name, case in cases().items():
        matcher = Matcher(RULES)
        before = stripped(case, match, RULES, matcher)
        for candidates in changes(set(matcher.matched), dice):
            watching = Comparing(RULES, candidates, changed_kinds(RULES, candidates))
            candidate = Matcher(candidates)
            assert stripped(case, match, RULES, watching) == before, name
            if watching.same:
                assert stripped(case, match, candidates, candidate) == before, name
                assert candidate.matched == watching.matched == matcher.matched, name
                once += 1
            else:
                twice += 1
    assert once > twice > 100


def test_changed_kinds() -> None:
    """B55: a rule more, less, or elsewhere in the order."""
    assert changed_kinds(RULES, RULES) == frozenset()
    assert changed_kinds(RULES, RULES.without("closing-german")) == {"signature"}
    assert changed_kinds(RULES, with_kind("footer", RULES.of("footer")[::-1])) == {"footer"}
