"""Finds texts without which a pattern cannot match, so that most rules are ruled out without running them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import regex

_TOKEN = regex.compile(
    r"""(?P<other>\\[pP]\{[^}]*\}|\\[bBdDsSwWAZ]|[\^$.])
      | \\(?P<escaped>[^\w\s])
      | (?P<set>\[(?:\^?\]?)(?:\\.|[^\]\\])*\])
      | (?P<look>\(\?<?[=!])
      | (?P<group>\((?:\?(?:-i)?:|\?>|\?P?<\w+>|(?!\?|\*)))
      | (?P<close>\))
      | (?P<bar>\|)
      | (?P<repeat>(?:[*+?]|\{\d*,?\d*\})[+?]?)
      | (?P<odd>[\\({])
      | (?P<char>.)""",
    regex.VERBOSE | regex.DOTALL,
)
_PLAIN_SET = regex.compile(r"\[(-?[^\]\\^\[-][^\]\\\[-]{0,6}-?)\]")
_MOST_EXACT, _MOST_NEEDED = 24, 70


Item = tuple[str, str]
"""A token: its kind, and its text; of a group what stands between its brackets."""


class _Unknown(Exception):
    """The pattern holds something that this module does not know."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is known of a part of a pattern: all texts that it can be, or sets of texts with one of each in it."""

    exact: frozenset[str] | None = None
    needed: tuple[frozenset[str], ...] = ()

    @property
    def sets(self) -> tuple[frozenset[str], ...]:
        """Sets of texts of which one must be there, the best first; those that say nothing are left out."""
        known = (*self.needed, self.exact or frozenset())
        return tuple(sorted(filter(_worth, known), key=_worth, reverse=True))


_ANYTHING, _NOTHING = _Piece(), _Piece(frozenset({""}))


def needed_literals(pattern: str, flags: str) -> tuple[tuple[str, ...], ...]:
    """Sets of folded texts, the best first: one of each must be in whatever the pattern matches.

    Anything unusual in the pattern ends the search: knowing nothing is always right, only slower.
    """
    if "x" in flags:
        return ()
    try:
        sets = _alternatives(pattern).sets
    except (_Unknown, RecursionError):
        return ()
    return tuple(dict.fromkeys(tuple(_least(sorted(set(map(folded, each))))) for each in sets))


def folded(text: str) -> str:
    """The text with letter case taken out, as far as patterns with the flag i ever ignore it."""
    if text.isascii():
        return text.lower()
    for letter in "İı":
        if letter in text:
            text = text.replace(letter, "i")
    return text.casefold()


_small = lru_cache(maxsize=4096)(folded)


class Searched:
    """A text made ready for asking many rules whether they can match in it: folded, and by its letters."""

    __slots__ = ("letters", "plain", "whole")

    def __init__(self, text: str) -> None:
        self.letters: frozenset[str] = frozenset()  # outside ASCII, and what these fold to
        if text.isascii():
            self.whole = self.plain = text.lower()
            return
        data = text.encode("utf-8", "surrogatepass")
        outside = set(data.translate(None, _ASCII).decode("utf-8", "surrogatepass"))
        whole = data.lower().decode("utf-8", "surrogatepass")  # ASCII alone: several times as fast as `casefold`
        small = [_small(letter) for letter in outside]
        for letter, folds_to in zip(outside, small, strict=True):
            if folds_to != letter:
                whole = whole.replace(letter, folds_to)
        self.whole, self.letters = whole, frozenset("".join(small))
        self.plain = whole if max(outside) <= "\xff" else whole.encode("ascii", "ignore").decode("ascii")


@dataclass(frozen=True, slots=True)
class Needs:
    """Folded texts of which one must be in whatever a pattern matches; without any, nothing is known.

    So must what is in `also`, which is asked where those do not rule the text out.
    """

    ascii: tuple[str, ...] = ()
    other: tuple[tuple[frozenset[str], str], ...] = ()  # each behind its letters outside ASCII
    also: Needs | None = None

    @classmethod
    def of(cls, pattern: str, flags: str) -> Needs:
        """What the pattern needs, as far as it can be told."""
        needs = None
        for literals in reversed(needed_literals(pattern, flags)):
            other = ((frozenset(_NOT_ASCII.findall(each)), each) for each in literals if not each.isascii())
            needs = cls(tuple(filter(str.isascii, literals)), tuple(other), needs)
        return needs or cls()

    @property
    def known(self) -> bool:
        """Whether anything is known of what the pattern needs."""
        return bool(self.ascii or self.other)

    def may_be_in(self, text: Searched) -> bool:
        """Whether the pattern can match somewhere in the text at all."""
        needs: Needs | None = self
        plain = text.plain
        while needs is not None:
            for literal in needs.ascii:  # a loop: asked for every rule and mail, and `any` costs three times as much
                if literal in plain:
                    break
            else:
                if not needs._has_other_in(text):
                    return not needs.known
            needs = needs.also
        return True

    def _has_other_in(self, text: Searched) -> bool:
        letters = text.letters
        if letters:
            for own, literal in self.other:
                if own <= letters and literal in text.whole:
                    return True
        return False


def _least(literals: Iterable[str]) -> list[str]:
    """The literals without those that hold another one: where they are, the other is too."""
    least: list[str] = []
    for literal in sorted(literals, key=len):
        if not any(shorter in literal for shorter in least):
            least.append(literal)
    return least


_ASCII = bytes(range(128))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
NOTHING_KNOWN = Needs()


def _worth(literals: frozenset[str]) -> int:
    """How well a set of literals rules texts out: the length of the shortest; single letters, or none, say nothing."""
    if not literals or "" in literals or len(literals) > _MOST_NEEDED:
        return 0
    if any(each.isspace() or (len(each) == 1 and each.isascii() and each.isalnum()) for each in literals):
        return 0
    return min(map(len, literals))


@lru_cache(maxsize=4096)
def _alternatives(pattern: str) -> _Piece:
    """What is known of a pattern, or of what stands in a group; parts that many patterns share are read once."""
    branches: list[list[Item]] = [[]]
    for item in _items(pattern):
        if item[0] == "bar":
            branches.append([])
        else:
            branches[-1].append(item)
    pieces = [_sequence(branch) for branch in branches]
    if len(pieces) == 1:
        return pieces[0]
    exact = [each.exact for each in pieces if each.exact is not None]
    best = [each.sets[0] for each in pieces if each.sets]
    return _Piece(
        _capped(frozenset().union(*exact)) if len(exact) == len(pieces) else None,
        (frozenset().union(*best),) if len(best) == len(pieces) else (),
    )


def _items(pattern: str) -> Iterator[Item]:
    """The tokens of a pattern; a group is one, with what stands between its brackets."""
    opened, depth = None, 0
    for token in _TOKEN.finditer(pattern):
        kind = str(token.lastgroup)
        if kind in ("group", "look"):
            opened, depth = opened or token, depth + 1
        elif kind == "close":
            depth -= 1
            if depth < 0 or opened is None:
                raise _Unknown
            if depth == 0:
                yield str(opened.lastgroup), pattern[opened.end() : token.start()]
                opened = None
        elif opened is None:
            yield kind, token[kind]
    if opened is not None:
        raise _Unknown


def _sequence(items: list[Item]) -> _Piece:
    """What is known of pieces one after the other."""
    run, whole = _NOTHING, True
    found: list[frozenset[str]] = []
    left = items[::-1]
    while left:
        piece = _repeated(_piece(*left.pop()), left)
        longer = _joined(run, piece)
        if longer is None:
            found += (*run.sets, *piece.sets)
            run, whole = (piece if piece.exact is not None else _NOTHING), False
        else:
            run = longer
    return _Piece(run.exact if whole else None, (*found, *run.sets))


def _piece(kind: str, text: str) -> _Piece:
    """What one token says, a group's content included."""
    if kind in ("char", "escaped"):
        return _Piece(frozenset({text}))
    if kind == "group":
        return _alternatives(text)
    if kind == "look":
        _alternatives(text)
        return _NOTHING
    if kind == "set" and (plain := _PLAIN_SET.fullmatch(text)):
        return _Piece(frozenset(plain[1]))
    if kind == "other" and text in (r"\b", r"\B", "^", "$", r"\A", r"\Z"):
        return _NOTHING
    if kind in ("other", "set"):
        return _ANYTHING
    raise _Unknown


def _repeated(piece: _Piece, tokens: list[Item]) -> _Piece:
    """The piece under the quantifier that follows it, if one does."""
    if not tokens or tokens[-1][0] != "repeat":
        return piece
    text = tokens.pop()[1]
    if text in ("?", "??", "?+"):
        return _Piece(_capped(piece.exact | {""}) if piece.exact is not None else None)
    if text[0] in "?*" or text.startswith(("{0", "{,")):
        return _ANYTHING
    return _Piece(needed=piece.sets)


def _joined(run: _Piece, piece: _Piece) -> _Piece | None:
    """Two pieces one after the other, as long as all texts that they can be are known and few."""
    if run.exact is None or piece.exact is None:
        return None
    exact = _capped(frozenset(one + other for one, other in product(run.exact, piece.exact)))
    return _Piece(exact) if exact is not None else None


def _capped(texts: frozenset[str]) -> frozenset[str] | None:
    return texts if len(texts) <= _MOST_EXACT else None
