"""Names of statuses: the INI's are shown, both are understood (B91)."""

from __future__ import annotations

from collections.abc import Mapping

from connector.cli.refusal import Misused


def shown(meaning: str, names: Mapping[str, str]) -> str:
    """The name that the INI gives a status."""
    return names.get(meaning, meaning)


def meant(name: str, names: Mapping[str, str]) -> str:
    """The status that a typed name means, letter case ignored; the INI's names come first."""
    wanted = name.casefold()
    by_name = {meaning.casefold(): meaning for meaning in names}
    by_name |= {one.casefold(): meaning for meaning, one in names.items()}
    if wanted not in by_name:
        raise Misused(f"status {name!r}: allowed are {', '.join(names.values())}")
    return by_name[wanted]
