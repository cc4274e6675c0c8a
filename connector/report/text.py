"""A report as text, wrapped to a width; wide letters count as two columns, nothing in it can move a cursor."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from connector.mail.clean import escape_for_terminal
from connector.report.model import Changes, Entry, Report

INDENT = "    "
LEAST_WIDTH = 30

_CONSOLE = Console(file=io.StringIO(), color_system=None)  # rich wraps by one; nothing is printed on it


def as_text(report: Report, width: int) -> str:
    """The whole report, lines of at most `width` columns; a line feed at the end."""
    width = max(width, LEAST_WIDTH)
    lines = "\n".join(_lines(report, width))
    return lines + "\n"


def _lines(report: Report, width: int) -> Iterator[str]:
    yield from _headline(f"Ticket {report.number}: {_line(report.subject)}", "=", width)
    yield from _grid(report.fields, width)
    if report.description:
        yield from ("", *_headline("Description", "-", width))
        yield from _wrapped(report.description, width, "")
    if report.recipients:
        yield from ("", *_headline("Recipients", "-", width))
        yield from _grid({heading: ", ".join(people) for heading, people in report.recipients.items()}, width)
    yield from ("", *_headline("History", "-", width))
    for one in report.history:
        yield from _changes(one, width) if isinstance(one, Changes) else _entry(one, width)
    yield from ("", *_wrapped(f"{_line(report.issuer)}, {report.printed_at}", width, ""))


def _entry(entry: Entry, width: int) -> Iterator[str]:
    kind = entry.kind if entry.id is None else f"{entry.kind} {entry.id}"
    marks = f" ({', '.join(entry.marks)})" if entry.marks else ""
    yield from ("", *_wrapped(f"{entry.at}  {kind}{marks}, {_line(entry.who)}", width, "", INDENT))
    if entry.subject:
        yield from _wrapped(f"Subject: {_line(entry.subject)}", width, INDENT)
    if entry.text.strip():
        yield from ("", *_wrapped(entry.text.strip("\n"), width, INDENT))
    if entry.files:
        yield ""
    for file in entry.files:
        yield from _wrapped(f"Attachment: {_line(file.name)} ({file.measured})", width, INDENT)


def _changes(changes: Changes, width: int) -> Iterator[str]:
    yield from ("", *_wrapped(f"{changes.at}  {_line(changes.who)}", width, "", INDENT))
    for line in changes.lines:
        yield from _wrapped(f"* {_line(line)}", width, INDENT, f"{INDENT}  ")


def _headline(text: str, underline: str, width: int) -> Iterator[str]:
    lines = _wrapped(text, width, "")
    yield from (*lines, underline * max(map(cell_len, lines)))


def _grid(rows: Mapping[str, str], width: int) -> Iterator[str]:
    """Names and values under each other."""
    room = max(map(len, rows), default=0) + 2
    for name, value in rows.items():
        yield from _wrapped(_line(value), width, name.ljust(room), " " * room)


def _line(text: str) -> str:
    """A value in one line."""
    return " ".join(text.split())


def _wrapped(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    """The lines of a text, each within the width; `first` stands in front of the first line, `rest` of the others."""
    rest = first if rest is None else rest
    room = width - max(cell_len(first), cell_len(rest))
    lines = [part for line in text.split("\n") for part in _fitting(line, room)]
    fronts = [first] + [rest] * (len(lines) - 1)
    return [(front + line).rstrip() for front, line in zip(fronts, lines, strict=True)]


def _fitting(line: str, room: int) -> list[str]:
    """A line in pieces of at most `room` columns, broken between words where that goes."""
    harmless = escape_for_terminal(line.expandtabs(4)).rstrip()
    if cell_len(harmless) <= room:
        return [harmless]
    return [one.plain.rstrip() for one in Text(harmless).wrap(_CONSOLE, room)]
