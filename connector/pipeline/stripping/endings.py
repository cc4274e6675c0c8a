"""Labels the ends of what a person wrote: disclaimers, lines that mobile clients add, signatures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from connector.pipeline.stripping.disclaimers import TAIL, label_banners, label_disclaimers
from connector.pipeline.stripping.labels import (
    ATTRIBUTION,
    DELIMITER,
    DISCLAIMER,
    EMPTY,
    FOOTER,
    HEADER,
    QUOTE,
    SIGNATURE,
    TEXT,
    Labelled,
    is_within_sentence,
    runs,
)
from connector.rulebook import Matcher

SHORT = 100
"""A longer line is neither a signature nor a footer."""
BELOW_DELIMITER, BELOW_CLOSING, BELOW_NAME = 20, 8, 2
"""Lines of text that may stand below "-- ", below "Kind regards", below "-Jane"."""
NAME_LENGTH, NAME_WORDS, SENTENCE_WORDS, ABBREVIATION = 60, 6, 12, 5
PARTICLES = frozenset(("von", "van", "der", "den", "de", "da", "di", "do", "dos", "del", "della", "la", "le")).union(
    ("el", "al", "bin", "ben", "ter", "ten", "zu", "zum", "y", "e", "og", "och", "of")
)
"""Words in lower case that stand in names."""
_ON_BEHALF = re.compile(r"(?:[ip]\.?\s?[AVp]\.|ppa\.?)\s+")  # German: who signs for somebody else
_ITEM = re.compile(r"(?:\d{1,3}|[a-zA-Z])[.)]\s|(?:-\s?|[–*•·]\s)\w")
PROSE_WORDS = 4
_LONGEST = 1000
_ADDRESS = re.compile(r"https?:[^\s<>()]*")
_LINK = re.compile(r"[<(\[]?(?:https?:|www\.)\S+")


def label_endings(text: Labelled, matcher: Matcher) -> None:
    """Label the end of every part, a part being the lines of text between quoted ones, and banners above all."""
    label_banners(text, matcher)
    quoted = _begins_with_unmarked_quotation(text)
    for start, end in runs(text.shape, TEXT + EMPTY):
        lines = [index for index in range(start, end) if text.labels[index] == TEXT]
        if lines:
            label_disclaimers(text, start, end, lines, matcher)
            for first, last in _between_footers(text, start, end, lines[-TAIL:], matcher):
                _label_signatures(text, first, last, lines[-TAIL:], matcher, quoted=quoted)


def _between_footers(
    text: Labelled, start: int, end: int, lines: Iterable[int], matcher: Matcher
) -> Iterator[tuple[int, int]]:
    """Label the lines that mobile clients add; what stands between them, and above and below, each ends by itself.

    Such a line is the first or the last of a paragraph, or stands below a delimiter, and goes with that and with a
    link below it; a postscript below stays.
    """
    short = [index for index in lines if len(text.lines[index]) <= SHORT or _length(text.lines[index]) <= SHORT]
    places = [index for index in short if _is_edge(text, index, start, end)]
    places = [index for index in places if not _goes_on_below(text, index, end) and not is_within_sentence(text, index)]
    rules = matcher.possible("footer", [text.lines[index] for index in places])
    for index in places if rules else ():
        if text.labels[index] == TEXT and (found := matcher.first(rules, text.lines[index])):
            first, below = index, index + 1
            while below < end and _LINK.fullmatch(text.lines[below]):
                below += 1
            while first > start and text.lines[first - 1] and not any(map(str.isalnum, text.lines[first - 1])):
                first -= 1
            text.mark(first, below, FOOTER, found[0].name)
            yield start, first
            start = below
    yield start, end


def _length(line: str) -> int:
    """Characters of a line without the links in it."""
    return len(line) if "http" not in line else len(_ADDRESS.sub("", line[:_LONGEST]))


def _is_edge(text: Labelled, index: int, start: int, end: int) -> bool:
    labels = text.labels
    if index == start or index == end - 1 or labels[index - 1] == EMPTY or labels[index + 1] == EMPTY:
        return True
    return not any(map(str.isalnum, text.lines[index - 1]))


def _goes_on_below(text: Labelled, index: int, end: int) -> bool:
    """Whether the line below begins in the middle of a sentence, which then began above."""
    below = text.lines[index + 1] if index + 1 < end else ""
    return below[:1].islower() and not _reaches(below)


def _reaches(line: str) -> bool:
    """Whether an address of a person or a page stands in the line."""
    return "@" in line or "www." in line or "http:" in line or "https:" in line


def _label_signatures(
    text: Labelled, start: int, end: int, lines: list[int], matcher: Matcher, *, quoted: bool
) -> None:
    """Signatures may stand one above the other ("-Jane", then a list's "____"): each is looked for above the last.

    Where the text may be `quoted`, an answer may stand below the signature of the quoted mail: then nothing goes.
    """
    lines = [index for index in lines if index < end and text.labels[index] == TEXT]
    places = [index for index in lines[-BELOW_DELIMITER - 1 :] if not text.lines[index][0].isalnum()]
    pairs = pairwise(lines[-BELOW_CLOSING - 1 :])
    places += [
        index for index, next_ in pairs if text.lines[index][0].isalnum() and _is_name(_signer(text.lines[next_]))
    ]
    places = sorted([index for index in places if len(text.lines[index]) <= SHORT])
    rules = matcher.possible("signature", [text.lines[index] for index in places])
    found = [(index, hit[0].name) for index in places if (hit := matcher.first(rules, text.lines[index]))]
    while found:
        ends = (
            _is_signature(text, start, index, end) and not (quoted and _has_more(text, index, end))
            for index, _ in found
        )
        first = next((place for place, is_end in enumerate(ends) if is_end), None)
        if first is None:
            return
        index, rule = found[first]
        for at in range(index, end):
            if text.labels[at] != DISCLAIMER:
                text.mark(at, at + 1, SIGNATURE, rule)
        end, found = index, found[:first]


def _begins_with_unmarked_quotation(text: Labelled) -> bool:
    """Whether the head of a quotation stands above all, and no quote marks below tell where it ends."""
    if QUOTE in text.labels:
        return False
    first = next(
        (label for line, label in zip(text.lines, text.labels, strict=True) if any(map(str.isalnum, line))), TEXT
    )
    return first in (ATTRIBUTION, HEADER, DELIMITER)


def _has_more(text: Labelled, index: int, end: int) -> bool:
    """Whether text stands below the paragraph of a signature's first line."""
    return TEXT in text.shape[index:end].partition(TEXT + EMPTY)[2]


def _is_signature(text: Labelled, start: int, index: int, end: int) -> bool:
    """Whether what stands below a signature's first line looks like one; the line itself tells what to expect.

    Without a letter it is a delimiter; with punctuation in front ("-Jane", "/Jane") a name in its own paragraph; else
    it is a closing ("Kind regards"), and a name must follow.
    """
    line = text.lines[index]
    below = [at for at in range(index + 1, end) if text.labels[at] == TEXT]
    lines = [_signer(text.lines[at]) for at in below]
    if not any(map(str.isalnum, line)):
        if not 0 < len(below) <= BELOW_DELIMITER or _is_separator(text, index):
            return False
        below_quotation = start > 0 and TEXT not in text.labels[start:index]
        return below_quotation or _may_stand_below(line, lines)
    if not line[0].isalnum():
        own = index == start or text.labels[index - 1] == EMPTY
        return own and len(below) <= BELOW_NAME and not _is_listed(text, index, lines)
    if not 0 < len(below) <= BELOW_CLOSING or not _is_name(lines[0]) or _is_announced(text, index):
        return False
    apart = next((place for place, at in enumerate(below) if place and text.labels[at - 1] == EMPTY), len(below))
    return not any(map(_is_sentence, lines)) and not any(map(_is_prose, lines[apart:]))


def _signer(line: str) -> str:
    """The line without the words that say for whom a name signs."""
    return (_ON_BEHALF.sub("", line) or line) if "." in line or "ppa" in line else line


def _may_stand_below(delimiter: str, lines: list[str]) -> bool:
    """Whether these lines can be a signature: the first is no sentence, and below a drawn line (a list's) none is."""
    said = lines[:1] if delimiter[0] == "-" else [line for line in lines if not _reaches(line)]
    return not any(_is_sentence(line) or _is_prose(line) for line in said)


def _is_separator(text: Labelled, index: int) -> bool:
    """Whether the same line stands more than once in what was written: it parts that."""
    line = text.lines[index]
    if text.lines.count(line) == 1:
        return False
    return sum(each == line and label == TEXT for each, label in zip(text.lines, text.labels, strict=True)) > 1


def _is_listed(text: Labelled, index: int, below: list[str]) -> bool:
    """Whether a line with a dash in front is one of a list: such lines follow, or a colon stands above."""
    return _is_announced(text, index) or any(line[0] == text.lines[index][0] for line in below)


def _is_announced(text: Labelled, index: int) -> bool:
    """Whether the line above ends with a colon: then the writer shows what he wants to have written somewhere."""
    above = next((text.lines[at] for at in range(index - 1, -1, -1) if text.lines[at]), "")
    return above.endswith((":", "："))


def _is_name(line: str) -> bool:
    """Whether the line can be a person's name: few words, none in lower case but particles, unless it is one word."""
    if len(line) > NAME_LENGTH or line[-1] in "?!:;,":
        return False
    words = line.split()
    if len(words) > NAME_WORDS:
        return False
    if len(words) > 1 and any(word[0].islower() and word not in PARTICLES for word in words):
        return False
    return not any(map(str.isdigit, line)) and any(map(str.isalpha, line)) and not _is_sentence(line)


def _is_sentence(line: str) -> bool:
    """Whether a line below a closing says something: a postscript, an item, a question, many words, or a full stop."""
    words = line.split()
    return (
        len(words) > SENTENCE_WORDS
        or line[-1] in "?？。！"
        or line[:4].upper().startswith(("PS", "P.S", "P. S", "NB", "N.B"))
        or bool(_ITEM.match(line))
        or (len(words) > 1 and line[-1] in ".!" and len(words[-1]) > ABBREVIATION)
    )


def _is_prose(line: str) -> bool:
    """Whether a line reads like a part of a text: some words, half of them in lower case, no address or number."""
    words = line.split()
    if len(words) < PROSE_WORDS or _reaches(line) or "|" in line:
        return False
    return sum(word[0].islower() for word in words) * 2 >= len(words)
