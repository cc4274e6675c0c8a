"""What a report says, in plain values; how it looks is the business of `text` and `page`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHORT_CHARACTERS, SHORT_LINES = 1000, 12


@dataclass(frozen=True, slots=True)
class File:
    """One attachment: its name and its size in bytes."""

    name: str
    size: int

    @property
    def measured(self) -> str:
        """The size for people: `512 bytes`, `1.5 MiB`."""
        size = float(self.size)
        for unit in ("bytes", "KiB", "MiB"):
            if size < 1024:
                return f"{size:.0f} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
            size /= 1024
        return f"{size:.1f} GiB"


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail or a note: what kind, when and who, what is to be noted about it, and its text."""

    id: int | None  # None: customers have nothing to look up by it
    kind: str
    at: str
    who: str
    marks: tuple[str, ...]
    subject: str  # empty where it is the ticket's
    text: str
    files: tuple[File, ...] = ()

    @property
    def short(self) -> bool:
        """Whether it may well stand on one page whole."""
        return (
            len(self.text) < SHORT_CHARACTERS and self.text.count("\n") < SHORT_LINES and len(self.files) < SHORT_LINES
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What one person changed at one time, a line each."""

    at: str
    who: str
    lines: tuple[str, ...]

    @property
    def short(self) -> bool:
        """Whether they may well stand on one page together."""
        return len(self.lines) < SHORT_LINES


@dataclass(frozen=True, slots=True)
class Report:
    """One ticket; `history` is oldest first, every time says its zone."""

    number: str
    subject: str
    issuer: str  # in whose name it is given out
    printed_at: str
    public: bool
    fields: Mapping[str, str]
    description: str
    recipients: Mapping[str, tuple[str, ...]]  # by heading: To, Cc, Bcc, Employees
    history: Sequence[Entry | Changes]
