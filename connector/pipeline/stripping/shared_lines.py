"""Puts attributions and delimiters on lines of their own where a client glued them to what stands before or behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connector.rulebook import Matcher, Rule

MOST_LINES, MOST_PLACES, MOST_CHARACTERS = 50, 60, 400
"""Such lines in a text, places in one at which an attribution may begin, and characters of one."""
_COLON_BEFORE_MARKS = re.compile(r"[:：](?=[ \t\r]*\n(?:[ \t\r]*\n)?[ \t]*>)")
_DIGIT_BEFORE_MARK = re.compile(r"[^>\d]*\d")
_BEFORE_QUOTED = re.compile(
    r"^([ \t]*[^\n<]{10,250}<[^\s<>@]{1,80}@[^\s<>@]{1,80}>[^\n<>:：]{1,30}[:：])[ \t\xa0]{2,}(?=\S)", re.MULTILINE
)
_BEFORE_HEADER = re.compile(r"^([-_]{4,}[^\n_-]{4,60}[-_]{4,})[ \t]*(?=\w[^\n:：]{0,20}[:：])", re.MULTILINE)
_PLACE = re.compile(r"(?<=\s)(?=\w)|(?<=\w)(?=-{2,}\s)")


def apart(text: str, matcher: Matcher) -> str:
    """The text with line ends around attributions and delimiters that share a line with something else (B50)."""
    if "\n>" in text or "\n >" in text:
        text = _behind_answers(text, matcher)
    if ":  " in text:
        text = _before_text(text, "attribution", _BEFORE_QUOTED, matcher)
    if "----" in text:
        text = _before_text(text, "delimiter", _BEFORE_HEADER, matcher)
    return text


def _before_text(text: str, kind: str, pattern: re.Pattern[str], matcher: Matcher) -> str:
    """The text with a line end behind attributions (Yahoo for Android) and delimiters with a header (phones)."""
    lines = [found for found, _ in zip(pattern.finditer(text), range(MOST_LINES), strict=False)]
    rules = matcher.possible(kind, [found[1].strip() for found in lines])
    for found in reversed(lines) if rules else ():
        if matcher.first(rules, found[1].strip()):
            text = f"{text[: found.end(1)]}\n{text[found.end() :]}"
    return text


def _behind_answers(text: str, matcher: Matcher) -> str:
    """The text with a line end between an answer and an attribution behind it, where quote marks follow."""
    lines = [found for found, _ in zip(_before_marks(text), range(MOST_LINES), strict=False)]
    lines = [(start, line) for start, line in lines if len(line) <= MOST_CHARACTERS]
    rules = matcher.possible("attribution", [line for _, line in lines])
    for start, line in reversed(lines) if rules else ():
        if place := _place(line, rules, matcher):
            at = start + place
            text = f"{text[:at].rstrip()}\n{text[at:]}"
    return text


def _before_marks(text: str) -> Iterator[tuple[int, str]]:
    """Lines with a digit that end in a colon and have a quote mark below, each with where it starts."""
    for colon in _COLON_BEFORE_MARKS.finditer(text):
        start = text.rfind("\n", 0, colon.start()) + 1
        line = text[start : colon.end()]
        if _DIGIT_BEFORE_MARK.match(line):
            yield start, line


def _place(line: str, rules: list[Rule], matcher: Matcher) -> int:
    """Where in the line an attribution begins; 0 where the whole line is one, or no part of it."""
    return next((place for place in _places(line) if matcher.first(rules, line[place:])), 0)


def _places(line: str) -> Iterator[int]:
    yield 0
    for found, _ in zip(_PLACE.finditer(line), range(MOST_PLACES), strict=False):
        yield found.start()
