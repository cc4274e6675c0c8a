"""Boards: tickets in columns, by status or by manager (B94)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from connector.cli.actor import Actor
from connector.cli.escape import json_text, one_line
from connector.cli.tables import Row, cell, console
from connector.cli.ticket_table import envelope, is_managers
from storage.records import CLOSED_STATUSES, OPEN_STATUSES, STATUSES
from storage.views import TicketFilter

NOBODY = "(no manager)"
LEAST_WIDTH = 20  # characters of a column; with more columns than fit, the rest stands below

OF_VIEW = {"open": OPEN_STATUSES, "closed": CLOSED_STATUSES}

Lane = dict[str, Any]
"""One column: `name`, and `tickets` as rows of ticket_v1."""


def by_status(rows: Sequence[Row], wanted: TicketFilter) -> list[Lane]:
    """A column for each status that can be in the selection, in the order of B91."""
    statuses = [one for one in OF_VIEW.get(wanted.view, STATUSES) if one in (wanted.statuses or STATUSES)]
    return [{"name": one, "tickets": [row for row in rows if row["status"] == one]} for one in statuses]


def by_manager(rows: Sequence[Row]) -> list[Lane]:
    """A column for each manager who has a ticket, by name; those without a manager last."""
    lanes: dict[tuple[bool, str, str], Lane] = {}
    for row in rows:
        key = (row["manager"] is None, row["manager"] or NOBODY, row["manager_address"] or "")
        lanes.setdefault(key, {"name": key[1], "tickets": []})["tickets"].append(row)
    return [lanes[key] for key in sorted(lanes)]


def print_board(lanes: Sequence[Lane], names: Mapping[str, str], actor: Actor, *, as_json: bool) -> None:
    """The columns that hold tickets, beside each other as far as they fit; for programs all of them."""
    if as_json:
        click.echo(json_text({"columns": lanes}))
        return
    filled = [lane for lane in lanes if lane["tickets"]]
    if not filled:
        click.echo("no tickets")
        return
    screen = console()
    abreast = max(1, screen.width // LEAST_WIDTH)
    for first in range(0, len(filled), abreast):
        screen.print(_table(filled[first : first + abreast], names, actor))


def _table(lanes: Sequence[Lane], names: Mapping[str, str], actor: Actor) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, show_edge=False, header_style="bold")
    for lane in lanes:
        table.add_column(cell(f"{names.get(lane['name'], lane['name'])} ({len(lane['tickets'])})"), ratio=1)
    bold = is_managers(actor)
    for tickets in zip_longest(*(lane["tickets"] for lane in lanes)):
        table.add_row(*(_card(row, bold=bold(row)) if row else Text() for row in tickets))
    return table


def _card(row: Row, *, bold: bool) -> Text:
    """A ticket in two lines: number with envelope and account, and its subject."""
    first = " ".join(filter(None, (row["number"], envelope(row), one_line(row["account"]))))
    style = "bold" if bold else ""
    return Text(f"{first}\n{one_line(row['subject'])}\n", style=style, no_wrap=True, overflow="ellipsis")
