"""Labels the ends of what a person wrote: signatures, lines that mobile clients add, disclaimers."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from connector.pipeline.stripping.labels import DISCLAIMER, EMPTY, FOOTER, SIGNATURE, TEXT, Labelled, runs
from connector.rulebook import Matcher

SHORT = 100
"""A longer line is neither a signature nor a footer."""
TAIL, TOP = 30, 3
"""Lines from a part's end, and from its top, that are looked at."""
BELOW_DELIMITER, BELOW_CLOSING, BELOW_NAME = 20, 8, 2
"""Lines of text that may stand below "-- ", below "Kind regards", below "-Jane"."""
NAME_LENGTH, NAME_WORDS, SENTENCE_WORDS, ABBREVIATION = 60, 6, 12, 5
PARTICLES = frozenset(("von", "van", "der", "den", "de", "da", "di", "do", "dos", "del", "della", "la", "le")).union(
    ("el", "al", "bin", "ben", "ter", "ten", "zu", "zum", "y", "e", "og", "och", "of")
)
"""Words in lower case that stand in names."""


def label_endings(text: Labelled, matcher: Matcher) -> None:
    """Label the end of every part, a part being the lines of text between quoted ones."""
    for start, end in runs(text.shape, TEXT + EMPTY):
        lines = [index for index in range(start, end) if text.labels[index] == TEXT]
        if lines:
            _label_disclaimers(text, start, end, lines, matcher)
            end = _label_footer(text, start, end, lines[-TAIL:], matcher)
            _label_signatures(text, start, end, lines[-TAIL:], matcher)


def _label_disclaimers(text: Labelled, start: int, end: int, lines: list[int], matcher: Matcher) -> None:
    """A disclaimer is a paragraph of its own, near the end or at the top."""
    places = lines if len(lines) <= TOP + TAIL else [*lines[:TOP], *lines[-TAIL:]]
    rules = matcher.possible("disclaimer", (text.lines[index] for index in places))
    for index in places if rules else ():
        if text.labels[index] == TEXT and (found := matcher.first(rules, text.lines[index])):
            first, last = _paragraph(text, index, start, end)
            text.mark(first, last, DISCLAIMER, found[0].name)


def _paragraph(text: Labelled, index: int, start: int, end: int) -> tuple[int, int]:
    """First line, and the one behind the last, of the lines of text around a line."""
    first = last = index
    while first > start and text.labels[first - 1] == TEXT:
        first -= 1
    while last < end and text.labels[last] == TEXT:
        last += 1
    return first, last


def _label_footer(text: Labelled, start: int, end: int, lines: Iterable[int], matcher: Matcher) -> int:
    """Mobile clients put their line between the answer and the quotation: what stands below it goes with it.

    It is the first or the last line of a paragraph. Returns where the part ends now.
    """
    places = [index for index in lines if _is_edge(text, index, start, end) and len(text.lines[index]) <= SHORT]
    rules = matcher.possible("footer", (text.lines[index] for index in places))
    for index in places if rules else ():
        if text.labels[index] == TEXT and (found := matcher.first(rules, text.lines[index])):
            text.mark(index, end, FOOTER, found[0].name)
            return index
    return end


def _is_edge(text: Labelled, index: int, start: int, end: int) -> bool:
    return index in (start, end - 1) or EMPTY in (text.labels[index - 1], text.labels[index + 1])


def _label_signatures(text: Labelled, start: int, end: int, lines: list[int], matcher: Matcher) -> None:
    """Signatures may stand one above the other ("-Jane", then a list's "____"): each is looked for above the last."""
    lines = [index for index in lines if index < end and text.labels[index] == TEXT]
    places = [index for index in lines[-BELOW_DELIMITER - 1 :] if not text.lines[index][0].isalnum()]
    pairs = pairwise(lines[-BELOW_CLOSING - 1 :])
    places += [index for index, next_ in pairs if text.lines[index][0].isalnum() and _is_name(text.lines[next_])]
    places = sorted(index for index in places if len(text.lines[index]) <= SHORT)
    rules = matcher.possible("signature", (text.lines[index] for index in places))
    found = [(index, hit[0].name) for index in places if (hit := matcher.first(rules, text.lines[index]))]
    while found:
        first = next((place for place, (index, _) in enumerate(found) if _is_signature(text, start, index, end)), None)
        if first is None:
            return
        index, rule = found[first]
        text.mark(index, end, SIGNATURE, rule)
        end, found = index, found[:first]


def _is_signature(text: Labelled, start: int, index: int, end: int) -> bool:
    """Whether what stands below a signature's first line looks like one; the line itself tells what to expect.

    Without a letter it is a delimiter; with punctuation in front ("-Jane", "/Jane") a name in its own paragraph; else
    it is a closing ("Kind regards"), and a name must follow.
    """
    line = text.lines[index]
    below = [text.lines[at] for at in range(index + 1, end) if text.labels[at] == TEXT]
    if not any(map(str.isalnum, line)):
        return 0 < len(below) <= BELOW_DELIMITER
    if not line[0].isalnum():
        return len(below) <= BELOW_NAME and (index == start or text.labels[index - 1] == EMPTY)
    return 0 < len(below) <= BELOW_CLOSING and _is_name(below[0]) and not any(map(_is_sentence, below))


def _is_name(line: str) -> bool:
    """Whether the line can be a person's name: few words, none in lower case but particles, unless it is one word."""
    words = line.split()
    if len(line) > NAME_LENGTH or len(words) > NAME_WORDS or line[-1] in "?!:;," or _is_sentence(line):
        return False
    return len(words) == 1 or not any(word[0].islower() and word not in PARTICLES for word in words)


def _is_sentence(line: str) -> bool:
    """Whether a line below a closing says something: a postscript, a question, many words, or a full stop."""
    words = line.split()
    return (
        len(words) > SENTENCE_WORDS
        or line[-1] in "?？"
        or line.upper().startswith(("PS", "P.S", "P. S", "NB", "N.B"))
        or (len(words) > 1 and line[-1] in ".!。" and len(words[-1]) > ABBREVIATION)
    )
