"""Reads INI files with the line of everything in them, so that errors can say where they are (B51, B100).

The syntax is `configparser`'s without interpolation, in strict form, less what surprises people: no value goes on in
the next line, and no comment stands behind a value. All problems are collected; nothing is raised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ENTRY = re.compile(r"([^=:]*?)\s*[=:]\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file; line 0 is the file as a whole, "" stands where no section or key is meant."""

    file: Path
    line: int
    section: str
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        """`FILE:LINE: [SECTION] KEY: found …; allowed …`, on one line."""
        place = f"{self.file}:{self.line}:" if self.line else f"{self.file}:"
        section = f" [{self.section}]" if self.section else ""
        key = f" {self.key}:" if self.key else ":" if section else ""
        return f"{place}{section}{key} found {self.found}; allowed {self.allowed}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One `Key = value`; the key as written, the value without blanks around it."""

    key: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """One `[name]` with its entries in the file's order; names and keys as written."""

    name: str
    line: int
    entries: list[Entry] = field(default_factory=list)

    def get(self, key: str) -> Entry | None:
        """The entry of this key, letter case ignored."""
        return next((entry for entry in self.entries if entry.key.lower() == key.lower()), None)


@dataclass(frozen=True, slots=True)
class Ini:
    """What stands in one file: its sections in order, and what is wrong with it."""

    path: Path
    sections: list[Section] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def get(self, name: str) -> Section | None:
        """The section of this name, letter case ignored."""
        return next((section for section in self.sections if section.name.lower() == name.lower()), None)


def read_ini(path: Path) -> Ini:
    """Everything in the file at `path`; a missing or undecodable file is a problem in `Ini.problems`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        return Ini(path, problems=[Problem(path, 0, "", "", found, "a readable file")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{raw[error.start]:02x} at offset {error.start}, which is not UTF-8"
        return Ini(path, problems=[Problem(path, line, "", "", found, "text in UTF-8")])
    return parse_ini(text, path)


def parse_ini(text: str, path: Path) -> Ini:
    """The same for text that has been read already; `path` is what problems name."""
    reader = _Reader(Ini(path))
    for number, line in enumerate(text.split("\n"), start=1):
        reader.line(number, line.rstrip())
    return reader.ini


class _Reader:
    """Goes through the lines of one file; knows the section that they belong to."""

    def __init__(self, ini: Ini) -> None:
        self.ini = ini
        self.section: Section | None = None
        self.sections: dict[str, int] = {}  # lower-case name -> line of the first
        self.keys: dict[str, int] = {}  # of the section at hand

    def line(self, number: int, line: str) -> None:
        """Take in one line."""
        if control := _CONTROL.search(line):
            self._problem(number, "", f"the control character U+{ord(control[0]):04X}", "printable text and tabs")
        elif not line or line.lstrip()[0] in "#;":
            return
        elif line[0].isspace():
            found = f"an indented line, {_shown(line)}"
            self._problem(number, "", found, "lines that start in the first column; a value is one line")
        elif line[0] == "[":
            self._header(number, line)
        else:
            self._entry(number, line)

    def _header(self, number: int, line: str) -> None:
        name = line[1:-1].strip()
        if not line.endswith("]") or not name:
            self._problem(number, "", _shown(line), "[name] alone on its line")
            name = name or line
        first = self.sections.setdefault(name.lower(), number)
        self.section, self.keys = Section(name, number), {}
        if first == number:
            self.ini.sections.append(self.section)
        else:
            self._problem(number, "", f"the section a second time (first on line {first})", "each section once")

    def _entry(self, number: int, line: str) -> None:
        match = _ENTRY.fullmatch(line)
        if not match or not match[1]:
            self._problem(number, "", _shown(line), "[section], Key = value, or a comment after # or ;")
            return
        key, value = match.groups()
        if self.section is None:
            self._problem(number, key, "an entry above the first section", "entries below a [section]")
            return
        first = self.keys.setdefault(key.lower(), number)
        if first == number:
            self.section.entries.append(Entry(key, value, number))
        else:
            self._problem(number, key, f"the key a second time (first on line {first})", "each key once a section")

    def _problem(self, number: int, key: str, found: str, allowed: str) -> None:
        section = self.section.name if self.section else ""
        self.ini.problems.append(Problem(self.ini.path, number, section, key, found, allowed))


def _shown(line: str) -> str:
    """The line in quotes, shortened, for an error."""
    line = line.strip()
    return repr(line if len(line) <= 60 else line[:57] + "...")
