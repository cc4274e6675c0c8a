"""Tables and JSON on the terminal; they fit its width, and nothing in them can move its cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.cli.escape import json_text, one_line

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading and what stands in it; a `fixed` one is never shortened."""

    heading: str
    cell: Callable[[Row], object]
    fixed: bool = False


def column(heading: str, name: str, *, fixed: bool = False) -> Column:
    """A column that shows one value of the row."""
    return Column(heading, lambda row: row[name], fixed)


def time_column(heading: str, name: str) -> Column:
    """A column that shows a stored time, in UTC."""
    return Column(heading, lambda row: minutes(row[name]), fixed=True)


def minutes(time: str | None) -> str:
    """A stored time (UTC) to the minute."""
    return time[:16].replace("T", " ") if time else ""


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
        console().print(_table(rows, columns, bold))


def _table(rows: Sequence[Row], columns: Sequence[Column], bold: Callable[[Row], bool]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for one in columns:
        table.add_column(cell(one.heading), no_wrap=one.fixed)
    for row in rows:
        table.add_row(*(cell(one.cell(row)) for one in columns), style="bold" if bold(row) else "")
    return table


def cell(value: object) -> Text:
    """A value in one line of a table, cut with an ellipsis where there is no room for it."""
    return Text(one_line(value), no_wrap=True, overflow="ellipsis")


def print_fields(fields: Mapping[str, object]) -> None:
    """Names and values under each other; long values are wrapped."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields.items():
        table.add_row(Text(name, style="bold"), Text(one_line(value)))
    console().print(table)
