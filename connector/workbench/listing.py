"""Every rule of a folder with its place, also those that are switched off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connector.ini import Section, read_ini
from connector.rulebook.definitions import DEFINE

_NO = frozenset(("n", "no", "0", "false"))


@dataclass(frozen=True, slots=True)
class Listed:
    """One rule as its file has it; `examples` counts both, those that match and those that do not."""

    name: str
    kind: str
    language: str
    client: str
    active: bool
    file: str
    line: int
    examples: int


def listed(folder: Path) -> Iterator[Listed]:
    """All rules, files by name, sections in order; what is wrong in a file is for `rules check` to tell."""
    for file in sorted(folder.glob("*.ini")):
        for section in read_ini(file).sections:
            if _value(section, "Kind").lower() != DEFINE:
                yield _rule(file, section)


def _rule(file: Path, section: Section) -> Listed:
    examples = sum(entry.key.lower().startswith(("example", "counterexample")) for entry in section.entries)
    kind, language, client = (_value(section, key) for key in ("Kind", "Language", "Client"))
    active = _value(section, "Active").lower() not in _NO
    return Listed(section.name, kind.lower(), language, client, active, str(file), section.line, examples)


def _value(section: Section, key: str) -> str:
    entry = section.get(key)
    return entry.value if entry else ""
