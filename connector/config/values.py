"""Readers of single values: text in, value out; a ValueError says what is allowed."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import regex

from connector.mail.clean import has_hidden
from storage.addresses import is_writable, normalise

YES, NO = frozenset(("y", "yes", "1", "true")), frozenset(("n", "no", "0", "false"))
SIZE = re.compile(r"(\d+)\s*(B|KiB|MiB|GiB)?", re.IGNORECASE)
UNITS = {"": 1, "b": 1, "kib": 1024, "mib": 1024**2, "gib": 1024**3}

Reader = Callable[[str, Path], object]
"""Value as written, folder that relative paths start from -> value."""

Values = dict[str, dict[str, Any]]
"""Section -> field -> value; a field whose value is wrong by itself is missing."""

Wrong = tuple[str, str] | None
"""What was found, and what is allowed."""

Check = Callable[[Values, Path], Wrong]
"""Values that are right by themselves, folder that relative paths start from -> what is wrong with them together."""


def text(value: str, base: Path) -> str:
    """Any text."""
    return value


def name(value: str, base: Path) -> str:
    """Any text that is not empty."""
    if value:
        return value
    raise ValueError("a name")


def boolean(value: str, base: Path) -> bool:
    """Y or N."""
    if value.lower() in YES | NO:
        return value.lower() in YES
    raise ValueError("Y or N (also yes/no, 1/0, true/false)")


def whole(least: int, most: int) -> Reader:
    """A whole number within bounds, both included."""

    def read(value: str, base: Path) -> int:
        if re.fullmatch(r"\d{1,9}", value) and least <= int(value) <= most:
            return int(value)
        raise ValueError(f"a whole number from {least} to {most}")

    return read


def size(value: str, base: Path) -> int:
    """A number of bytes, with KiB, MiB or GiB behind it where wanted."""
    match = SIZE.fullmatch(value)
    if match and int(match[1]) > 0:
        return int(match[1]) * UNITS[(match[2] or "").lower()]
    raise ValueError("a size such as 512 KiB or 50 MiB")


def choice(*allowed: str) -> Reader:
    """One of a few words, letter case ignored."""

    def read(value: str, base: Path) -> str:
        if value.lower() in allowed:
            return value.lower()
        raise ValueError(" or ".join(allowed))

    return read


def after_accept(*allowed: str, move: bool = False) -> Reader:
    """What becomes of a fetched mail: one of a few words, or `move:` and a folder, whose letter case counts."""
    shown = " or ".join((*allowed, *(["move:FOLDER"] if move else [])))

    def read(value: str, base: Path) -> str:
        word, colon, folder = value.partition(":")
        if move and colon and word.strip().lower() == "move" and folder.strip():
            return f"move:{folder.strip()}"
        if value.lower() in allowed:
            return value.lower()
        raise ValueError(shown)

    return read


def names(value: str) -> list[str]:
    """A list separated by commas or semicolons, empty places left out."""
    return [one.strip() for one in re.split(r"[,;]", value) if one.strip()]


def addresses(value: str, base: Path) -> tuple[str, ...]:
    """A list of plain addresses, normalised."""
    found = []
    for one in names(value):
        if not is_writable(normalise(one)):
            raise ValueError(f"plain addresses such as support@example.com, separated by commas; not {one!r}")
        found.append(normalise(one))
    return tuple(dict.fromkeys(found))


def server_names(value: str, base: Path) -> tuple[str, ...]:
    """A list of names of servers, lowered, as they stand in Authentication-Results (RFC 8601, section 2.5)."""
    for one in names(value):
        if not re.fullmatch(r"[A-Za-z0-9_.:-]+", one):
            raise ValueError(f"names such as mx.example.com, separated by commas; not {one!r}")
    return tuple(dict.fromkeys(name.lower() for name in names(value)))


def relays(value: str, base: Path) -> tuple[str, ...]:
    """A list of host names, lowered; `*.example.com` and `.example.com` are all hosts below example.com."""
    for one in names(value):
        if not re.fullmatch(r"(?:\*?\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*", one):
            raise ValueError(f"host names such as mx.example.com or .example.com, separated by commas; not {one!r}")
    return tuple(dict.fromkeys(name.lower().removeprefix("*") for name in names(value)))


def address(value: str, base: Path) -> str:
    """One plain address, or nothing."""
    found = addresses(value, base)
    if len(found) > 1:
        raise ValueError("one plain address such as anna@example.com")
    return found[0] if found else ""


def path(value: str, base: Path) -> Path:
    """A path; a relative one starts from the configuration's base folder."""
    if not value:
        raise ValueError("a path")
    try:
        return (base / Path(value).expanduser()).absolute()
    except RuntimeError as error:
        raise ValueError(f"a path; {error}") from error


def path_or_nothing(value: str, base: Path) -> Path | str:
    """A path as above, or nothing."""
    return path(value, base) if value else ""


def pattern(value: str, base: Path) -> regex.Pattern[str]:
    """A regular expression with a group named `number`."""
    try:
        compiled = regex.compile(value)
    except (regex.error, RecursionError, MemoryError) as error:
        raise ValueError(f"a regular expression; this one does not compile: {error}") from error
    if "number" not in compiled.groupindex:
        raise ValueError("a regular expression with a group (?P<number>…)")
    return compiled


def number_format(value: str, base: Path) -> str:
    """A text with {number} in it and no other brace."""
    if "{number}" in value and not re.search("[{}]", value.replace("{number}", "")):
        return value
    raise ValueError("a text with {number} in it, such as Ticket [{number}]")


def keyword(value: str, base: Path) -> str:
    """A word without blanks, or nothing."""
    if re.search(r"\s", value) or "\\" in value or has_hidden(value):
        raise ValueError("a word without blanks, such as *123*, or nothing to switch the feature off")
    return value


def prefix(value: str, base: Path) -> str:
    """At least four digits."""
    if re.fullmatch(r"\d{4,8}", value):
        return value
    raise ValueError("four to eight digits, such as 0500")


def listen(value: str, base: Path) -> tuple[str, int]:
    """HOST:PORT; an IPv6 address stands in brackets."""
    host, _, port = value.rpartition(":")
    if host and re.fullmatch(r"\d{1,5}", port) and int(port) <= 65535:
        return host.strip("[]"), int(port)
    raise ValueError("HOST:PORT such as 127.0.0.1:2525")


def listen_or_path(value: str, base: Path) -> tuple[str, int] | Path | None:
    """HOST:PORT as above, or the path of a Unix socket, or nothing."""
    if not value:
        return None
    return listen(value, base) if re.fullmatch(r"[^/]+:\d+", value) else path(value, base)


def hostname(value: str, base: Path) -> str:
    """A host name; nothing means the machine's own."""
    return hostname_or_nothing(value, base) or socket.getfqdn()


def hostname_or_nothing(value: str, base: Path) -> str:
    """A host name, or nothing."""
    if not re.fullmatch(r"[A-Za-z0-9.-]*", value):
        raise ValueError("a host name such as mail.example.com")
    return value


def selector(value: str, base: Path) -> str:
    """The selector of a DKIM key (RFC 6376, section 3.1), or nothing."""
    if value and not re.fullmatch(r"[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*", value):
        raise ValueError("a selector such as s1 or 2026-11")
    return value


def database(value: str, base: Path) -> str:
    """`sqlite:PATH`, made absolute, or `postgresql://…`."""
    if value.startswith(("postgresql://", "postgres://")):
        return value
    scheme, _, file = value.partition(":")
    if scheme == "sqlite" and file:
        return f"sqlite:{path(file, base)}"
    raise ValueError("sqlite:PATH or postgresql://user@host/database")
