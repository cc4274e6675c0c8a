"""Options that many commands share."""

from __future__ import annotations

import sys

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
limit_option = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many rows."
)
number_argument = click.argument("number", help="The ticket's number, such as 0500-1000.")


def typed_text(text: str) -> str:
    """A text as it was typed, or standard input where that is `-`."""
    return sys.stdin.read() if text == "-" else text
