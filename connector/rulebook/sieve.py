"""Which of many rules can match in a text at all: all of them are asked at once, those that share a beginning once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Generic, TypeVar

from connector.rulebook.literals import Needs, Searched

Thing = TypeVar("Thing")
SHARED = 3
"""Letters of the beginning by which needed texts are looked for together: "diese Nachricht", "diese Mail"."""
Needed = tuple[str, int]
"""A text, and the things that it rules in: bits of their places."""


class Sieve(Generic[Thing]):
    """Things, each with the texts of which it needs one, made ready for asking many texts which of them are possible.

    The answer is that of asking each one's `Needs`, several times as fast.
    """

    __slots__ = ("_always", "_beginnings", "_other", "_things")

    def __init__(self, things: Sequence[Thing], needs: Sequence[Needs]) -> None:
        self._things = tuple(things)
        self._always = sum(1 << place for place, each in enumerate(needs) if not (each.ascii or each.other))
        self._beginnings = _beginnings(needs)
        self._other = _by_letters(needs)

    def possible(self, text: str) -> tuple[Thing, ...]:
        """The things that can match somewhere in the text, in their order."""
        found = self._always
        if self._beginnings or self._other:
            found |= self._found(Searched(text))
        return tuple([each for place, each in enumerate(self._things) if found >> place & 1]) if found else ()

    def _found(self, text: Searched) -> int:
        """The bits of what the text rules in."""
        found, plain, letters = 0, text.plain, text.letters
        for beginning, whole in self._beginnings:
            if beginning in plain:
                for literal, things in whole:
                    if literal in plain:
                        found |= things
        if letters:
            for needed, whole in self._other:
                if needed <= letters:
                    for literal, things in whole:
                        if literal in text.whole:
                            found |= things
        return found


def _beginnings(needs: Sequence[Needs]) -> tuple[tuple[str, tuple[Needed, ...]], ...]:
    """The needed texts in ASCII by their beginning; one that is alone with it stands for itself."""
    places: defaultdict[str, int] = defaultdict(int)
    for place, each in enumerate(needs):
        for literal in each.ascii:
            places[literal] |= 1 << place
    groups: defaultdict[str, list[Needed]] = defaultdict(list)
    for literal, things in places.items():
        groups[literal[:SHARED]].append((literal, things))
    return tuple((beginning if len(whole) > 1 else whole[0][0], tuple(whole)) for beginning, whole in groups.items())


def _by_letters(needs: Sequence[Needs]) -> tuple[tuple[frozenset[str], tuple[Needed, ...]], ...]:
    """The other needed texts by their letters outside ASCII, without which none of them can be there."""
    groups: defaultdict[frozenset[str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for place, each in enumerate(needs):
        for letters, literal in each.other:
            groups[letters][literal] |= 1 << place
    return tuple((letters, tuple(whole.items())) for letters, whole in groups.items())
