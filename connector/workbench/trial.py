"""What the rules do to one mail, line by line, and how long each that matched took (B55)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse
from connector.pipeline.nature import nature
from connector.pipeline.strip import strip_text
from connector.pipeline.stripping.readings import reading
from connector.pipeline.stripping.said import Answered
from connector.pipeline.verdicts import Reason, Written
from connector.rulebook import Matcher, Rules


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the whole text, from 1, with the rule that cut it and its kind; "" where it was kept."""

    number: int
    text: str
    rule: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class RuleTime:
    """A rule that matched somewhere, whether or not it cut, and its microseconds on this mail in all."""

    rule: str
    kind: str
    microseconds: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the mail's text; `automatic`: signs of a machine (B10), rules without time to tell."""

    lines: tuple[Line, ...]
    written: Written
    times: tuple[RuleTime, ...]  # the slowest first
    automatic: tuple[Reason, ...]


def try_mail(raw: bytes, rules: Rules, *, parent: bytes | None, first_mail: bool, signatures: bool) -> Tried:
    """Strip a mail as the service does; `parent` is the message that it answers, where that is known (B56)."""
    mail, matcher = parse(raw, Envelope()), Matcher(rules)
    text, html = reading(mail.text, mail.plain, mail.html, matcher)
    said = () if parent is None else (_said(parse(parent, Envelope()), mail, rules),)
    written = strip_text(text, html, rules, first_mail=first_mail, signatures=signatures, said=said, matcher=matcher)
    kinds = {rule.name: rule.kind for rule in chain(*rules.by_kind.values())}
    times = [RuleTime(name, kinds[name], round(matcher.spent[name] * 1e6)) for name in matcher.matched]
    times.sort(key=lambda one: -one.microseconds)
    kind = nature(mail, rules)
    return Tried(_lines(written, kinds), written, tuple(times), (*kind.because, *kind.unasked))


def _said(parent: Mail, mail: Mail, rules: Rules) -> Answered:
    text, html = reading(parent.text, parent.plain, parent.html, Matcher(rules))
    people = frozenset(one.casefold() for one in (parent.sender.name, parent.sender.key) if one)
    written = strip_text(text, html, rules)
    own = parent.sender.key == mail.sender.key
    return Answered(parent.message_id, written.whole, len(written.text), people, own)


def _lines(written: Written, kinds: dict[str, str]) -> tuple[Line, ...]:
    cut = {number: one.rule for one in written.cut for number in range(one.first, one.last + 1)}
    numbered = enumerate(written.whole.split("\n"), start=1)
    return tuple(Line(n, text, cut.get(n, ""), kinds.get(cut.get(n, ""), "")) for n, text in numbered)
