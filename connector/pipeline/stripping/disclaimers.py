"""Labels legal disclaimers: what looks like one goes only where it cannot be what the mail is about."""

from __future__ import annotations

import re

from connector.pipeline.stripping.labels import DISCLAIMER, EMPTY, TEXT, Labelled
from connector.rulebook import Matcher, Rule

TAIL, TOP = 30, 3
"""Lines from a part's end, and from its top, that are looked at."""
LONG = 150
"""Characters of a long paragraph."""
BELOW_SIGNATURE = 20
"""So many lines below a signature or a ruler a disclaimer may begin."""
_RULER = re.compile(r"[-_=*#~—–─━·•\s]{2,}")
_BANNER = re.compile(r"[^\w]*[A-Z]{4,}\b")
_POSTSCRIPT = re.compile(r"P\.?\s?S\b|N\.?B\b", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?。！？])\s+")
_SAYS_MUCH = 5
_SHORTEST = 8


def label_banners(text: Labelled, matcher: Matcher) -> None:
    """Label the paragraphs at the very top that a mail server put there; each must be one as a whole."""
    first = 0
    while first < len(text.lines):
        if text.labels[first] != EMPTY:
            end = _paragraph(text, first, first, len(text.lines))[1]
            paragraph = " ".join(text.lines[first:end])
            if not (found := matcher.first(matcher.possible("banner", (paragraph,)), paragraph)):
                return
            text.mark(first, end, DISCLAIMER, found[0].name)
            first = end
        first += 1


def label_disclaimers(text: Labelled, start: int, end: int, lines: list[int], matcher: Matcher) -> None:
    """Label the disclaimers of a part, from below, so that one below another stands at the end too."""
    places = lines if len(lines) <= TOP + TAIL else [*lines[:TOP], *lines[-TAIL:]]
    rules = matcher.possible("disclaimer", [text.lines[index] for index in places])
    for index in reversed(places) if rules else ():
        if text.labels[index] == TEXT and (found := matcher.first(rules, text.lines[index])):
            first, last = _paragraph(text, index, start, end)
            if _is_disclaimer(text, (start, first, last, end), rules, matcher):
                text.mark(first, last, DISCLAIMER, found[0].name)


def _paragraph(text: Labelled, index: int, start: int, end: int) -> tuple[int, int]:
    """First line, and the one behind the last, of the lines of text around a line."""
    first = last = index
    while first > start and text.labels[first - 1] == TEXT:
        first -= 1
    while last < end and text.labels[last] == TEXT:
        last += 1
    return first, last


def _is_disclaimer(text: Labelled, at: tuple[int, int, int, int], rules: list[Rule], matcher: Matcher) -> bool:
    """Whether a paragraph with a disclaimer's line in it is one; `at` is the part's start, its own two ends, the end.

    A long one must match twice or stand below a signature. A short one must say nothing else, and stand below a
    signature or at the very end, or be a banner at the top.
    """
    start, first, last, end = at
    paragraph = " ".join(text.lines[first:last])
    if _POSTSCRIPT.match(paragraph) or not _has_other_text(text, first, last):
        return False
    sentences = _SENTENCES.split(paragraph)
    matching = sum(1 for sentence in sentences if matcher.first(rules, sentence))
    if len(paragraph) >= LONG and matching > 1:
        return True
    if TEXT not in text.labels[start:first] and _BANNER.match(paragraph):
        return True
    signed = _is_signed(text, max(start, first - BELOW_SIGNATURE), first, matcher)
    if len(paragraph) >= LONG:
        return signed
    says_nothing_else = matching == len(sentences) and not any(map(str.isdigit, paragraph))
    return says_nothing_else and (signed or TEXT not in text.labels[last:end])


def _has_other_text(text: Labelled, first: int, last: int) -> bool:
    """Whether more than greetings stands outside the paragraph: a sentence, or a line of some words."""
    shape = text.shape
    at = shape.find(TEXT)
    while at >= 0:
        if not first <= at < last and _is_said(text.lines[at]):
            return True
        at = shape.find(TEXT, at + 1)
    return False


def _is_said(line: str) -> bool:
    words = line.split()
    ends = line[-1] in ".!?。！？" and (len(words) > 2 or not line.isascii())
    return len(line) >= _SHORTEST and (ends or len(words) >= _SAYS_MUCH)


def _is_signed(text: Labelled, start: int, first: int, matcher: Matcher) -> bool:
    """Whether a signature or a ruler stands among these lines, which are above the paragraph."""
    above = [text.lines[index] for index in range(start, first) if text.labels[index] not in (EMPTY, DISCLAIMER)]
    if any(map(_RULER.fullmatch, above)):
        return True
    rules = matcher.possible("signature", above)
    return any(matcher.first(rules, line) for line in above)
