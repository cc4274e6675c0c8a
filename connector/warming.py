"""What a worker makes ready while no mail waits: patterns of rules, of which all together take a second to compile."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from io import BufferedReader

from connector.rulebook.rules import compiled


def warm(patterns: Iterator[tuple[str, str]], source: BufferedReader) -> bool:
    """Compile one pattern with its flags after the other until the source has a line; whether all are ready now."""
    for pattern, flags in patterns:
        compiled(pattern, flags)
        if is_waiting(source):
            return False
    return True


def is_waiting(source: BufferedReader) -> bool:
    """Whether something can be read from a pipe, its end included, without waiting for it."""
    if select.select([source], [], [], 0)[0]:
        return True
    os.set_blocking(source.fileno(), False)
    try:
        return bool(source.peek(1))  # what was read ahead
    finally:
        os.set_blocking(source.fileno(), True)
