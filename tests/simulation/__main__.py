"""`python -m tests.simulation`: the long form, with its figures; exit status 1 where anything was found."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from connector import logs
from tests.simulation.simulation import Result, Simulation
from tests.simulation.world import Sizes

SHOWN = 40
"""Findings that are printed."""


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000, help="how many mails (20,000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another stream of mails (1)")
    options = parser.parse_args()
    logs.configure("text", "error")
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        simulation = Simulation(Path(folder), Sizes(), options.seed)
        result = simulation.run(options.mails, lambda done: print(f"\r{done}", end="", file=sys.stderr, flush=True))
    print_result(result, time.perf_counter() - started)
    return 1 if result.findings else 0


def print_result(result: Result, seconds: float) -> None:
    """Figures first, then the findings."""
    print(f"\r{result.mails} mails of {result.days:.1f} days in {seconds:.0f} s, {len(result.findings)} findings")
    print(", ".join(f"{number} copies by {kind}" for kind, number in sorted(result.copies.items())))
    for (sort, outcome), number in sorted(result.outcomes.items()):
        print(f"{number:7} {sort}: {outcome}")
    for finding in result.findings[:SHOWN]:
        print(f"! {finding}")


if __name__ == "__main__":
    sys.exit(main())
