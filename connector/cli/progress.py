"""How far long work has come: a bar on standard error where that is a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Step = Callable[[int], None]
"""Called with how much more was done."""


@contextmanager
def progress(label: str, length: int) -> Iterator[Step]:
    """A bar that is full after `length` steps."""
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield bar.update
