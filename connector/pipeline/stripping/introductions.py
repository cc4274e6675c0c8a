"""Finds what introduces a known quotation, in whatever language, by what it tells of the message's sender (B56)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connector.pipeline.stripping.labels import KNOWN, QUOTE, TEXT, Labelled

LONGEST = 250
"""Characters of an attribution."""
MOST_WRAPPED, MOST_FIELDS = 3, 12
OTHER_WORDS = 8
"""Words of an attribution besides the sender's name and address and what holds digits."""
FEW_WORDS = 2
_DATE = re.compile(r"\d[:.時时시h]\s?\d\d|\b(?:19|20)\d\d\b|\d+\D{1,3}\d+\D{1,3}\d+")
_ADDRESS = re.compile(r"[<(\[]?(?:mailto:)?[^\s<>()\[\]:;,]+@[^\s<>()\[\]:;,]+[>)\]]?")
_WORD = re.compile(r"\w+")
_END = ":：>"
_FIELD = re.compile(r"[*_]{0,2}[^\s:：@\d*][^:：@\d]{0,24}[*_]{0,2}\s?[:：][*_]{0,2}\s*\S")
_RULER = re.compile(r"[-_=*#~—–─━·•\s]{3,}")
_DELIMITER = re.compile(r"([-_=*])\1{3,}[^-_=*]{1,40}\1{4,}")
_MARKS = re.compile(r"^[>|\s]+")
_WIDE = re.compile(r"[\u2e80-\uffff]{2}")
_NUMBER = re.compile(r"\d+")
_DATE_NUMBERS = 4  # a day, a year, an hour and a minute at least
_CLOCK = re.compile(r"\d[:.時时시h]\s?\d\d")


def introduction(text: Labelled, first: int, people: frozenset[str]) -> int:
    """The first line of what introduces the quotation that starts at line `first`; `first` itself where nothing does.

    `people` are the names and addresses of the sender of what is quoted, casefolded.
    """
    end = block = _above(text, first)
    while block > 0 and _may_introduce(text, block - 1) and end - block < MOST_FIELDS:
        block -= 1
    lines = [_MARKS.sub("", line) for line in text.lines[block:end]]
    above = _above(text, block) - 1
    ruled = above >= 0 and text.labels[above] == TEXT and _is_ruler(text.lines[above])
    count = _fields(lines, people, ruled=ruled) or _attribution(lines, people)
    if count:
        return with_ruler(text, end - count)
    return end - 1 if lines and _DELIMITER.fullmatch(lines[-1]) else first


def _may_introduce(text: Labelled, at: int) -> bool:
    """Whether a line is nothing else yet; a client may have marked what introduces a quotation like the quotation."""
    return text.labels[at] == TEXT or (text.labels[at] == QUOTE and not text.rules[at].startswith(KNOWN))


def with_ruler(text: Labelled, head: int) -> int:
    """The head's first line, or that of the ruler or delimiter right above it."""
    above = _above(text, head) - 1
    if above < 0 or text.labels[above] != TEXT:
        return head
    return above if _is_ruler(text.lines[above]) else head


def _above(text: Labelled, line: int) -> int:
    """The line behind the last one above this one that is not empty, quote marks aside."""
    while line > 0 and not _MARKS.sub("", text.lines[line - 1]):
        line -= 1
    return line


def _fields(lines: Sequence[str], people: frozenset[str], *, ruled: bool) -> int:
    """How many lines at the end are a header block: three fields, the sender in one and a date with a time in another.

    People write forms as well: an address must be there, or a ruler above the lines.
    """
    count = fields = 0
    named = timed = False
    for line in reversed(lines):
        is_field = bool(_FIELD.match(line))
        if not is_field and "@" not in line:
            break
        count, fields = count + 1, fields + is_field
        folded = line.casefold()
        named = named or any(person in folded for person in people)
        timed = timed or (bool(_CLOCK.search(line)) and len(_NUMBER.findall(line)) >= _DATE_NUMBERS)
    block = lines[len(lines) - count :]
    ruled = ruled if count == len(lines) else _is_ruler(lines[len(lines) - count - 1])
    return count if fields >= 3 and named and timed and (ruled or any("@" in line for line in block)) else 0


def _is_ruler(line: str) -> bool:
    return bool(_RULER.fullmatch(line) or _DELIMITER.fullmatch(line))


def _attribution(lines: Sequence[str], people: frozenset[str]) -> int:
    """How many lines at the end are an attribution: as many as all tell something of the message's sender."""
    best = 0
    for count in range(1, min(MOST_WRAPPED, len(lines)) + 1):
        if not lines[-count]:
            break
        if count > 1 and not _tells(lines[-count], people):
            break
        if _is_attribution(" ".join(lines[-count:]), people):
            best = count
    return best


def _tells(line: str, people: frozenset[str]) -> bool:
    """Whether a line has the sender or a date in it, and does not end a sentence."""
    folded = line.casefold()
    return line[-1] not in ".!?:。！？：" and (bool(_DATE.search(line)) or any(person in folded for person in people))


def _is_attribution(line: str, people: frozenset[str]) -> bool:
    """Whether a line says who wrote, and when or that something follows, and next to nothing else."""
    if len(line) > LONGEST:
        return False
    folded = line.casefold()
    addressed = any("@" in person and person in folded for person in people)
    named = any("@" not in person and person in folded for person in people)
    dated, ends = bool(_DATE.search(line)), line[-1] in _END
    rest = _ADDRESS.sub(" ", folded)
    for person in sorted(people, key=len, reverse=True):
        rest = rest.replace(person, " ")
    words = [word for word in _WORD.findall(rest) if not any(map(str.isdigit, word))]
    others = sum(len(word) if _WIDE.search(word) else 1 for word in words)
    if not addressed and not named:
        return False
    return others <= (OTHER_WORDS if dated and ends else FEW_WORDS if dated or ends else -1)
