"""The memory of a process that lives long: seldom looked through for garbage, and mapped in large pages."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

EVERY = 20_000
"""So many more objects were made than let go of before the young ones are looked at; 700 by default."""

LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")
COLLAPSE = 25
"""MADV_COLLAPSE of madvise(2), Linux 6.1."""


def settle() -> None:
    """Call it when the process has read all that it keeps, which is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(EVERY, 20, 20)
    with suppress(OSError, AttributeError):  # another system, or a container that hides it
        use_large_pages()


def use_large_pages() -> None:
    """Let what was allocated so far lie in pages of 2 MiB, as far as the kernel can, unless it is told `never`.

    A mail touches some thousand small pages all over the heap: looking up where they are takes a tenth of its time.
    Raises OSError where the kernel knows no large pages, AttributeError where there is no madvise.
    """
    if "[never]" in (LARGE_PAGES / "enabled").read_text():
        return
    size = int((LARGE_PAGES / "hpage_pmd_size").read_text())
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)
    for start, length in _heap(size):
        madvise(start, length, COLLAPSE)


def _heap(page: int) -> Iterator[tuple[int, int]]:
    """Where anonymous memory lies that can be written: start and length of what fills whole pages of this size."""
    for mapping in Path("/proc/self/maps").read_text().splitlines():
        addresses, rights, _, _, _, *name = mapping.split()
        if rights == "rw-p" and name in ([], ["[heap]"]):
            first, last = (int(address, 16) for address in addresses.split("-"))
            first, last = -(-first // page) * page, last // page * page
            if first < last:
                yield first, last - first
