"""Several changes by command as one, begun anew where somebody else was quicker (B70)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from storage.records import FactsMoved
from storage.store import Store

T = TypeVar("T")
MOST_TRIES = 20


def together(store: Store, write: Callable[[], T]) -> T:
    """What `write` does to the store, all of it or nothing; begun anew where the store moved meanwhile."""
    for _ in range(MOST_TRIES):
        try:
            with store.batch():
                return write()
        except FactsMoved as error:
            moved = error
    raise moved
