"""Names of statuses on the terminal: the INI's are shown, both are understood (B91)."""

from __future__ import annotations

from connector.cli.refusal import Misused
from connector.cli.tables import Row
from connector.status_names import Names, meaning_of

ARROW = " → "
"""What stands between old and new in the text of a change."""


def shown(meaning: str, names: Names) -> str:
    """The name that the INI gives a status."""
    return names.get(meaning, meaning)


def meant(name: str, names: Names) -> str:
    """The status that a typed name means, letter case ignored; the INI's names come first."""
    meaning = meaning_of(name, names)
    if meaning is None:
        raise Misused(f"status {name!r}: allowed are {', '.join(names.values())}")
    return meaning


def text_of(row: Row, names: Names) -> str:
    """The text of a history entry, a row of history_v1; the change of a status is told in the INI's names."""
    text = str(row["text"])
    if row["kind"] != "change" or row["subject"] != "status":
        return text
    change, bracket, why = text.partition(" (")
    field, colon, values = change.partition(": ")
    return f"{field}{colon}{ARROW.join(shown(value, names) for value in values.split(ARROW))}{bracket}{why}"
