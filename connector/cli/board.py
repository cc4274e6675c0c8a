"""Boards: tickets in columns, by status or by manager (B94)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import click
from rich import box
from rich.table import Table

from connector.cli.actor import Actor
from connector.cli.escape import json_text, one_line
from connector.cli.letters import in_order
from connector.cli.tables import Row, cell, console, cut, shown
from connector.cli.ticket_table import envelope, is_managers
from storage.records import CLOSED_STATUSES, OPEN_STATUSES, STATUSES, Directory
from storage.store import Store
from storage.views import TicketFilter

NOBODY = "(no manager)"
MORE = "and more"
MOST_FOUND = 500  # tickets that a search puts on a board, the newest, unless --limit is higher
LEAST_WIDTH = 25  # characters of a column; with more columns than fit, the rest stands below

OF_VIEW = {"open": OPEN_STATUSES, "closed": CLOSED_STATUSES}


@dataclass(frozen=True, slots=True)
class Lane:
    """One column: rows of ticket_v1, the newest first, and whether there are more than it may show."""

    name: str
    tickets: Sequence[Row]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """What stands in a column, in two lines."""

    lines: tuple[str, str] = ("", "")
    bold: bool = False


def by_status(store: Store, wanted: TicketFilter) -> list[Lane]:
    """A column for each status, in the order of B91; empty where the filters leave it out."""
    if wanted.search:
        found = _found(store, wanted, lambda row: row["status"])
        return [found.get(one, Lane(one, ())) for one in STATUSES]
    possible = set(OF_VIEW.get(wanted.view, STATUSES)).intersection(wanted.statuses or STATUSES)
    return [
        _lane(store, one, replace(wanted, statuses=(one,))) if one in possible else Lane(one, ()) for one in STATUSES
    ]


def by_manager(store: Store, directory: Directory, wanted: TicketFilter) -> list[Lane]:
    """A column for each manager who has a ticket among those wanted, by name; those without a manager last."""
    if wanted.search:
        found = _found(store, wanted, lambda row: (row["manager"] is None, row["manager"], row["manager_address"]))
        return [replace(lane, name=name or NOBODY) for (_, name, _), lane in sorted(found.items())]
    known = directory.employees
    people = sorted((one for one in wanted.manager_ids or known if one is not None), key=lambda id_: known[id_].name)
    lanes = [_lane(store, known[id_].name, replace(wanted, manager_ids=(id_,))) for id_ in dict.fromkeys(people)]
    if not wanted.manager_ids or None in wanted.manager_ids:
        lanes.append(_lane(store, NOBODY, replace(wanted, manager_ids=(None,))))
    return [lane for lane in lanes if lane.tickets]


def _lane(store: Store, name: str, wanted: TicketFilter) -> Lane:
    rows = store.tickets(replace(wanted, limit=wanted.limit + 1))
    return Lane(name, rows[: wanted.limit], len(rows) > wanted.limit)


def _found(store: Store, wanted: TicketFilter, column: Callable[[Row], Any]) -> dict[Any, Lane]:
    """Lanes of the newest tickets that one search finds, by what puts a ticket into a column.

    A search for each column would take a second where there are many.
    """
    most = max(MOST_FOUND, wanted.limit)
    rows = store.tickets(replace(wanted, limit=most + 1))
    lanes: dict[Any, list[Row]] = {}
    for row in rows[:most]:
        lanes.setdefault(column(row), []).append(row)
    return {
        key: Lane(str(key), its[: wanted.limit], len(its) > wanted.limit or len(rows) > most)
        for key, its in lanes.items()
    }


def print_board(lanes: Sequence[Lane], names: Mapping[str, str], actor: Actor, *, as_json: bool) -> None:
    """The columns that hold tickets, beside each other as far as they fit; for programs all of them."""
    filled = [lane for lane in lanes if lane.tickets]
    if as_json:
        click.echo(json_text({"columns": [{"name": lane.name, "tickets": lane.tickets} for lane in lanes]}))
    elif not filled:
        click.echo("no tickets")
    else:
        _print_lanes(filled, names, actor)
    if cut := [names.get(lane.name, lane.name) for lane in filled if lane.more]:
        click.echo(cell(f"there are more in: {', '.join(cut)}; --limit shows them").plain, err=True)


def _print_lanes(filled: Sequence[Lane], names: Mapping[str, str], actor: Actor) -> None:
    """In as few rows of columns as fit, with about as many columns in each."""
    screen = console()
    rows = -(-len(filled) // max(1, screen.width // LEAST_WIDTH))
    abreast = -(-len(filled) // rows)
    for first in range(0, len(filled), abreast):
        if first:
            screen.print()
        screen.print(_table(filled[first : first + abreast], names, actor))


def _table(lanes: Sequence[Lane], names: Mapping[str, str], actor: Actor) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, expand=True, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, header_style="bold"
    )
    for lane in lanes:
        count = f"{len(lane.tickets)}{'+' if lane.more else ''}"
        table.add_column(cell(f"{names.get(lane.name, lane.name)} ({count})"), ratio=1)
    bold = is_managers(actor)
    for number, cards in enumerate(zip_longest(*(_cards(lane, bold) for lane in lanes), fillvalue=Card())):
        if number:
            table.add_row()
        for line in zip(*(card.lines for card in cards), strict=True):
            styled = zip(in_order(map(shown, line)), cards, strict=True)
            table.add_row(*(cut(text, "bold" if card.bold else "") for text, card in styled))
    return table


def _cards(lane: Lane, bold: Callable[[Row], bool]) -> Iterator[Card]:
    """A ticket in two lines: number with envelope and account, and its subject."""
    for row in lane.tickets:
        first = " ".join(filter(None, (row["number"], envelope(row), one_line(row["account"]))))
        yield Card((first, row["subject"]), bold(row))
    if lane.more:
        yield Card((MORE, ""))
