"""A text by its letters alone: whatever a client does to blanks, lines, marks and quotes, these stay as they are."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect, bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

_WORD = re.compile("[\\w☀-➠⭐\U0001f000-\U0001faff]+")
"""Letters and digits; pictures too, for a person may answer with one. Bullets and arrows are no words."""
_NO_WORD = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "\n"}
_ARTEFACT = re.compile(
    r"<(?:https?:|mailto:|tel:|www\.)[^<>\n]*(?:\n[^<>\n]{1,200}){0,3}>"
    r"|\[(?:https?:|cid:|image:|inline\b)[^\]\n]*\]|\[[^\]\s]{1,60}\.(?:png|jpe?g|gif)\]|\]\(https?:[^()\s]*\)"
    r"|https?://[^\s<>\"]+|www\.[^\s<>\"]+"
)
"""What clients put into a text, in brackets, and links, which they write anew."""
_LED = re.compile(r"^[^\w\n]{0,8}[a-z]{1,3}>(?=\s|$)|^[o§](?=\t|\s\s)", re.MULTILINE)
"""What clients put in front of a line: the initials of whom they quote, and Outlook's inner bullet."""
_FOOTNOTE = re.compile(r"\[\d{1,3}\]")
_FOOTNOTES = re.compile(r"^\W*\[?1[\].]\s+(?:https?://|mailto:)\S", re.MULTILINE)
_ESCAPED = re.compile(r"(?:=[89A-Fa-f][0-9A-Fa-f])+|=3D|=20$", re.MULTILINE)
_MOST_SPANS = 5000
INSERTED, LINK = "inserted", "link"


Span = tuple[int, int, str]
"""Start, end, and whether it is INSERTED or a LINK."""


@dataclass(slots=True)
class Letters:
    """The letters of all lines in a row, where each line and each word starts in them, and what clients may change."""

    text: str
    lines: list[int]  # start of each line, and the end of the last
    words: list[list[str]]  # of each line
    spans: list[Span] = field(default_factory=list)  # in order
    inserted: list[Span] = field(default_factory=list)  # those of them that clients put in

    def starts(self, line: int, most: int) -> list[int]:
        """Where the first few words of a line start."""
        return list(accumulate(map(len, self.words[line][: most - 1]), initial=self.lines[line]))

    def line_at(self, offset: int) -> int:
        """The number of lines that end at the offset or before it."""
        return bisect_right(self.lines, offset) - 1

    def is_line(self, offset: int) -> bool:
        """Whether a line starts at the offset, or the last one ends there."""
        return self.lines[self.line_at(offset)] == offset

    def inserted_from(self, offset: int) -> Span | None:
        """The first that clients put in at the offset or behind it."""
        place = bisect_left(self.inserted, (offset, 0, ""))
        return self.inserted[place] if place < len(self.inserted) else None

    def span_at(self, offset: int) -> Span | None:
        """The span that begins at the offset, or holds it or ends there."""
        place = bisect(self.spans, (offset, len(self.text) + 1, ""))
        found = self.spans[place - 1] if place else None
        return found if found and found[1] >= offset else None


def letters(lines: Sequence[str], *, unescape: bool = False) -> Letters:
    """The letters of lines; with `unescape`, a quoted-printable text that was never decoded is."""
    text = "\n".join(lines)
    if unescape and text.count("=") > 1 and len(_ESCAPED.findall(text)) > 1:
        text = _ESCAPED.sub(_unescaped, text)
    text = text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
    words = [line.split() for line in text.translate(_NO_WORD).split("\n")] if text.isascii() else _words_of(text)
    joined = ["".join(each) for each in words]
    made = Letters("".join(joined), [0, *accumulate(map(len, joined))], words)
    made.spans = [span for span in _spans(text, made) if span[0] < span[1]]
    made.inserted = [span for span in made.spans if span[2] == INSERTED]
    return made


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


def _spans(text: str, made: Letters) -> Iterator[Span]:
    found = [(match.start(), match.end(), INSERTED) for match in _LED.finditer(text)]
    if "[" in text or "<" in text or "http" in text or "www." in text:
        found += [(m.start(), m.end(), INSERTED if m[0][0] in "<[]" else LINK) for m in _ARTEFACT.finditer(text)]
        if _FOOTNOTES.search(text):
            found += [(match.start(), match.end(), INSERTED) for match in _FOOTNOTE.finditer(text)]
    if not found:
        return
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def offset(position: int) -> int:
        line = bisect_right(starts, position) - 1
        return made.lines[line] + sum(map(len, _words_of(text[starts[line] : position])[0]))

    for start, end, kind in sorted(found)[:_MOST_SPANS]:
        yield offset(start), offset(end), kind


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
