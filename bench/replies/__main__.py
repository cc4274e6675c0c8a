"""`python -m bench.replies [--count 20000] [--first SEED]`: how many generated replies are stripped exactly (B56).

Each seed makes one conversation and one reply; clients come in turn. A line that a person wrote and that is not kept
is lost: there must be none. `--show N` prints the first N that are not exact.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from bench.replies.measure import Count, measured, table
from bench.replies.replies import reply
from connector.rulebook import read_rules

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Measure, print the table, and tell whether the aims are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="replies (default 20000)")
    parser.add_argument("--first", type=int, default=1_000_000, help="first seed (default 1000000)")
    parser.add_argument("--show", type=int, default=0, help="print so many replies that are not exact")
    parser.add_argument("--without", action="store_true", help="without knowledge of the message answered")
    args = parser.parse_args()
    rules = read_rules(ROOT / "rules")
    counts: dict[str, Count] = {}
    shown: Counter[str] = Counter()
    for seed in range(args.first, args.first + args.count):
        made = reply(seed)
        result = measured(made, rules, known=not args.without)
        counts.setdefault(made.client, Count()).add(result)
        if not result.exact and sum(shown.values()) < args.show and shown[made.client] < 2:
            shown[made.client] += 1
            print(f"==== {seed} {made.client} {made.position}\n{result.told}\n")
    print(table(counts))
    total = sum(counts.values(), Count())
    return 0 if total.lost == 0 and total.exact >= 0.99 * total.replies else 1


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    sys.exit(status)
