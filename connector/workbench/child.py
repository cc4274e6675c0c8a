"""Work on patterns that nobody has tried yet, in a child process that is ended where one never ends (B52)."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

MEMORY = 1 << 30
"""Bytes of address space that the child may have."""
PATIENCE = 10.0
"""Seconds for which a child may be silent."""

Tell = Callable[[Any], None]


def answers(work: Callable[..., None], given: tuple[object, ...], patience: float) -> Iterator[Any]:
    """What `work(tell, *given)` tells in a process of its own, until it is done, dies, or is silent for too long.

    The process is a fork, which is there at once. It touches nothing that was open, and is killed in the end, so that
    nothing of it is closed twice.
    """
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_begin, args=(theirs, work, given), daemon=True)
    child.start()
    theirs.close()
    try:
        with suppress(EOFError):
            ours.recv()
            while ours.poll(patience):
                yield ours.recv()
    finally:
        child.kill()
        child.join()
        ours.close()


def _begin(pipe: Connection, work: Callable[..., None], given: tuple[object, ...]) -> None:
    """Say that the child is there, for starting takes its time, and work."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    pipe.send(None)
    work(pipe.send, *given)
