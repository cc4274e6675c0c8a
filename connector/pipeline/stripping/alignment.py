"""Finds the lines of a text that stand in earlier messages, letter by letter, in order; in linear time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

from connector.pipeline.stripping.letters import INSERTED, Letters, Span, common, letters

ANCHOR = 16
"""So many letters from a word's start on are looked up; they tell where the lines around them may stand."""
MOST_PLACES = 8
"""Places of one anchor that are tried."""
MOST_ANCHORS = 4
"""Words of a line that are tried as its anchor."""
_BETWEEN = "\0"
_LEAST_AHEAD = 4
_WINDOW = 64
_HOST = 8
_MOST_LOST = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines in a row (the end not included), empty ones apart, and the letters of the messages that they are."""

    first: int
    end: int
    start: int
    stop: int


@dataclass(slots=True)
class Chain:
    """Pieces that follow each other in one message without a gap in it; between them other lines may stand."""

    message: int
    pieces: list[Piece] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Where its first piece starts in the messages' letters."""
        return self.pieces[0].start

    @property
    def stop(self) -> int:
        """Where its last piece ends in the messages' letters."""
        return self.pieces[-1].stop


class Messages:
    """The letters of some messages, and where each of their words stands."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        each = [letters(text.split("\n")) for text in texts]
        self.starts = [0, *accumulate(len(one.text) + 1 for one in each)]
        self.text = _BETWEEN.join(one.text for one in each) + _BETWEEN
        self.bounds = frozenset(at + start for one, at in zip(each, self.starts, strict=False) for start in one.lines)
        spans = [
            (at + start, at + end, kind)
            for one, at in zip(each, self.starts, strict=False)
            for start, end, kind in one.spans
        ]
        self.letters = Letters(self.text, [], [], spans)
        self._places: dict[str, int] = {}
        self._more: dict[str, list[int]] = {}
        for one, at in zip(each, self.starts, strict=False):
            self._learn(accumulate(map(len, chain.from_iterable(one.words)), initial=at))

    def _learn(self, starts: Iterable[int]) -> None:
        text, places = self.text, self._places
        for start in starts:
            anchor = text[start : start + ANCHOR]
            if places.setdefault(anchor, start) != start:
                more = self._more.setdefault(anchor, [])
                if len(more) < MOST_PLACES:
                    more.append(start)

    def places(self, anchor: str) -> Iterator[int]:
        """Where the anchor stands."""
        if anchor in self._places:
            yield self._places[anchor]
            yield from self._more.get(anchor, ())

    def message_at(self, offset: int) -> int:
        """The number of the message that holds the offset."""
        return bisect_right(self.starts, offset) - 1

    def ends(self, message: int) -> tuple[int, int]:
        """Where the message's letters start and end."""
        return self.starts[message], self.starts[message + 1] - 1


def chains(text: Letters, messages: Messages) -> list[Chain]:
    """All that stands in the messages, in the order of the text; no line is in two chains."""
    found: list[Chain] = []
    line = 0
    while line < len(text.words):
        if not text.words[line]:
            line += 1
            continue
        piece = _following(text, line, messages, found[-1].stop) if found else None
        if piece is not None:
            found[-1].pieces.append(piece)
        elif (piece := _anchored(text, line, messages)) is not None:
            found.append(Chain(messages.message_at(piece.start), [piece]))
        line = piece.end if piece else line + 1
    return found


def _following(text: Letters, line: int, messages: Messages, at: int) -> Piece | None:
    """The lines from this one on that go on where the chain stopped."""
    return _piece(text, line, messages, text.lines[line], at)


def _anchored(text: Letters, line: int, messages: Messages) -> Piece | None:
    """The lines from this one on, where a word of it leads to; of several places the one with most lines."""
    best = None
    for start in text.starts(line, MOST_ANCHORS):
        for place in messages.places(_anchor(text, start)):
            back = start - _first(text, line)
            if back < 0 or text.text[start - back : start] != messages.text[max(0, place - back) : place]:
                continue
            piece = _piece(text, line, messages, start - back, place - back)
            if piece and (best is None or piece.end > best.end):
                best = piece
        if best:
            return best
    return None


def _anchor(text: Letters, start: int) -> str:
    """The letters from an offset on, without what clients put in."""
    anchor = ""
    while len(anchor) < ANCHOR and start < len(text.text):
        span, end = text.inserted_from(start), start + ANCHOR - len(anchor)
        if span is None or span[0] >= end:
            return anchor + text.text[start:end]
        anchor, start = anchor + text.text[start : span[0]], span[1]
    return anchor


def _first(text: Letters, line: int) -> int:
    """Where the line's own letters start: behind what a client put in front of them."""
    start = text.lines[line]
    span = text.span_at(start)
    led = span and span[0] == start and span[2] == INSERTED and start < span[1] < text.lines[line + 1]
    return span[1] if span and led else start


def _piece(text: Letters, line: int, messages: Messages, start: int, at: int) -> Piece | None:
    """The whole lines from this one on that are the messages' letters from `at` on; None where not even this one is.

    Where the piece ends within a line of the message, its last line may have been changed: it is left out.
    """
    steps = list(_steps(text, messages, start, at))
    end = _with_words(text, line, text.line_at(steps[-1][0]))
    if end > line and _place(steps, text.lines[end]) not in messages.bounds:
        end = _with_words(text, line, end - 1)
    return Piece(line, end, at, _place(steps, text.lines[end])) if end > line else None


def _with_words(text: Letters, line: int, end: int) -> int:
    """The end of lines without those at the end that have no letters."""
    while end > line and not text.words[end - 1]:
        end -= 1
    return end


def _place(steps: list[tuple[int, int]], offset: int) -> int:
    """Where an offset of the text stands in the messages; `steps` are pairs of both at which letters match again."""
    here, there = next((step for step in reversed(steps) if step[0] <= offset), steps[0])
    return there + offset - here


def _steps(text: Letters, messages: Messages, start: int, at: int) -> Iterator[tuple[int, int]]:
    """Pairs of offsets: each is the start of equal letters, the last where they end for good."""
    while True:
        yield start, at
        span = text.inserted_from(start)
        same = common(text.text, start, messages.text, at, span[0] - start if span else None)
        start, at = start + same, at + same
        if span and start == span[0]:
            further = _over_inserted(text, messages, span, at)
        else:
            further = _over(text, messages, start, at)
        if further is None:
            yield start, at
            return
        start, at = further


def _over_inserted(text: Letters, messages: Messages, span: Span, at: int) -> tuple[int, int] | None:
    """Where letters match again at or behind what a client may have put in; the message may have it as well."""
    size = span[1] - span[0]
    plain = common(text.text, span[0], messages.text, at, size + _WINDOW)
    behind = common(text.text, span[1], messages.text, at, _WINDOW) + _LEAST_AHEAD * text.is_line(span[1])
    if behind >= _LEAST_AHEAD and behind > plain - size:
        return span[1], at
    if plain >= size:
        return span[1], at + size
    return _over(text, messages, span[0] + plain, at + plain)


def _over(text: Letters, messages: Messages, start: int, at: int) -> tuple[int, int] | None:
    """Where letters match again behind something that clients put in, leave out, or write anew."""
    best, most = None, _LEAST_AHEAD - 1
    for here, there in _ways(text, messages, start, at):
        if here + there <= start + at or min(here, there) < 0:
            continue
        ahead = common(text.text, here, messages.text, there, _WINDOW) + _LEAST_AHEAD * text.is_line(here)
        if ahead > most:
            best, most = (here, there), ahead
    return best


def _ways(text: Letters, messages: Messages, start: int, at: int) -> Iterator[tuple[int, int]]:
    mine, theirs = text.span_at(start), messages.letters.span_at(at)
    if mine and theirs and _is_rewritten(text.text[mine[0] : mine[1]], messages.text[theirs[0] : theirs[1]]):
        yield mine[1], theirs[1]
    if mine and mine[2] == INSERTED:
        yield mine[1], at - (start - mine[0])
    if theirs:
        yield start - (at - theirs[0]), theirs[1]
    yield _behind_accents(text.text, start), _behind_accents(messages.text, at)


def _is_rewritten(mine: str, theirs: str) -> bool:
    """Whether a link still names where the other one leads."""
    host = theirs.removeprefix("http").removeprefix("s").removeprefix("www")[:_HOST]
    return bool(host) and host in mine


def _behind_accents(text: str, at: int) -> int:
    """The offset behind letters with accents: they are lost, or read in another character set."""
    end = at
    while end < min(len(text), at + _MOST_LOST) and "\x7f" < text[end] < "\u0250":
        end += 1
    return end
