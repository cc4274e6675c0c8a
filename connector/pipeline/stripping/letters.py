"""A text by its letters alone: whatever a client does to blanks, lines, marks and quotes, these stay as they are."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

_WORD = re.compile("[\\w☀-➠⭐\U0001f000-\U0001faff]+")
"""Letters and digits; pictures too, for a person may answer with one. Bullets and arrows are no words."""
_NO_WORD = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "\n"}
_ADDED = re.compile(
    r"<(?:https?:|mailto:|tel:|www\.)[^<>\n]*(?:\n[^<>\n]{1,200}){0,3}>"
    r"|\[(?:https?:|cid:|image:|inline\b)[^\]\n]*\]|\[[^\]\s]{1,60}\.(?:png|jpe?g|gif)\]|\]\(https?:[^()\s]*\)"
)
"""What clients add to a text, in brackets: where a link leads to, what a picture is called."""
_LED = re.compile(
    r"^[^\w\n]{0,8}(?:[a-z]{1,3}>(?=\s|$)(?:[^\w\n]{0,8}o(?=\t|\s\s))?|o(?=\t|\s\s))", re.MULTILINE
)  # fmt: skip
"""What clients put in front of a line: the initials of whom they quote, and Outlook's inner bullet."""
_FOOTNOTE = re.compile(r"\[\d{1,3}\]")
_FOOTNOTES = re.compile(r"^\W*(?:[a-z]{1,3}>\W*)?\[?1[\].]\s+(?:https?://|mailto:)\S", re.MULTILINE | re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s<>\"]+|www\.[^\s<>\"]+")
_ESCAPED = re.compile(r"(?:=[89A-F][0-9A-F])+|=3D|=20$", re.MULTILINE)
_BROKEN = re.compile(r"(?:[^\n]*=\n)+[^\n]*")
_ENCODED = re.compile(r"=(?:20)?$|=[C-F][0-9A-F](?:=\n)?=[89AB][0-9A-F]", re.MULTILINE)
"""What quoted-printable looks like: broken lines, blanks at their ends, letters of two bytes or more."""
_FEWEST_SIGNS = 2
_MOST_LINKS = 5000
Span = tuple[int, int]


@dataclass(slots=True)
class Letters:
    """The letters of all lines in a row, and where each line starts in them.

    What clients add is not among them. `links` are the letters of links, which clients write anew.
    """

    text: str
    lines: list[int]  # start of each line, and the end of the last
    words: list[list[str]]  # of each line
    links: list[Span]
    added: frozenset[int] = frozenset()  # lines out of which something was taken that clients add
    rests: frozenset[int] = frozenset()  # lines whose letters are counted to the line above, off which they were broken

    def starts(self, line: int, most: int) -> list[int]:
        """Where the first few words of a line start."""
        return list(accumulate(map(len, self.words[line][: most - 1]), initial=self.lines[line]))

    def line_at(self, offset: int) -> int:
        """The number of lines that end at the offset or before it."""
        return bisect_right(self.lines, offset) - 1

    def is_line(self, offset: int) -> bool:
        """Whether a line starts at the offset, or the last one ends there."""
        return self.lines[self.line_at(offset)] == offset

    def link_at(self, offset: int) -> Span | None:
        """The link that begins at the offset, or holds it or ends there."""
        place = bisect(self.links, (offset, len(self.text) + 1))
        found = self.links[place - 1] if place else None
        return found if found and found[1] >= offset else None


def has_footnotes(text: str) -> bool:
    """Whether a client lists the links of a text below it, so that numbers in brackets are added to the text."""
    return "[1]" in text and _FOOTNOTES.search(text) is not None


def unescaped(text: str) -> tuple[str, frozenset[int]]:
    """The text, and lines of it that are the rest of the one above, and are empty then.

    It is decoded where it is in quoted-printable that no program decoded; it has as many lines as before.
    """
    if text.count("=") < _FEWEST_SIGNS or len(_ENCODED.findall(text)) < _FEWEST_SIGNS:
        return text, frozenset()
    rests: set[int] = set()
    for found in _BROKEN.finditer(text):
        first = text.count("\n", 0, found.start())
        rests.update(range(first + 1, first + 1 + found[0].count("\n")))
    text = _BROKEN.sub(lambda found: found[0].replace("=\n", "") + "\n" * found[0].count("\n"), text)
    return _ESCAPED.sub(_unescaped, text), frozenset(rests)


def letters(text: str, *, footnotes: bool = False) -> Letters:
    """The letters of a text; without numbers in brackets, where these are footnotes."""
    text = text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
    text, added = _without_added(text, footnotes=footnotes)
    words = [line.split() for line in text.translate(_NO_WORD).split("\n")] if text.isascii() else _words_of(text)
    joined = ["".join(each) for each in words]
    made = Letters("".join(joined), [0, *accumulate(map(len, joined))], words, [], added)
    if "http" in text or "www." in text:
        made.links = list(_links(text, made))
    return made


def _without_added(text: str, *, footnotes: bool) -> tuple[str, frozenset[int]]:
    """The text without what clients add, line ends apart, and the lines that had some of that."""
    patterns = [_LED] if _LED.search(text) else []
    patterns += [_ADDED] if ("<" in text or "[" in text) and _ADDED.search(text) else []
    patterns += [_FOOTNOTE] if footnotes else []
    added: set[int] = set()
    for pattern in patterns:
        starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        for found in pattern.finditer(text):
            added.update(range(bisect_right(starts, found.start()) - 1, bisect_right(starts, found.end() - 1)))
        text = pattern.sub(lambda found: " " + "\n" * found[0].count("\n"), text)
    return text, frozenset(added)


def _words_of(text: str) -> list[list[str]]:
    """The words of each line of a text that is not ASCII alone."""
    return [
        line.translate(_NO_WORD).split() if line.isascii() else _WORD.findall(line)
        for line in text.replace("_", " ").split("\n")
    ]


def _unescaped(found: re.Match[str]) -> str:
    data = bytes.fromhex(found[0].replace("=", ""))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _links(text: str, made: Letters) -> Iterator[Span]:
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def offset(position: int) -> int:
        line = bisect_right(starts, position) - 1
        return made.lines[line] + sum(map(len, _words_of(text[starts[line] : position])[0]))

    for count, found in enumerate(_LINK.finditer(text)):
        if count == _MOST_LINKS:
            return
        yield offset(found.start()), offset(found.end())


def common(one: str, at: int, other: str, there: int, limit: int | None = None) -> int:
    """How many letters are the same from two offsets on, at most so many; in as many steps as that has digits."""
    most = min(len(one) - at, len(other) - there)
    most = most if limit is None else min(most, limit)
    same, step = 0, min(32, most)
    while step > 0 and one[at + same : at + same + step] == other[there + same : there + same + step]:
        same += step
        step = min(step * 2, most - same)
    unequal = same + step
    while unequal - same > 1:
        middle = (same + unequal) // 2
        if one[at + same : at + middle] == other[there + same : there + middle]:
            same = middle
        else:
            unequal = middle
    return same
