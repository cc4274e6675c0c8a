"""The names that the INI gives the ten statuses; their meanings stay (B91)."""

from __future__ import annotations

from collections.abc import Mapping

from storage.records import STATUSES

Names = Mapping[str, str]
"""Meaning -> name."""


def meaning_of(name: str, names: Names) -> str | None:
    """The status that a name means, letter case ignored: the INI's names come first, its own name is understood too."""
    wanted = name.casefold()
    by_ini = (meaning for meaning, one in names.items() if one.casefold() == wanted)
    by_itself = (meaning for meaning in STATUSES if meaning.casefold() == wanted)
    return next(by_ini, next(by_itself, None))
