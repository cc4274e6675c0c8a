"""The command line: thin commands over the store and the connector; `main` is the entry point `email-connector`."""

from __future__ import annotations

import sys
from contextlib import suppress


def main() -> None:
    """Run the command of the process's arguments, and exit with its status: 0 done, 1 refused, 2 wrong use."""
    from connector.cli.root import root

    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # what the terminal cannot show must not end a command
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    root(prog_name="email-connector")
