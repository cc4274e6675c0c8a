"""Latency: how long a mail takes to the relay while others come at a steady rate.

    python -m bench.latency --per-s 50 [--seconds 30] [--workers 2] [--kit DIR]

From the time at which the mail is received, which is a moment before its 250, to the relay's 250 for the last of its
deliveries; both as the ledger has them.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from pathlib import Path

from bench import options
from bench.driver import send
from bench.end_to_end import wait_until_delivered
from bench.rising import CONNECTIONS, passed
from bench.service import Service, install
from bench.sink import Sink
from bench.stream import Stream


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from acceptance to the relay, at so many mails a second."""

    mails: int
    per_s: float
    median: float
    p99: float
    longest: float


def measure(per_s: float, seconds: float, scratch: Path, kit: Path | None, workers: int) -> Latency:
    """Mails at a steady rate, for so long."""
    stream = Stream(max(2, round(per_s * seconds)))
    with Sink(kit) as sink:
        settings = install(options.new_folder(scratch, "latency"), stream.installed, sink.port, workers)
        with Service(settings) as service:
            service.wait_until_quiet()
            send(settings.smtp_in.port, stream.letters(), CONNECTIONS, per_s)
            wait_until_delivered(settings, stream.count)
    took = sorted(sent - received for received, sent in passed(settings, stream.count))
    p99 = statistics.quantiles(took, n=100, method="inclusive")[-1]
    return Latency(stream.count, per_s, statistics.median(took), p99, took[-1])


def main() -> None:
    """Measure by the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add(parser)
    parser.add_argument("--per-s", type=float, required=True, help="mails a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    with options.scratch(args.work) as scratch:
        found = measure(args.per_s, args.seconds, scratch, args.kit, args.workers)
    print(f"{found.mails} mails at {found.per_s:.0f}/s: median {found.median:.3f} s, p99 {found.p99:.3f} s, "
          f"longest {found.longest:.3f} s")  # fmt: skip


if __name__ == "__main__":
    main()
