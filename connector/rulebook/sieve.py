"""Which of many rules can match in a text at all: all of them are asked at once, those that share a beginning once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import takewhile
from typing import Generic, TypeVar

from connector.rulebook.literals import Needs, Searched

Thing = TypeVar("Thing")
SHARED = 3
"""Letters of the beginning by which needed texts are looked for together: "diese Nachricht", "diese Mail"."""
REMEMBERED, MOST_REMEMBERED = 200, 200
"""Characters of a text for which what rules say of it is remembered, and of how many: mails repeat short lines."""
Needed = tuple[str, frozenset[int]]
"""A text, and the places of the things that it rules in."""
NeededLetters = tuple[frozenset[str], str, frozenset[int]]
"""The same behind the letters outside ASCII that are in the text."""


class Sieve(Generic[Thing]):
    """Things, each with the texts of which it needs one, made ready for asking many texts which of them are possible.

    The answer is that of asking for those texts one after the other, several times as fast.
    """

    __slots__ = ("_always", "_beginnings", "_known", "_other", "_things")

    def __init__(self, things: Sequence[Thing], needs: Sequence[Needs]) -> None:
        self._things = tuple(things)
        self._always = [place for place, each in enumerate(needs) if not each.known]
        self._beginnings = _beginnings(needs)
        self._other = _by_letter(needs)
        self._known: dict[str, tuple[Thing, ...]] = {}

    def possible(self, text: str) -> tuple[Thing, ...]:
        """The things that can match somewhere in the text, in their order."""
        if len(text) > REMEMBERED:
            return self._asked(text)
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            found = self._known[text] = self._asked(text)
        return found

    def _asked(self, text: str) -> tuple[Thing, ...]:
        places = set(self._always)
        if self._beginnings or self._other:
            self._find(Searched(text), places)
        return tuple([self._things[place] for place in sorted(places)]) if places else ()

    def _find(self, text: Searched, places: set[int]) -> None:
        """Add the places of what the text rules in."""
        plain, letters = text.plain, text.letters
        for beginning, whole in self._beginnings:
            if beginning in plain:
                for literal, things in whole:
                    if literal in plain:
                        places.update(things)
        for letter in self._other.keys() & letters:
            for needed, literal, things in self._other[letter]:
                if needed <= letters and literal in text.whole:
                    places.update(things)


def _beginnings(needs: Sequence[Needs]) -> tuple[tuple[str, tuple[Needed, ...]], ...]:
    """The needed texts in ASCII by the beginning that they share; that of one alone is all of it."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    for place, each in enumerate(needs):
        for literal in each.ascii:
            places[literal].add(place)
    groups: defaultdict[str, list[Needed]] = defaultdict(list)
    for literal, things in places.items():
        groups[literal[:SHARED]].append((literal, frozenset(things)))
    return tuple((_shared([literal for literal, _ in whole]), tuple(whole)) for whole in groups.values())


def _shared(texts: Sequence[str]) -> str:
    """The letters that all of the texts begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(min(texts), max(texts), strict=False))
    return "".join(letter for letter, _ in pairs)


def _by_letter(needs: Sequence[Needs]) -> dict[str, list[NeededLetters]]:
    """The other needed texts by one of their letters outside ASCII; all of these must be there."""
    places: defaultdict[tuple[frozenset[str], str], set[int]] = defaultdict(set)
    for place, each in enumerate(needs):
        for needed in each.other:
            places[needed].add(place)
    groups: defaultdict[str, list[NeededLetters]] = defaultdict(list)
    for (letters, literal), things in places.items():
        groups[max(letters)].append((letters, literal, frozenset(things)))
    return dict(groups)
