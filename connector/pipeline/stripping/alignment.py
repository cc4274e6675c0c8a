"""Finds the lines of a text that stand in earlier messages, letter by letter, in order; in linear time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain

from connector.pipeline.stripping.letters import Letters, Span, common, letters
from storage.values import frozen

ANCHOR = 16
"""So many letters from a word's start on are looked up; they tell where the lines around them may stand."""
MOST_PLACES = 8
"""Places of one anchor that are tried."""
MOST_GREETING, MOST_ABOVE = 60, 60
"""Letters of a greeting that was answered, and lines between it and what follows it."""
MOST_ANCHORS = 4
"""Words of a line that are tried as its anchor."""
MOST_OPEN = 3
"""Chains that may go on below lines of another one: somebody answers in words of the message."""
_WIDE = "\u2e80"
_BETWEEN = "\0"
_LEAST_AHEAD = 4
_WINDOW = 64
_HOST = 8
_MOST_LOST = 4


@frozen
class Piece:
    """Lines in a row (the end not included), empty ones apart, and the letters of the messages that they are.

    `steps` are pairs of offsets, in the text and in the messages, at which letters match again.
    """

    first: int
    end: int
    start: int
    stop: int
    steps: tuple[Span, ...]

    def place(self, offset: int) -> int:
        """Where an offset of the text stands in the messages."""
        return _place(self.steps, offset)


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

    def __init__(self, texts: Sequence[str], *, footnotes: bool = False) -> None:
        self.texts = texts
        each = [letters(text, footnotes=footnotes) for text in texts]
        self.starts = [0, *accumulate(len(one.text) + 1 for one in each)]
        self.text = _BETWEEN.join(one.text for one in each) + _BETWEEN
        self.bounds = frozenset(at + start for one, at in zip(each, self.starts, strict=False) for start in one.lines)
        self.links = [
            (at + start, at + end) for one, at in zip(each, self.starts, strict=False) for start, end in one.links
        ]
        self._places: dict[str, int] = {}
        self._more: dict[str, list[int]] = {}
        self._learn([start for one, at in zip(each, self.starts, strict=False) for start in _word_starts(one, at)])

    def _learn(self, starts: list[int]) -> None:
        text = self.text
        anchors = [text[at : at + ANCHOR] for at in starts] if text.isascii() else [_anchor(text, at) for at in starts]
        self._places.update(zip(reversed(anchors), reversed(starts), strict=True))
        if len(self._places) == len(starts):
            return
        for anchor, start in zip(anchors, starts, strict=True):
            if self._places[anchor] != start and len(more := self._more.setdefault(anchor, [])) < MOST_PLACES:
                more.append(start)

    def link_at(self, offset: int) -> Span | None:
        """The link that begins at the offset, or holds it or ends there."""
        place = bisect_right(self.links, (offset, len(self.text)))
        found = self.links[place - 1] if place else None
        return found if found and found[1] >= offset else None

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


def _word_starts(one: Letters, at: int) -> Iterable[int]:
    return accumulate(map(len, chain.from_iterable(one.words)), initial=at)


def _anchor(text: str, start: int) -> str:
    """The letters from an offset on that are looked up; of letters that are words or syllables, half as many."""
    return text[start : start + (ANCHOR if text[start : start + 1] < _WIDE else ANCHOR // 2)]


def chains(text: Letters, messages: Messages) -> list[Chain]:
    """All that stands in the messages, in the order of the text; no line is in two chains."""
    found: list[Chain] = []
    line = lowest = 0
    while line < len(text.words):
        piece = _longer(found, text, line, messages) if text.words[line] else None
        if piece is None and text.words[line]:
            piece = _anchored(text, line, messages)
            if piece and not _again(found, text, piece):
                greeting = _greeting(text, lowest, piece, messages)
                found.append(Chain(messages.message_at(piece.start), [*greeting, piece]))
        line = piece.end if piece else line + 1
        lowest = line if piece else lowest
    return found


def _longer(found: list[Chain], text: Letters, line: int, messages: Messages) -> Piece | None:
    """The lines from this one on with which one of the newest chains goes on where it stopped; the oldest of these."""
    pieces = [(one, _piece(text, line, messages, text.lines[line], one.stop)) for one in found[-MOST_OPEN:]]
    longest = max((piece.end for _, piece in pieces if piece), default=0)
    for one, piece in pieces:
        if piece and piece.end == longest:
            one.pieces.append(piece)
            return piece
    return None


def _again(found: list[Chain], text: Letters, piece: Piece) -> bool:
    """Whether a piece begins with a copy of lines that a chain has, and goes on where the chain stopped: it joins it.

    Which of the two is somebody's copy nobody can tell; the second one stays out of the chain.
    """
    for one in found[: -MOST_OPEN - 1 : -1]:
        if one.start < piece.start < one.stop < piece.stop:
            for line in range(piece.first + 1, piece.end):
                if text.words[line] and piece.place(text.lines[line]) == one.stop:
                    one.pieces.append(Piece(line, piece.end, one.stop, piece.stop, piece.steps))
                    return True
    return False


def _greeting(text: Letters, lowest: int, piece: Piece, messages: Messages) -> list[Piece]:
    """The message's first letters, too few to be found, where they stand above the piece with an answer between."""
    start = messages.ends(messages.message_at(piece.start))[0]
    if not 0 < piece.start - start <= MOST_GREETING:
        return []
    first = messages.text[start : min(start + _LEAST_AHEAD, piece.start)]
    for line in range(piece.first - 1, max(lowest, piece.first - MOST_ABOVE) - 1, -1):
        if text.text.startswith(first, text.lines[line]):
            above = _piece(text, line, messages, text.lines[line], start)
            if above and above.stop == piece.start:
                return [above]
    return []


def _anchored(text: Letters, line: int, messages: Messages) -> Piece | None:
    """The lines from this one on, where a word of it leads to; of several places the one with most lines."""
    best = None
    for start in text.starts(line, MOST_ANCHORS):
        back = start - text.lines[line]
        for place in messages.places(_anchor(text.text, start)):
            if text.text[start - back : start] == messages.text[max(0, place - back) : place]:
                piece = _piece(text, line, messages, start - back, place - back)
                best = piece if piece and (best is None or piece.end > best.end) else best
        if best:
            return best
    return None


def _piece(text: Letters, line: int, messages: Messages, start: int, at: int) -> Piece | None:
    """The whole lines from this one on that are the messages' letters from `at` on; None where not even this one is.

    Where the piece ends within a line of the message, its last line may have been changed: it is left out.
    """
    steps = tuple(_steps(text, messages, start, at))
    end = _with_words(text, line, text.line_at(steps[-1][0]))
    if end > line and _place(steps, text.lines[end]) not in messages.bounds:
        end = _with_words(text, line, end - 1)
    return Piece(line, end, at, _place(steps, text.lines[end]), steps) if end > line else None


def _with_words(text: Letters, line: int, end: int) -> int:
    """The end of lines without those at the end that have no letters."""
    while end > line and not text.words[end - 1]:
        end -= 1
    return end


def _place(steps: Sequence[Span], offset: int) -> int:
    """Where an offset of the text stands in the messages; `steps` are pairs of both at which letters match again."""
    here, there = next((step for step in reversed(steps) if step[0] <= offset), steps[0])
    return there + offset - here


def _steps(text: Letters, messages: Messages, start: int, at: int) -> Iterator[tuple[int, int]]:
    """Pairs of offsets: each is the start of equal letters, the last where they end for good."""
    while True:
        yield start, at
        same = common(text.text, start, messages.text, at)
        start, at = start + same, at + same
        further = _over(text, messages, start, at)
        if further is None:
            yield start, at
            return
        start, at = further


def _over(text: Letters, messages: Messages, start: int, at: int) -> tuple[int, int] | None:
    """Where letters match again behind something that clients leave out, write anew or damage."""
    best, most = None, _LEAST_AHEAD - 1
    for here, there in _ways(text, messages, start, at):
        if here + there <= start + at or min(here, there) < 0:
            continue
        ahead = _ahead(text, messages, here, there, skipped=here > start)
        if ahead > most:
            best, most = (here, there), ahead
    return best


def _ahead(text: Letters, messages: Messages, here: int, there: int, *, skipped: bool) -> int:
    """How many letters are the same from two offsets on; few are enough where a line ends with them."""
    same = common(text.text, here, messages.text, there, _WINDOW)
    return same + _LEAST_AHEAD * ((same > 0 or skipped) and text.is_line(here + same))


def _ways(text: Letters, messages: Messages, start: int, at: int) -> Iterator[tuple[int, int]]:
    mine, theirs = text.link_at(start), messages.link_at(at)
    if mine and theirs and _is_rewritten(text.text[mine[0] : mine[1]], messages.text[theirs[0] : theirs[1]]):
        yield mine[1], theirs[1]
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
