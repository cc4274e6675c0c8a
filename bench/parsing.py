"""Parsing: milliseconds for each 100 KB of mails that are at hand, and of mails made to cost more than their size.

python -m bench.parsing [--corpora DIR]    (its results stand in bench/PARSING.md)
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bench.hostile import HOSTILE, SIZE
from bench.tables import table
from connector.mail.model import Envelope
from connector.mail.parse import parse

ROOT = Path(__file__).parents[1]
CORPORA = ROOT.parent / "shared" / "corpora" / "mime"
LEAST_BYTES = 10_000  # what a short mail counts as: its cost is that of any mail
MS_PER_100_KB = 30.0
HOSTILE_MS = 1000.0
SHOWN = 10
TRIES = 3


def milliseconds(raw: bytes, tries: int = TRIES) -> float:
    """The CPU time of parsing a mail, the best of some tries."""
    times = []
    for _try in range(tries):
        start = time.process_time()
        parse(raw, Envelope())
        times.append(time.process_time() - start)
    return min(times) * 1000


def rate(took: float, size: int) -> float:
    """Milliseconds for each 100 KB."""
    return took * 100_000 / max(size, LEAST_BYTES)


def measured(mails: Iterable[tuple[str, bytes]], tries: int = TRIES) -> list[tuple[str, int, float]]:
    """Name, size and milliseconds of each mail, those that cost most for their size first."""
    rows = [(name, len(raw), milliseconds(raw, tries)) for name, raw in mails]
    return sorted(rows, key=lambda row: rate(row[2], row[1]), reverse=True)


def shown(rows: Iterable[tuple[str, int, float]]) -> str:
    """The rows as a table."""
    cells = ((name, f"{size:,}", f"{took:.2f}", f"{rate(took, size):.2f}") for name, size, took in rows)
    return table(("mail", "bytes", "ms", "ms per 100 KB"), cells)


def main() -> None:
    """Print both tables; exit status 1 where a mail took too long."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--corpora", type=Path, default=CORPORA, metavar="DIR", help="a folder of folders of .eml files"
    )
    folder = parser.parse_args().corpora
    files = [*sorted((ROOT / "fixtures" / "eml").glob("*.eml")), *sorted(folder.glob("*/*.eml"))]
    mails = measured((f"{file.parent.name}/{file.name}", file.read_bytes()) for file in files)
    print(f"{len(mails)} mails at hand; those that cost most for their size\n\n{shown(mails[:SHOWN])}\n")
    made = ((name, make(SIZE)) for name, make in HOSTILE.items())
    hostile = sorted(measured(made, 1), key=lambda row: -row[2])  # a second time much of it would be remembered
    print(f"{len(hostile)} hostile mails; those that took longest\n\n{shown(hostile[:SHOWN])}")
    slow = [row for row in mails if rate(row[2], row[1]) > MS_PER_100_KB] + [r for r in hostile if r[2] > HOSTILE_MS]
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
