"""Options that many commands share."""

from __future__ import annotations

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
limit_option = click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many rows."
)
offset_option = click.option("--offset", type=click.IntRange(0), default=0, help="Pass over so many rows first.")
