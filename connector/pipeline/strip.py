"""Stage 5: what the mail's writer newly wrote, and what was cut as said before, by which rule (B50 to B56)."""

from __future__ import annotations

from connector.mail.model import Mail
from connector.pipeline.policy import Policy
from connector.pipeline.stripping.endings import label_endings
from connector.pipeline.stripping.html_quotes import marked_text
from connector.pipeline.stripping.labels import (
    DISCLAIMER,
    FOOTER,
    INDENTED,
    JUNK,
    QUOTE,
    REST,
    SIGNATURE,
    TEXT,
    Labelled,
    unlabelled,
)
from connector.pipeline.stripping.policy import mark_rest, quotations_to_cut, quote_attributed
from connector.pipeline.stripping.quotations import label_quotations
from connector.pipeline.stripping.readings import reading
from connector.pipeline.verdicts import Cut, Match, Reason, Written, because
from connector.rulebook import Matcher, Rules

WRITTEN = frozenset((TEXT, SIGNATURE, QUOTE, REST))
"""Labels of what can be all that there is of a mail: a line of a client's or a lawyer's is not."""
EXAMINED = 512 * 1024
"""Characters of a text that rules are applied to; what stands below is kept as it is."""


def strip(mail: Mail, match: Match, policy: Policy) -> Written:
    """What was newly written; in the first mail of a ticket quotations stay, for they are the request (B56)."""
    signatures = policy.connector.strip_signatures
    text, html = reading(mail.text, mail.plain, mail.html, policy.rules)
    return strip_text(text, html, policy.rules, first_mail=match.new, signatures=signatures)


def strip_text(text: str, html: str, rules: Rules, *, first_mail: bool = False, signatures: bool = True) -> Written:
    """The same for bare texts; `html` is given where `text` was made from it, and "" where it was not (B54).

    Line numbers count the lines of the result's `whole`, from 1: of `text`, or of the HTML turned to text where its
    structure is used. Time grows with the text's length; rules have their time limits.
    """
    matcher = Matcher(rules)
    marks = marked_text(html) if html else None
    whole, structure = marks or (text, ())
    labelled = unlabelled(whole[:EXAMINED])
    for first, end, label, rule in structure:
        if label != INDENTED:
            labelled.mark(first, min(end, len(labelled.lines)), label, rule)
    label_quotations(labelled, matcher)
    quote_attributed(labelled, structure)
    labelled.forget(matcher.passed_over)
    mark_rest(labelled)
    label_endings(labelled, matcher)
    labelled.forget(matcher.passed_over)
    cut, reasons = _cut_lines(labelled, first_mail=first_mail, signatures=signatures)
    lines = [line.rstrip(JUNK) for line in whole.split("\n")]
    kept = [line for line, gone in zip(lines, cut, strict=False) if not gone] + lines[len(cut) :]
    structured = (because("html-structure"),) if structure else ()
    passed_over = tuple(because("rule-passed-over", rule=name) for name in matcher.passed_over)
    out_of_time = (because("rules-out-of-time"),) if matcher.out_of_time else ()
    because_of = (*structured, *reasons, *passed_over, *out_of_time)
    return Written("\n".join(kept).strip("\n"), _cuts(labelled, cut), because_of, whole)


def _cut_lines(text: Labelled, *, first_mail: bool, signatures: bool) -> tuple[list[bool], tuple[Reason, ...]]:
    """For each line whether it goes, and why not where that is worth telling; never all that was written (B53)."""
    endings = {DISCLAIMER, SIGNATURE, FOOTER} if signatures else {DISCLAIMER}
    ended = [label in endings for label in text.labels]
    quoted = [label == REST for label in text.labels]
    for first, end in quotations_to_cut(text):
        quoted[first:end] = [True] * (end - first)
    if first_mail:
        return _choice(text, (ended,)), (because("first-mail-keeps-quotes"),) if any(quoted) else ()
    both = [one or other for one, other in zip(quoted, ended, strict=True)]
    cut = both if _says_something(text, both) else _choice(text, (quoted, ended))
    return cut, (because("nothing-left"),) if any(quoted) and cut not in (both, quoted) else ()


def _choice(text: Labelled, cuts: tuple[list[bool], ...]) -> list[bool]:
    """The first of the cuts that leaves something a person wrote; if none does, all stays."""
    for cut in cuts:
        if any(label in WRITTEN and not gone for label, gone in zip(text.labels, cut, strict=True)):
            return cut
    return [False] * len(text.lines)


def _says_something(text: Labelled, cut: list[bool]) -> bool:
    """Whether a letter or digit is left of what a person wrote: where a picture is all, the signature tells more."""
    left = zip(text.lines, text.labels, cut, strict=True)
    return any(label in WRITTEN and not gone and any(map(str.isalnum, line)) for line, label, gone in left)


def _cuts(text: Labelled, cut: list[bool]) -> tuple[Cut, ...]:
    """Neighbouring lines that one rule cut, as ranges; empty lines between them belong to the range."""
    ranges: list[tuple[int, int, str]] = []
    open_range = False
    for index, (line, gone) in enumerate(zip(text.lines, cut, strict=True)):
        if gone and line:
            first = ranges.pop()[0] if open_range and ranges[-1][2] == text.rules[index] else index
            ranges.append((first, index, text.rules[index]))
        open_range = gone if line else open_range
    return tuple(Cut(first + 1, last + 1, rule) for first, last, rule in ranges)
