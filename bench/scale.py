"""`make bench-scale`: whether the store stays quick with a million tickets, on SQLite and on PostgreSQL.

    python -m bench.scale [--tickets 1000000] [--small 10000] [--backend sqlite] [--keep DIR] [--write]

Reads are timed on a small and a large store in turn, filing in an empty and the large one. Progress goes to standard
error, the tables to standard output. --keep: the loaded stores stay in DIR, and the next run starts with them.
--write: bench/SCALE.md is written anew. Exit status 1 where a bound is not kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bench import options, scale_filing, scale_load, scale_reads
from bench.machine import machine
from bench.options import note
from bench.scale_filing import Cost
from bench.scale_rows import MAILS
from bench.tables import table
from storage.store import Store

RESULTS = Path(__file__).with_name("SCALE.md")
BACKENDS = ("sqlite", "postgresql")
MOST_RATIO, QUICK_MS, MOST_FILING = 1.5, 20.0, 1.2


@dataclass(slots=True)
class Results:
    """What was measured on one database: each read's medians on the small and the large store, and filing."""

    backend: str
    version: str
    small: int
    large: int
    reads: dict[str, tuple[float, float]] = field(default_factory=dict)
    filing: dict[str, Cost] = field(default_factory=dict)

    def slow(self) -> list[str]:
        """Every bound that is not kept, in words."""
        reads = [name for name, (small, large) in self.reads.items() if large > QUICK_MS and large > MOST_RATIO * small]
        filing = [
            f"filing {name}, {kind}"
            for name, cost in self.filing.items()
            for kind, (empty, full) in (("median", cost.median), ("mean", cost.mean))
            if full > MOST_FILING * empty
        ]
        return reads + filing


def measure(backend: str, folder: Path, args: argparse.Namespace) -> Results:
    """Load, or find loaded, the three stores, and measure."""
    with ExitStack() as stack:
        opened = []
        for tickets in (0, args.small, args.tickets):
            note(f"{backend}: {tickets} tickets")
            url = stack.enter_context(scale_load.store(backend, folder, tickets))
            opened.append(Store.open(url, sync_later=True))
            stack.callback(opened[-1].close)
        empty, small, large = opened
        found = Results(backend, _version(large), args.small, args.tickets)
        note(f"{backend}: reading")
        for name, times in scale_reads.measure(small, large, args.runs):
            found.reads[name] = times.medians
        note(f"{backend}: filing")
        found.filing = scale_filing.measure(empty, large, args.rounds)
        return found


def _version(store: Store) -> str:
    (version,) = store.db.rows("SHOW server_version" if store.db.postgresql else "SELECT sqlite_version()")[0]
    return f"PostgreSQL {version}" if store.db.postgresql else f"SQLite {version}"


def markdown(results: list[Results]) -> str:
    """Ratios first, then the times they are made of."""
    of = results[0]
    head = (
        f"# A store with {of.large:,} tickets, {date.today().isoformat()}\n\n{machine()}; "
        f"{', '.join(found.version for found in results)}. {of.large * MAILS:,} entries, made up by a seed. Made by "
        "`make bench-scale`; every figure is a median, warm."
    )
    bound = (
        f"Wanted: each read within {MOST_RATIO} times its time with {of.small:,} tickets, or under {QUICK_MS:.0f} ms; "
        f"filing at most {MOST_FILING} times what it costs in an empty store."
    )
    slow = [f"{found.version}: {what}" for found in results for what in found.slow()]
    verdict = "All bounds are kept." if not slow else "Not kept: " + "; ".join(slow) + "."
    parts = [head, f"{bound} {verdict}"]
    for found in results:
        parts += [
            f"## {found.version}",
            table(("filing one mail", "ratio", "mean, ratio", "median, ms", "mean, ms"), _filing(found)),
            table(("read", "ratio", f"{found.small:,}: ms", f"{found.large:,}: ms"), _reads(found)),
        ]
    return "\n\n".join(parts) + "\n"


def _reads(found: Results) -> Iterator[tuple[str, ...]]:
    for name, (small, large) in found.reads.items():
        yield name, f"{large / small:.2f}", f"{small:.2f}", f"{large:.2f}"


def _filing(found: Results) -> Iterator[tuple[str, ...]]:
    for name, cost in found.filing.items():
        ratios = (f"{full / empty:.2f}" for empty, full in (cost.median, cost.mean))
        times = (f"{empty:.3f} / {full:.3f}" for empty, full in (cost.median, cost.mean))
        yield name, *ratios, *times


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--tickets", type=int, default=1_000_000, help="in the large store")
    made.add_argument("--small", type=int, default=10_000, help="tickets in the small store")
    made.add_argument("--backend", choices=BACKENDS, action="append", help="only this one (default: both)")
    made.add_argument("--runs", type=int, default=30, help="of each read")
    made.add_argument("--rounds", type=int, default=20, help="of filing, 50 mails each on either store")
    made.add_argument("--keep", type=Path, metavar="DIR", help="keep the loaded stores there, and use those of before")
    made.add_argument("--work", type=Path, default=options.WORK, help="folder for scratch data (default: var/bench)")
    made.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    return made


def main() -> int:
    """Measure by the command line."""
    args = parser().parse_args()
    with options.scratch(args.work) as scratch:
        scratch.chmod(0o711)  # for PostgreSQL, which does not run as root
        results = [measure(backend, args.keep or scratch, args) for backend in args.backend or BACKENDS]
    print(markdown(results), flush=True)
    if args.write:
        RESULTS.write_text(markdown(results), encoding="utf-8")
        note(f"written: {RESULTS}")
    return int(any(found.slow() for found in results))


if __name__ == "__main__":
    sys.exit(main())
