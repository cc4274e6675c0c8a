"""Labels what stands in the messages that a mail answers, whatever its client made of it (B56)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connector.pipeline.stripping.alignment import Chain, Messages, Piece, chains
from connector.pipeline.stripping.introductions import introduction, with_ruler
from connector.pipeline.stripping.labels import ATTRIBUTION, DELIMITER, EMPTY, HEADER, KNOWN, QUOTE, TEXT, Labelled
from connector.pipeline.stripping.letters import Letters, has_footnotes, letters, unescaped
from storage.values import frozen

ENOUGH, LITTLE = 40, 12
"""Letters that prove a quotation, and that do so below an attribution where they are a whole message."""
WORDS = 6
GREETING = 24
"""Letters at a message's beginning that need not be there."""
WHOLE = 0.9
"""The part of what was newly written in a message that makes it whole: clients leave its signature out."""
_WIDE = "\u2e80"
_WIDE_LETTERS = 3
HEADS = (ATTRIBUTION, HEADER, DELIMITER, EMPTY)
_FOOTNOTES_HEAD = re.compile(r"(?:visible )?links:?|references:?|[-_=*]{3,}", re.IGNORECASE)
_FOOTNOTE = re.compile(r"\[?(\d{1,3})[\].](?:\s+(?:https?://|mailto:)\S+)?")
_LINK = re.compile(r"(?:https?://|mailto:)\S+")
_NUMBER = re.compile(r"\[(\d{1,3})\]")
_MARK = re.compile(r"[^\w\s]{0,3}(?:[A-Za-z]{1,3}>)?")
_MARKS = re.compile(r"[>|│┃»›＞\s]+|([-_=*#~—–─━·•\s])[-_=*#~—–─━·•\s]{2,}")


@frozen
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
    written, rests = unescaped("\n".join(text.lines))
    footnotes = has_footnotes(written) or any(has_footnotes(message.text) for message in answered)
    messages = Messages([message.text for message in answered], footnotes=footnotes)
    mine = letters(written, footnotes=footnotes)
    mine.rests = rests
    found: dict[str, list[Chain]] = {}
    for chain in chains(mine, messages):
        message = answered[chain.message]
        before = found.get(message.message_id, [])
        first = chain.pieces[0].first
        head = _head(text, first, message)
        if any(chain.start < other.stop and other.start < chain.stop for other in before) and head == first:
            continue  # somebody uses words again that are quoted already
        whole = _is_whole(chain, messages, message)
        if _is_quoted(chain, mine, message, attributed=head < first, whole=whole):
            rule = KNOWN + message.message_id
            _mark_head(text, head, first, rule)
            _label(text, chain if whole else Chain(chain.message, chain.pieces[:1]), mine, messages, rule)
            found.setdefault(message.message_id, []).append(chain)
    return tuple(found)


def _head(text: Labelled, first: int, message: Answered) -> int:
    """The first line of the attribution or header block above a line, by whichever rule; the line itself if none is."""
    at = above = first
    while at > 0 and text.labels[at - 1] in HEADS:
        at -= 1
        above = at if text.labels[at] != EMPTY else above
    if above < first:
        return with_ruler(text, above)
    return introduction(text, first, message.people) if not message.own else first


def _is_whole(chain: Chain, messages: Messages, message: Answered) -> bool:
    """Whether the chain has all that was newly written in a message, a greeting apart, and in a row."""
    start, end = messages.ends(chain.message)
    below = sum(last - first for first, last in messages.links if chain.stop <= first < end)  # a list of its links
    had = chain.stop - chain.start + below
    return chain.start - start <= GREETING and had >= WHOLE * _written(message, end - start)


def _is_quoted(chain: Chain, mine: Letters, message: Answered, *, attributed: bool, whole: bool) -> bool:
    """Whether a client put the lines there: a person may copy some, and use the same words again."""
    size = sum(_weight(mine, piece.first, piece.end) for piece in chain.pieces)
    if attributed:
        return size >= (LITTLE if whole else ENOUGH)
    return whole and not message.own and size >= ENOUGH and _words(mine, chain) >= WORDS


def _written(message: Answered, size: int) -> float:
    """About how many letters of the message's were newly written."""
    share = message.written / max(1, len(message.text))
    return size * share if 0 < share < 1 else size


def _weight(mine: Letters, first: int, end: int) -> int:
    """Letters of some lines, as far as they count; one that is a word or a syllable counts for more."""
    text = mine.text[mine.lines[first] : min(mine.lines[end], mine.lines[first] + ENOUGH)]
    return len(text) if text.isascii() else sum(_WIDE_LETTERS if letter >= _WIDE else 1 for letter in text)


def _words(mine: Letters, chain: Chain) -> int:
    """Words of a chain's lines, as far as they count; letters that are words by themselves count so."""
    count = 0
    for piece in chain.pieces:
        for at in range(piece.first, piece.end):
            wide = sum(letter >= _WIDE for letter in mine.text[mine.lines[at] : mine.lines[at + 1]][:WORDS])
            count += len(mine.words[at]) + wide
            if count >= WORDS:
                return count
    return count


def _label(text: Labelled, chain: Chain, mine: Letters, messages: Messages, rule: str) -> None:
    """Label the lines of a chain; where a client marks what it quotes, lines without a mark are somebody's copies."""
    signs, end = _Signs(text.lines[chain.pieces[0].first], messages.texts[chain.message]), 0
    marked = any(QUOTE in text.labels[piece.first : piece.end] for piece in chain.pieces)
    for piece in chain.pieces:
        first, end = piece.first, piece.end
        while piece is not chain.pieces[0] and not mine.words[first - 1] and text.lines[first - 1] in signs:
            first -= 1
        while end in mine.rests:
            end += 1
        for at in range(first, end):
            if mine.words[at]:
                quoted = not marked or text.labels[at] != TEXT or _goes_on(text, at, piece, mine, messages)
            else:
                quoted = text.lines[at] in signs or _is_rest(text, at, mine, signs)
            if quoted:
                text.mark(at, at + 1, QUOTE, rule)
    text.mark(end, _with_trailer(text, chain.pieces[0].first, end, mine), QUOTE, rule)


def _goes_on(text: Labelled, at: int, piece: Piece, mine: Letters, messages: Messages) -> bool:
    """Whether a line goes on within a line of the message where the quoted one right above it ends."""
    return text.labels[at - 1] == QUOTE and piece.place(mine.lines[at]) not in messages.bounds


def _is_rest(text: Labelled, at: int, mine: Letters, signs: _Signs) -> bool:
    """Whether a line without letters is what a client broke off the line above, or what it added there."""
    return at in mine.added or at in mine.rests or signs.has_behind(text.lines[at - 1], text.lines[at])


class _Signs:
    """Lines without letters that are quoted: marks and rulers, and those of the message; others may be answers."""

    def __init__(self, first_line: str, message: str) -> None:
        self._mark = _mark(first_line)
        self._message = message

    def __contains__(self, line: str) -> bool:
        line = line.removeprefix(self._mark).removesuffix("=20").strip()
        if not line or _MARKS.fullmatch(line):
            return True
        return line in self._message and any(line == each.strip() for each in self._message.split("\n"))

    def has_behind(self, above: str, line: str) -> bool:
        """Whether the line stands in the message behind the last word of the one above it."""
        words = above.split()
        return bool(words) and f"{words[-1]} {line}" in " ".join(self._message.split())


def _mark_head(text: Labelled, head: int, first: int, rule: str) -> None:
    """Label what no rule knows above the first line as its attribution."""
    for at in range(head, first):
        if text.labels[at] in (TEXT, EMPTY, QUOTE):
            text.mark(at, at + 1, ATTRIBUTION, rule)


def _with_trailer(text: Labelled, first: int, end: int, mine: Letters) -> int:
    """The end of what a client added below the quoted lines: quote marks alone, and footnotes of links."""
    start, mark = end, _mark(text.lines[first])
    while end < len(text.lines) and not mine.words[end] and text.lines[first].startswith(text.lines[end]):
        end += 1
    notes = {f"[{note}]" for line in text.lines[first:start] for note in _NUMBER.findall(line)}
    below = end + (end < len(text.lines) and bool(notes and _FOOTNOTES_HEAD.fullmatch(text.lines[end])))
    for at in range(below, len(text.lines)):
        line = text.lines[at].removeprefix(mark).strip()
        note = _FOOTNOTE.fullmatch(line)
        wrapped = _LINK.fullmatch(line) and text.lines[at - 1].removeprefix(mark).strip() in notes
        if line and not wrapped and not (note and f"[{note[1]}]" in notes):
            break
        end = at + 1 if text.lines[at] else end
    return end


def _mark(line: str) -> str:
    """What a client put in front of a quoted line."""
    found = _MARK.match(line)
    return found[0].rstrip() if found else ""
