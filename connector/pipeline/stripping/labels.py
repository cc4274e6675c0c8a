"""Lines and what they are: one letter a line, so that policy can be written as shapes of a string of letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

TEXT, EMPTY = "t", "e"
QUOTE, ATTRIBUTION, HEADER, DELIMITER = "q", "a", "h", "d"
SIGNATURE, FOOTER, DISCLAIMER = "s", "f", "l"
INDENTED = "indented"  # no label of a line: a range of HTML that is quoted only where something attributes it
REST = "x"  # all that stands below an unmarked quotation's head

KNOWN = "known: "
"""Names of rules that begin so are no rules' names: they name the message in which the lines stand (B56)."""

JUNK = (
    " \t\r\xa0\u3000\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2063\u2066\u2067\u2068\u2069\ufeff"
)
"""Blanks and invisible characters that clients put at the ends of lines."""
_NEAR = 3  # lines above and below that a sentence may go on in


@dataclass(slots=True)
class Labelled:
    """The lines of one text, their labels, and the rule behind each label that has one ("" else)."""

    lines: list[str]  # without blanks and invisible characters at both ends
    labels: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)

    def mark(self, first: int, end: int, label: str, rule: str) -> None:
        """Label the lines from `first` to before `end`; empty lines keep their label but remember the rule."""
        for index in range(first, end):
            if self.labels[index] != EMPTY:
                self.labels[index] = label
            self.rules[index] = rule

    def forget(self, rules: Iterable[str]) -> None:
        """Take back what these rules said: a rule that was passed over half-way must not cut anything (B52)."""
        gone = frozenset(rules)
        for index, rule in enumerate(self.rules if gone else ()):
            if rule in gone:
                self.rules[index] = ""
                self.labels[index] = TEXT if self.lines[index] else EMPTY

    @property
    def shape(self) -> str:
        """The labels as one string."""
        return "".join(self.labels)


def unlabelled(text: str) -> Labelled:
    """The lines of a text, told apart into text and empty only."""
    lines = [line.strip(JUNK) for line in text.split("\n")]
    return Labelled(lines, [TEXT if line else EMPTY for line in lines], [""] * len(lines))


def runs(labels: str, wanted: str) -> Iterator[tuple[int, int]]:
    """Start and end of every run of lines whose label is in `wanted`, from the top."""
    start = None
    for index, label in enumerate(labels):
        if label in wanted:
            start = index if start is None else start
        elif start is not None:
            yield start, index
            start = None
    if start is not None:
        yield start, len(labels)


def is_within_sentence(text: Labelled, index: int) -> bool:
    """Whether a sentence begins above a line and goes on below it: then the line is what the sentence is about."""
    lines = text.lines
    above = _filled(lines, range(index - 1, index - _NEAR - 1, -1))
    if above < 0 or text.labels[above] != TEXT or not (lines[above][-1].isalnum() or lines[above][-1] == ","):
        return False
    below = _filled(lines, range(index + 1, index + _NEAR + 1))
    return below >= 0 and text.labels[below] == TEXT and lines[below][0].islower()


def _filled(lines: list[str], places: range) -> int:
    """The first of the places at which there is a line that is not empty, or -1."""
    for at in places:
        if 0 <= at < len(lines) and lines[at]:
            return at
    return -1
