"""Memory of processes that live long: what they keep lies in large pages, where the kernel has them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from connector import memory

KEEPER = """
import sys
from pathlib import Path
from connector import memory

def large():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages")) // 1024

memory.LARGE_PAGES = Path(sys.argv[1])
kept = [[str(number)] for number in range(600_000)]
before = large()
memory.settle()
print(large() - before, sum(int(one) for (one,) in kept))
"""


def _gained(folder: Path) -> int:
    """MiB that lie in large pages afterwards; all that was kept is still there."""
    done = subprocess.run([sys.executable, "-c", KEEPER, str(folder)], capture_output=True, text=True, check=True)
    mib, total = map(int, done.stdout.split())
    assert total == sum(range(600_000))
    return mib


def _can_collapse() -> bool:
    enabled = memory.LARGE_PAGES / "enabled"
    release = tuple(map(int, Path("/proc/sys/kernel/osrelease").read_text().split("-")[0].split(".")[:2]))
    return enabled.exists() and "[never]" not in enabled.read_text() and release >= (6, 1)


@pytest.mark.skipif(not _can_collapse(), reason="this kernel does not put memory into large pages when asked")
def test_what_is_kept_lies_in_large_pages() -> None:
    assert _gained(memory.LARGE_PAGES) >= 32


def test_where_the_administrator_wants_none_there_are_none(tmp_path: Path) -> None:
    (tmp_path / "enabled").write_text("always madvise [never]\n")
    (tmp_path / "hpage_pmd_size").write_text("2097152\n")
    assert _gained(tmp_path) == 0


def test_a_kernel_without_large_pages_is_no_trouble(tmp_path: Path) -> None:
    assert _gained(tmp_path / "missing") == 0
