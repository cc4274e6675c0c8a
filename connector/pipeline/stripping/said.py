"""Labels what stands in the messages that a mail answers, whatever its client made of it (B56)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connector.pipeline.stripping.alignment import Chain, Messages, Piece, chains
from connector.pipeline.stripping.introductions import introduction
from connector.pipeline.stripping.labels import ATTRIBUTION, DELIMITER, EMPTY, HEADER, KNOWN, QUOTE, TEXT, Labelled
from connector.pipeline.stripping.letters import Letters, letters

ENOUGH, LITTLE, MUCH = 40, 12, 300
"""Letters that a whole message must have, that are enough below an attribution, and that nobody copies by hand."""
WORDS = 6
GREETING = 24
"""Letters at a message's beginning that need not be there."""
WHOLE = 0.9
"""The part of what was newly written in a message that makes it whole: clients leave its signature out."""
_WIDE = "\u2e80"
_WIDE_LETTERS = 3
_HEADS = (ATTRIBUTION, HEADER, DELIMITER)
_FOOTNOTES_HEAD = re.compile(r"\w+(?: \w+)?:?|[-_=*]{3,}")
_FOOTNOTE = re.compile(r"\[?(\d{1,3})[\].]\s+(?:https?://|mailto:)\S+")
_MARKS = re.compile(r"[>|│┃»›＞\s]+|([-_=*#~—–─━·•\s])[-_=*#~—–─━·•\s]{2,}")


@dataclass(frozen=True, slots=True)
class Answered:
    """A message that the mail answers: its text, and how many characters of that were newly written (0: unknown).

    `people` are the names and addresses that its sender has for those who got it, casefolded. `own`: the mail's writer
    wrote it, so that the same words may well be newly written.
    """

    message_id: str
    text: str
    written: int = 0
    people: frozenset[str] = frozenset()
    own: bool = False


def label_said(text: Labelled, answered: Sequence[Answered]) -> tuple[str, ...]:
    """Label as quoted what stands in the messages, and what introduces it; the Message-IDs of those that were found."""
    if not answered:
        return ()
    messages = Messages([message.text for message in answered])
    mine = letters(text.lines, unescape=True)
    found: dict[str, None] = {}
    for chain in chains(mine, messages):
        message = answered[chain.message]
        first = chain.pieces[0].first
        head = introduction(text, first, message.people) if not message.own else first
        attributed = head < first or _is_attributed(text, first)
        if not _is_quoted(chain, mine, messages, message, attributed=attributed):
            continue
        rule = KNOWN + message.message_id
        text.mark(head, first, ATTRIBUTION, rule)
        _label(text, chain, mine, messages, rule)
        found[message.message_id] = None
    return tuple(found)


def _is_attributed(text: Labelled, first: int) -> bool:
    above = next((text.labels[at] for at in range(first - 1, -1, -1) if text.labels[at] != EMPTY), TEXT)
    return above in _HEADS


def _is_quoted(chain: Chain, mine: Letters, messages: Messages, message: Answered, *, attributed: bool) -> bool:
    """Whether a client put the lines there: a person may copy some, and use the same words again."""
    start, end = messages.ends(chain.message)
    size = sum(_weight(mine, piece.first, piece.end) for piece in chain.pieces)
    from_top = chain.start - start <= GREETING
    whole = from_top and chain.stop - chain.start >= WHOLE * _written(message, end - start)
    if attributed:
        return size >= (LITTLE if whole else ENOUGH)
    if message.own or not from_top:
        return False
    first = chain.pieces[0]
    return (whole and size >= ENOUGH and _words(mine, chain) >= WORDS) or _weight(mine, first.first, first.end) >= MUCH


def _written(message: Answered, size: int) -> float:
    """About how many letters of the message's were newly written."""
    share = message.written / max(1, len(message.text))
    return size * share if 0 < share < 1 else size


def _weight(mine: Letters, first: int, end: int) -> int:
    """Letters of some lines; one that is a word or a syllable counts for more."""
    text = mine.text[mine.lines[first] : mine.lines[end]]
    return len(text) if text.isascii() else sum(_WIDE_LETTERS if letter >= _WIDE else 1 for letter in text)


def _words(mine: Letters, chain: Chain) -> int:
    """Words of a chain's lines; letters that are words by themselves count so."""
    lines = [at for piece in chain.pieces for at in range(piece.first, piece.end)]
    wide = sum(letter >= _WIDE for at in lines for letter in mine.text[mine.lines[at] : mine.lines[at + 1]][:WORDS])
    return sum(len(mine.words[at]) for at in lines) + wide


def _label(text: Labelled, chain: Chain, mine: Letters, messages: Messages, rule: str) -> None:
    """Label the lines of a chain, without a small end of it that may be the writer's: it is proved by what follows."""
    pieces = list(chain.pieces)
    end = messages.ends(chain.message)[1]
    while len(pieces) > 1 and pieces[-1].stop != end and _weight(mine, pieces[-1].first, pieces[-1].end) < LITTLE:
        pieces.pop()
    for piece in pieces:
        for at in range(piece.first, piece.end):
            if mine.words[at] or not text.lines[at] or _is_quoted_sign(text, piece, at, messages.texts[chain.message]):
                text.mark(at, at + 1, QUOTE, rule)
    last = pieces[-1]
    text.mark(last.end, _with_trailer(text, last, mine), QUOTE, rule)


def _is_quoted_sign(text: Labelled, piece: Piece, at: int, message: str) -> bool:
    """Whether a line without letters is a quote mark, a ruler, or stands in the message; else it may be an answer."""
    line = text.lines[at]
    return bool(_MARKS.fullmatch(line)) or text.lines[piece.first].startswith(line) or f"\n{line}\n" in message


def _with_trailer(text: Labelled, last: Piece, mine: Letters) -> int:
    """The end of what a client added below the last quoted line: quote marks alone, and footnotes of links."""
    end = last.end
    while end < len(text.lines) and (not text.lines[end] or _is_mark(text, last, end, mine)):
        end += 1
    at = end + (end < len(text.lines) and bool(_FOOTNOTES_HEAD.fullmatch(text.lines[end])))
    while at < len(text.lines) and (not text.lines[at] or _is_footnote(text, last, at)):
        at += 1
        end = at if text.lines[at - 1] else end
    return end


def _is_footnote(text: Labelled, last: Piece, at: int) -> bool:
    """Whether a line has the link to a number that stands in the quoted lines."""
    note = _FOOTNOTE.fullmatch(text.lines[at])
    return note is not None and any(f"[{note[1]}]" in line for line in text.lines[last.first : last.end])


def _is_mark(text: Labelled, last: Piece, at: int, mine: Letters) -> bool:
    span = mine.span_at(mine.lines[at])
    wordless = not mine.words[at] or bool(span and (span[0], span[1]) == (mine.lines[at], mine.lines[at + 1]))
    return wordless and text.lines[last.first].startswith(text.lines[at])
