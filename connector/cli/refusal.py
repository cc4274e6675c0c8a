"""The two ways in which a command says no."""

from __future__ import annotations

import click

from connector.cli.escape import escape_lines


class Refused(click.ClickException):
    """Refused or not found; exit status 1."""

    exit_code = 1

    def format_message(self) -> str:
        """The reason; what a mail has in it cannot reach the terminal as an escape sequence."""
        return escape_lines(self.message)


class Misused(Refused):
    """Wrong use or wrong configuration; exit status 2."""

    exit_code = 2
