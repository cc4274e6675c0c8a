"""Stage 5: what the mail's writer newly wrote, and what was cut as said before, by which rule (B50 to B56)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse
from connector.pipeline.policy import Policy
from connector.pipeline.stripping.announcements import announces_answers
from connector.pipeline.stripping.endings import label_endings
from connector.pipeline.stripping.html_quotes import marked_text
from connector.pipeline.stripping.labels import (
    DISCLAIMER,
    EMPTY,
    FOOTER,
    INDENTED,
    JUNK,
    KNOWN,
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
from connector.pipeline.stripping.said import Answered, label_said
from connector.pipeline.stripping.shared_lines import apart
from connector.pipeline.unasked import unasked
from connector.pipeline.verdicts import Cut, Match, Reason, Written, because
from connector.rulebook import Matcher, Rules
from storage.records import Facts, Said

WRITTEN = frozenset((TEXT, SIGNATURE, QUOTE, REST))
"""Labels of what can be all that there is of a mail: a line of a client's or a lawyer's is not."""
EXAMINED = 512 * 1024
"""Characters of a text that rules are applied to; what stands below is kept as it is."""
SHORTEST_NAME = 4
"""Characters of a name that tells whom an introduction is about."""


def strip(
    mail: Mail,
    match: Match,
    facts: Facts,
    policy: Policy,
    matcher: Matcher | None = None,
    first: Written | None = None,
) -> Written:
    """What was newly written; in the first mail of a ticket quotations that nobody here has seen stay (B56).

    A report on a mail of ours is told in our words (B11). `matcher` is a new one of the policy's rules, for whoever
    wants to know what it saw. `first` is what `strip_first` found, if it was called.
    """
    if match.reported is not None:
        return Written(match.reported.text, because=(because("report-in-words"),), whole=mail.text)
    said = answered(mail, match, facts, policy)
    if first is not None and match.new and not said:
        return first
    return _strip(mail, policy, matcher, said, first_mail=match.new)


def strip_first(mail: Mail, policy: Policy) -> Written:
    """The same where the mail opens a ticket and answers nothing, for which the store need not be asked."""
    return _strip(mail, policy, None, (), first_mail=True)


def _strip(
    mail: Mail, policy: Policy, matcher: Matcher | None, said: Sequence[Answered], *, first_mail: bool
) -> Written:
    rules, signatures = policy.rules, policy.connector.strip_signatures
    matcher = matcher or Matcher(rules)
    text, html = reading(mail.text, mail.plain, mail.html, matcher)
    return strip_text(text, html, rules, first_mail=first_mail, signatures=signatures, said=said, matcher=matcher)


def answered(mail: Mail, match: Match, facts: Facts, policy: Policy) -> tuple[Answered, ...]:
    """The messages of the ticket that the mail answers; a new one that follows a closed one goes on with its texts."""
    number = match.follows if match.new else match.number
    tickets = {ticket.id for ticket in facts.tickets.values() if ticket.number == number}
    ours = {policy.connector.response_from_name, *policy.connector.public_addresses}
    return tuple(_answered(said, mail, ours) for said in facts.said if said.ticket_id in tickets)


def _answered(said: Said, mail: Mail, ours: set[str]) -> Answered:
    text = parse(said.own, Envelope()).text if said.own else said.text
    people = ours if said.own else {said.sender_name, said.sender_address, *ours}
    own = not said.own and said.sender_address == mail.sender.key
    known = frozenset(person.casefold() for person in people if len(person) >= SHORTEST_NAME)
    return Answered(said.message_id, text, said.written, known, own)


def strip_text(
    text: str,
    html: str,
    rules: Rules,
    *,
    first_mail: bool = False,
    signatures: bool = True,
    said: Sequence[Answered] = (),
    matcher: Matcher | None = None,
) -> Written:
    """The same for bare texts; `html` is given where `text` was made from it, and "" where it was not (B54).

    `said` are the messages that the text answers, as far as they are known (B56). `matcher` is a new one, for whoever
    wants to know what it saw.
    Line numbers count the lines of the result's `whole`, from 1: of `text`, or of the HTML turned to text where its
    structure is used. Time grows with the text's length; rules have their time limits.
    """
    matcher = matcher or Matcher(rules)
    marks = marked_text(html) if html else None
    whole, structure = marks or (apart(text, matcher), ())
    labelled = unlabelled(whole[:EXAMINED])
    for first, end, label, rule in structure:
        if label != INDENTED:
            labelled.mark(first, min(end, len(labelled.lines)), label, rule)
    label_quotations(labelled, matcher)
    quote_attributed(labelled, structure)
    labelled.forget(matcher.passed_over)
    known = label_said(labelled, said)
    below = announces_answers(labelled, matcher)
    mark_rest(labelled, answered=below)
    label_endings(labelled, matcher)
    labelled.forget(matcher.passed_over)
    quoted = _quoted(labelled, answered=below)
    cut, reasons = _cut_lines(labelled, quoted, first_mail=first_mail, signatures=signatures)
    lines = whole.split("\n")
    left = [line for line, gone in zip(lines, cut, strict=False) if not gone] + lines[len(cut) :]
    kept = [line.rstrip(JUNK) for line in left]
    structured = (because("html-structure"),) if structure else ()
    said_before = tuple(because("said-before", message_id=message_id) for message_id in known)
    answers = (because("answers-below"),) if below else ()
    because_of = (*structured, *said_before, *answers, *reasons, *unasked(matcher))
    return Written("\n".join(kept).strip("\n"), _cuts(labelled, cut), because_of, whole)


def _quoted(text: Labelled, *, answered: bool) -> list[bool]:
    """For each line whether it belongs to a quotation that goes."""
    quoted = [label == REST for label in text.labels]
    for first, end in quotations_to_cut(text, answered=answered):
        quoted[first:end] = [True] * (end - first)
    return quoted


def _cut_lines(
    text: Labelled, quoted: list[bool], *, first_mail: bool, signatures: bool
) -> tuple[list[bool], tuple[Reason, ...]]:
    """For each line whether it goes, and why not where that is worth telling; never all that was written (B53)."""
    endings = {DISCLAIMER, SIGNATURE, FOOTER} if signatures else {DISCLAIMER}
    ended = [label in endings for label in text.labels]
    kept: tuple[Reason, ...] = ()
    if first_mail and True in quoted:
        seen = [label == EMPTY or rule.startswith(KNOWN) for label, rule in zip(text.labels, text.rules, strict=True)]
        known = [gone and was_seen for gone, was_seen in zip(quoted, seen, strict=True)]
        kept = (because("first-mail-keeps-quotes"),) if known != quoted else ()
        quoted = known
    both = [one or other for one, other in zip(quoted, ended, strict=True)]
    cut = both if _says_something(text, both) else _choice(text, (quoted, ended))
    return cut, (because("nothing-left"),) if True in quoted and cut not in (both, quoted) else kept


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
    filled = [index for index, line in enumerate(text.lines) if line]
    by = [rule if gone else None for rule, gone in zip(text.rules, cut, strict=True)]
    ranges = [(rule, list(indexes)) for rule, indexes in groupby(filled, by.__getitem__) if rule is not None]
    return tuple([Cut(indexes[0] + 1, indexes[-1] + 1, rule) for rule, indexes in ranges])
