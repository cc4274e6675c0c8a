"""Listings by pages: at most so many rows, and how to go on behind the last one."""

from __future__ import annotations

from collections.abc import Sequence

import click

from connector.cli.tables import Row

after_option = click.option(
    "--after", type=click.IntRange(0, 2**63 - 1), metavar="ID", help="Go on behind this row, as a listing before said."
)


def say_if_cut(rows: Sequence[Row], limit: int, key: str) -> None:
    """Tell on standard error how to go on, where more rows were found than are shown."""
    if len(rows) > limit:
        click.echo(f"there are more; they go on with: --after {rows[limit - 1][key]}", err=True)
