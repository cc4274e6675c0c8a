"""Tables and JSON on the terminal; they fit its width, and nothing in them can move its cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.cli.escape import json_text, one_line
from connector.cli.letters import in_order, settled
from connector.cli.widths import shares

Row = Mapping[str, Any]

GAP = 2
"""Blanks between two columns: one of padding, one of the box."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading and what stands in it.

    A `fixed` one is never shortened; the others share what room there is by their weight.
    """

    heading: str
    cell: Callable[[Row], object]
    fixed: bool = False
    weight: int = 2


def column(heading: str, name: str, *, fixed: bool = False, weight: int = 2) -> Column:
    """A column that shows one value of the row."""
    return Column(heading, lambda row: row[name], fixed, weight)


def time_column(heading: str, *names: str) -> Column:
    """A column that shows a stored time, in UTC: the first of these that there is."""
    return Column(heading, lambda row: short_time(_first(row, names), datetime.now(UTC)), fixed=True)


def _first(row: Row, names: Sequence[str]) -> str | None:
    return next((row[name] for name in names if row[name]), None)


def minutes(time: str | None) -> str:
    """A stored time (UTC) to the minute."""
    return time[:16].replace("T", " ") if time else ""


def short_time(time: str | None, now: datetime) -> str:
    """A stored time (UTC): of this year day and minute, of others the date."""
    if not time:
        return ""
    return minutes(time)[5:] if time[:4] == f"{now.year:04}" else time[:10]


def console() -> Console:
    """A console that takes every text as it is."""
    return Console(markup=False, highlight=False, emoji=False)


def print_rows(
    rows: Sequence[Row],
    columns: Sequence[Column],
    *,
    as_json: bool,
    empty: str,
    bold: Callable[[Row], bool] = lambda row: False,
) -> None:
    """A listing: an array of objects, or a table with one line a row."""
    if as_json:
        click.echo(json_text(rows))
    elif not rows:
        click.echo(empty)
    else:
        screen = console()
        screen.print(_table(rows, columns, bold, screen.width))


def _table(rows: Sequence[Row], columns: Sequence[Column], bold: Callable[[Row], bool], room: int) -> Table:
    lines = [[shown(one.cell(row)) for one in columns] for row in rows]
    headings = [one.heading for one in columns]
    natural = [max(map(cell_len, texts)) for texts in zip(headings, *lines, strict=True)]
    weights = [0 if one.fixed else one.weight for one in columns]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for heading, width in zip(headings, shares(natural, weights, room - GAP * (len(columns) - 1)), strict=True):
        table.add_column(cell(heading), width=width)
    for row, line in zip(rows, lines, strict=True):
        table.add_row(*map(cut, in_order(line)), style="bold" if bold(row) else "")
    return table


def shown(value: object) -> str:
    """A value in one line, in letters whose width all terminals agree on."""
    return one_line(settled("" if value is None else str(value)))


def cell(value: object) -> Text:
    """A value in one line of a table, cut with an ellipsis where there is no room for it."""
    return cut(shown(value))


def cut(text: str, style: str = "") -> Text:
    """One line, cut with an ellipsis where there is no room for it."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def print_fields(fields: Mapping[str, object]) -> None:
    """Names and values under each other; long values are wrapped."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields.items():
        table.add_row(Text(name, style="bold"), Text(one_line(value)))
    console().print(table)
