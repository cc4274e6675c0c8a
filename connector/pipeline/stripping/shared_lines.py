"""Puts attributions on lines of their own where a client glued them to the end of an answer ("Yes. On … wrote:")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connector.rulebook import Matcher, Rule

MOST_LINES, MOST_PLACES, MOST_CHARACTERS = 50, 60, 400
"""Such lines in a text, places in one at which an attribution may begin, and characters of one."""
_BEFORE_MARKS = re.compile(r"^([^\n>]*\d[^\n]*[:：])[ \t\r]*(?=\n(?:[ \t\r]*\n)?[ \t]*>)", re.MULTILINE)
_PLACE = re.compile(r"(?<=\s)(?=\w)|(?<=\w)(?=-{2,}\s)")


def apart(text: str, matcher: Matcher) -> str:
    """The text with a line end between an answer and an attribution behind it, where quote marks follow (B50)."""
    if "\n>" not in text and "\n >" not in text:
        return text
    lines = [found for found, _ in zip(_BEFORE_MARKS.finditer(text), range(MOST_LINES), strict=False)]
    lines = [found for found in lines if len(found[1]) <= MOST_CHARACTERS]
    rules = matcher.possible("attribution", (found[1] for found in lines))
    for found in reversed(lines) if rules else ():
        if place := _place(found[1], rules, matcher):
            at = found.start(1) + place
            text = f"{text[:at].rstrip()}\n{text[at:]}"
    return text


def _place(line: str, rules: list[Rule], matcher: Matcher) -> int:
    """Where in the line an attribution begins; 0 where the whole line is one, or no part of it."""
    return next((place for place in _places(line) if matcher.first(rules, line[place:])), 0)


def _places(line: str) -> Iterator[int]:
    yield 0
    for found, _ in zip(_PLACE.finditer(line), range(MOST_PLACES), strict=False):
        yield found.start()
