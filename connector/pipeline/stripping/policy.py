"""Decides on the shape of the labels what is cut (B50, B53); facts about lines are the rules' business."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from connector.pipeline.stripping.labels import (
    ATTRIBUTION,
    DELIMITER,
    EMPTY,
    HEADER,
    INDENTED,
    KNOWN,
    QUOTE,
    REST,
    TEXT,
    Labelled,
)
from storage.values import frozen

_HEADS = frozenset((ATTRIBUTION, HEADER, DELIMITER))
_HEAD = re.compile("d[de]*h|[hd]|a+(?=e*(?:[tdh]|$))")
_MARKED_BELOW = re.compile("(?<![dhae])[ae]*+([dh][dhae]*+)(?=q)")
_QUOTATION = re.compile("(?P<attribution>a+e*)?(?P<quote>q(?:[qe]*q)?)|a+")
_UNMARKED = re.compile("a+(?=e*(?:[tdh]|$))")
_ANNOUNCING = re.compile(r"[^\d@<>]{0,400}[:：]")
_RULER = re.compile(r"[-_=*#~—–─━·•\s]{3,}")


@frozen
class Quotation:
    """Quoted lines in a row with their attribution; numbers are indexes, the end not included."""

    start: int
    quote: int
    end: int

    @property
    def attributed(self) -> bool:
        """Whether the quotation has an attribution."""
        return self.start < self.quote


def mark_rest(text: Labelled, *, answered: bool = False) -> None:
    """Label all that stands below the head of an unmarked quotation, head included; the head alone where `answered`.

    A head is a delimiter, a header block, or an attribution without quote marks below it; one with nothing above it
    is none, for then the writer's own words would be gone (B53). Where what stands right below it has quote marks, it
    is an attribution too: below the marked lines the writer may go on.
    """
    if _HEADS.isdisjoint(text.labels):
        return
    _mark_heads_of_marked_lines(text)
    _keep_announced(text)
    shape = text.shape
    written = next((at for at, label in enumerate(shape) if label == TEXT and not _RULER.fullmatch(text.lines[at])), -1)
    if written < 0:
        return
    head = _HEAD.search(shape, written)
    if head and answered:
        end = len(shape) - len(shape[head.start() :].lstrip("dhae"))
        _mark_heads(text, head.start(), end, ATTRIBUTION)
        _mark_heads(text, end, len(text.lines), TEXT)
    elif head:
        start = _with_ruler(text, head.start(), written)
        rule = text.rules[head.start()]
        text.labels[start:] = [EMPTY if label == EMPTY else REST for label in text.labels[start:]]
        text.rules[start:] = [rule] * (len(text.lines) - start)


def _keep_announced(text: Labelled) -> None:
    """Take back attributions with no quote marks below where the writer's line above announces what was said.

    Then it is a conversation that is shown ("Here is the chat:"), and so are those below.
    """
    announced = False
    shape = text.shape
    for head in _UNMARKED.finditer(shape):
        first, end = head.span()
        above = len(shape[:first].rstrip(EMPTY)) - 1
        own = above >= 0 and shape[above] == TEXT
        announced = announced or (own and bool(_ANNOUNCING.fullmatch(text.lines[above])))
        if announced and not any(rule.startswith("html-") for rule in text.rules[first:end]):
            _mark_heads(text, first, end, TEXT)


def quote_attributed(text: Labelled, ranges: Iterable[tuple[int, int, str, str]]) -> None:
    """Label indented lines as quoted where a quotation's head stands above them, and all such below those (B54).

    Others are the writer's own; so is a conversation in them, which does not begin with a quotation's head.
    """
    quoted = False
    for first, end, label, rule in ranges:
        if label == INDENTED and not quoted:
            _keep_conversation(text, first, min(end, len(text.lines)))
        above = next((text.labels[at] for at in range(first - 1, -1, -1) if text.labels[at] != EMPTY), TEXT)
        quoted = quoted or above in _HEADS
        if label == INDENTED and quoted:
            text.mark(first, min(end, len(text.lines)), QUOTE, rule)


def _keep_conversation(text: Labelled, first: int, end: int) -> None:
    """Take heads within a range back where the range begins with something else."""
    begins = next((text.labels[at] for at in range(first, end) if text.labels[at] != EMPTY), TEXT)
    if begins == TEXT:
        _mark_heads(text, first, end, TEXT)


def _mark_heads(text: Labelled, first: int, end: int, label: str) -> None:
    """Give the heads among some lines another label; what is text now was said by no rule."""
    for at in range(first, end):
        if text.labels[at] in _HEADS:
            text.mark(at, at + 1, label, "" if label == TEXT else text.rules[at])


def _mark_heads_of_marked_lines(text: Labelled) -> None:
    """Label as attributions the delimiters and header blocks with quote marks in the first line below."""
    for head in _MARKED_BELOW.finditer(text.shape):
        for index in range(*head.span(1)):
            text.mark(index, index + 1, ATTRIBUTION, text.rules[index])


def _with_ruler(text: Labelled, head: int, written: int) -> int:
    """The head's first line, or that of the ruler right above it (Outlook's underscores)."""
    above = head - 1
    while above > written and text.labels[above] == EMPTY:
        above -= 1
    return above if above > written and _RULER.fullmatch(text.lines[above]) else head


def quotations_to_cut(text: Labelled, *, answered: bool = False) -> list[tuple[int, int]]:
    """Ranges of attributions and quoted lines to cut; quoted lines that are answered inline are not among them.

    Where `answered`, the writer says that answers stand among them: none that is not known goes. What stands at the
    very top with nothing quoted below may be the writer's own sentence.
    """
    shape = text.shape
    if QUOTE not in shape and ATTRIBUTION not in shape:
        return []
    quotations = [_quotation(match) for match in _QUOTATION.finditer(shape)]
    inline = _is_inline(shape, quotations)
    ranges = []
    for place, each in enumerate(quotations):
        following = shape[each.end : quotations[place + 1].start if place + 1 < len(quotations) else None]
        if each.attributed and (each.quote < each.end or answered or TEXT in shape[: each.start]):
            ranges.append((each.start, each.quote))
        if inline and TEXT in following:
            continue
        if _is_known(text, each) or not (answered or _is_own(text, shape, each)):
            ranges.append((each.quote, each.end))
    return ranges


def _quotation(match: re.Match[str]) -> Quotation:
    if match["quote"] is None:
        return Quotation(match.start(), match.end(), match.end())
    return Quotation(match.start(), match.start("quote"), match.end())


def _is_inline(shape: str, quotations: list[Quotation]) -> bool:
    """Whether answers stand between quoted lines."""
    quoted = [each for each in quotations if each.quote < each.end]
    return any(TEXT in shape[one.end : other.start] for one, other in pairwise(quoted))


def _is_known(text: Labelled, quotation: Quotation) -> bool:
    """Whether the lines stand in a message that the mail answers, as a client quotes it (B56)."""
    return quotation.quote < quotation.end and text.rules[quotation.quote].startswith(KNOWN)


def _is_own(text: Labelled, shape: str, quotation: Quotation) -> bool:
    """Whether the writer put these quoted lines there: no client's attribution above them, but own words.

    They stand below as well, or those above announce what is quoted, with a colon and without a date or an address.
    """
    if quotation.attributed or not -1 < shape.find(TEXT) < quotation.start:
        return False
    if quotation.end <= max(shape.rfind(TEXT), shape.rfind(ATTRIBUTION)):
        return True
    above = next(at for at in range(quotation.start - 1, -1, -1) if shape[at] != EMPTY)
    return shape[above] == TEXT and bool(_ANNOUNCING.fullmatch(text.lines[above]))
