"""`make bench`: the service measured against peers and limits, on the same mails in the same run.

    python -m bench.run [--kit DIR] [--quick] [--write] [--mails 500] [--runs 3] [--workers 2]
        [--latency 30] [--rising 100000]

Progress goes to standard error, the tables to standard output, whose last line is JSON. Without the kit our own figures
alone are printed. --quick: fewer mails, one run, no peers. --latency and --rising are long, and not done unless asked
for. --write: bench/RESULTS.md is written anew.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench import acceptance, latency, memory, options, peers, report, rising, stages
from bench.end_to_end import NotDone, passage
from bench.mails import MailSet
from bench.options import note
from bench.report import Results

RESULTS = Path(__file__).with_name("RESULTS.md")
QUICK_MAILS = 100
WITHOUT_KIT = "Without the kit (../shared/bench, or KIT=DIR): mails and sink of our own, no peers and no limits."
QUICK = "A quick run: few mails, one run, no peers."


def measure(args: argparse.Namespace, scratch: Path) -> Results:
    """Everything, what is compared side by side."""
    found = Results()
    mails = options.mail_set(args, scratch)
    if args.kit is None:
        found.notes.append(WITHOUT_KIT)
    if args.quick:
        found.notes.append(QUICK)
    for line in found.notes:
        note(line)
    for run in range(1, args.runs + 1):
        _passages(args, scratch, mails, found, run)
    note("stages: CPU time")
    found.stages = stages.measure(mails, scratch, args.runs)
    if args.kit is not None:
        note("limits")
        found.floor = peers.run_limits(args.kit, args.work, args.mails, args.runs)
        if found.floor is None:
            found.notes.append("The kit's limits.py gave no figures: nothing is compared with L.")
    note("acceptance")
    found.acceptance = acceptance.measure(mails, scratch, args.runs)
    note("memory: a 45 MiB mail")
    found.large_mail = memory.measure(scratch, args.kit)
    if args.latency:
        note("latency at half the full rate")
        found.latency = latency.measure(found.mails_per_s / 2, args.latency, scratch, args.kit, args.workers)
    if args.rising:
        note(f"rising load: {args.rising} mails")
        found.rising = rising.measure(args.rising, scratch, args.kit, args.workers)
    return found


def _passages(args: argparse.Namespace, scratch: Path, mails: MailSet, found: Results, run: int) -> None:
    """Ours once, then every peer once, so that they share the machine's good and bad minutes."""
    ours = passage(mails, options.new_folder(scratch, "ours"), args.kit, args.workers)
    found.passages.append(ours)
    note(
        f"run {run}: ours {ours.per_s:.1f} mails/s (accepted at {ours.accepted_per_s:.0f}/s, {ours.cpu_ms:.2f} ms CPU, "
        f"deliveries / transactions per mail {report.per_mail(ours)})"
    )
    if args.kit is None or args.quick:
        return
    for name in peers.PEERS:
        figure = peers.run_peer(args.kit, name, args.work, args.mails)
        if figure:
            found.peers.setdefault(name, []).append(figure)
            note(f"run {run}: {name} {figure['mails_per_s']:.1f} mails/s")


def main() -> int:
    """Measure by the command line; exit status 1 where the service did something wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add(parser)
    parser.add_argument("--quick", action="store_true", help="fewer mails, one run, no peers: for trying")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    parser.add_argument("--workers", type=int, default=2, help="worker processes (default: 2)")
    parser.add_argument("--latency", type=float, default=0, metavar="SECONDS", help="at half the rate, for so long")
    parser.add_argument("--rising", type=int, default=0, metavar="MAILS", help="so many mails in one go")
    args = parser.parse_args()
    if args.quick:
        args.mails, args.runs = min(args.mails, QUICK_MAILS), 1
    try:
        with options.scratch(args.work) as scratch:
            found = measure(args, scratch)
    except NotDone as error:
        note(f"wrong: {error}")
        return 1
    print(report.markdown(found))
    if args.write:
        RESULTS.write_text(report.markdown(found), encoding="utf-8")
        note(f"written: {RESULTS}")
    print(report.json_line(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
