"""Which stored person a row is about."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import NamedTuple


class Key(NamedTuple):
    """What a person is known by: within a scope (a contact's account) by name and first address."""

    scope: int
    name: str
    email: str


SIGNS: tuple[Callable[[Key], Hashable], ...] = (
    lambda key: key,
    lambda key: (key.scope, key.name),
    lambda key: (key.scope, "", key.email),
)
"""The best sign first: both; then the name alone (a new address); then the address alone (a new name)."""


def pair(stored: Mapping[int, Key], rows: Sequence[Key]) -> list[int | None]:
    """For each row the id of the stored person it is about, each at most once; None for a new one.

    A weaker sign counts only where exactly one row and one stored person, not paired yet, have it.
    """
    found: list[int | None] = [None] * len(rows)
    for sign in SIGNS:
        free_ids = _grouped({i: sign(key) for i, key in stored.items() if i not in found})
        free_rows = _grouped({i: sign(key) for i, key in enumerate(rows) if found[i] is None})
        for value, places in free_rows.items():
            ids = free_ids.get(value, [])
            if len(ids) == len(places) == 1:
                found[places[0]] = ids[0]
    return found


def _grouped(signs: Mapping[int, Hashable]) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for place, sign in signs.items():
        groups.setdefault(sign, []).append(place)
    return groups
