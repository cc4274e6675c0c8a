"""`python -m tests.soak`: the long form, with its figures; exit status 1 where anything was found."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests import dovecot
from tests.authority import Authority
from tests.soak.soak import ROADS, Soak

SHOWN = 40
"""Findings that are printed."""


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--mails", type=int, default=2000, help="how many mails, by all roads together (2,000)")
    parser.add_argument("--kills", type=int, default=2, help="how often the service is killed (2)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other cuts (1)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "authority").mkdir()
        (folder / "service").mkdir()
        with dovecot.running(Authority(folder / "authority").certificate()) as server:
            soak = Soak(folder / "service", server, options.mails // len(ROADS), options.kills, seed=options.seed)
            result = soak.run()
    print(
        f"{result.mails} mails in {result.seconds:.0f} s, {result.cuts} connections cut, {result.kills} times killed, "
        f"{result.duplicates} handed over twice, {len(result.findings)} findings"
    )
    for finding in result.findings[:SHOWN]:
        print(f"! {finding}")
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
