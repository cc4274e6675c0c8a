"""The effective configuration: every token's value and where it comes from, secrets hidden (B102)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import regex

from connector.config.load import GROUP_SECTION, base_of, named_sections
from connector.config.tokens import SECTIONS, Token, tokens_of
from connector.ini import Ini, Section, read_ini

HIDDEN = "***"
SECRET_IN_QUERY = re.compile(r"(?<=[?&]password=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Effective:
    """One token; `source` is `default`, or `FILE:LINE`."""

    section: str
    name: str
    value: str
    source: str


def effective(file: Path) -> Iterator[Effective]:
    """Every token of a file that is in order, and the privilege groups of one's own."""
    ini = read_ini(file)
    for name in SECTIONS:
        yield from _section(name, ini.get(name), file)
    for section in named_sections(ini):
        yield from _section(section.name, section, file)
    yield from _groups(ini, file)


def _section(name: str, section: Section | None, file: Path) -> Iterator[Effective]:
    for token in tokens_of(name):
        entry = section.get(token.name) if section else None
        written = entry.value if entry else token.default
        source = f"{file}:{entry.line}" if entry else "default"
        yield Effective(name, token.name, _shown(token, written, base_of(file)), source)


def _groups(ini: Ini, file: Path) -> Iterator[Effective]:
    for section in ini.sections:
        if section.name.lower().startswith(GROUP_SECTION):
            for entry in section.entries:
                yield Effective(section.name, entry.key, entry.value, f"{file}:{entry.line}")


def _shown(token: Token, written: str, base: Path) -> str:
    """The value as it counts, in the form in which it could be written: paths whole, lists tidied."""
    value = token.read(written, base)
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, tuple):
        return written if token.name == "Listen" else ", ".join(value)
    if isinstance(value, regex.Pattern):
        return str(value.pattern)
    return without_password(str(value)) if isinstance(value, str | Path) else written


def without_password(value: str) -> str:
    """The value; a password within a URL is hidden."""
    if "://" not in value:
        return value
    try:
        url = urlsplit(value)
        user, at, host = url.netloc.rpartition("@")
    except ValueError:
        return HIDDEN
    if not url.netloc:
        return SECRET_IN_QUERY.sub(HIDDEN, value)
    name, colon, _ = user.partition(":")
    shown = f"{name}:{HIDDEN}@{host}" if colon else f"{user}{at}{host}"
    return SECRET_IN_QUERY.sub(HIDDEN, url._replace(netloc=shown).geturl())
