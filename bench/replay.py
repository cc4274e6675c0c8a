"""`make bench-replay`: how long `rules replay` takes over stored mails with changed rules, on two cores (B55).

    python -m bench.replay [--mails 10000] [--runs 3] [--keep DIR] [--write]

The mails go through the eight stages into a store on SQLite; then the command is run as a person types it. Progress
goes to standard error, the table to standard output. --keep: the store stays in DIR, and the next run starts with it.
--write: bench/REPLAY.md is written anew. Exit status 1 where it is too slow.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench import options, threads
from bench.machine import machine
from bench.mails import SEED, MailSet
from bench.options import note
from bench.service import install
from bench.stages import NO_SINK, take_all
from bench.tables import table
from connector.book import read_book
from connector.config.load import FILE_NAME
from connector.delivery_store import open_store
from connector.mail.model import Envelope
from connector.originals import Originals
from connector.processing import Processor, policy_of
from connector.spool import Spool

RESULTS = Path(__file__).with_name("REPLAY.md")
RULES = options.ROOT / "rules"
MOST_SECONDS, CORES = 120.0, 2
BLOCK = 500  # mails that wait in the spool
OFF = ("attribution-german", "closing-german")
PATTERNS = {"signature-delimiter": (r"_{2,}", r"={3,}|_{2,}"), "attribution-english": (r".{4,}", r".{6,}")}
ADDED = {
    "signatures.ini": """
[closing-chinese]
Kind = signature
Pattern = ^此致(?:敬礼)?[!！]?$
Example = 此致敬礼
CounterExample = 此致公司
""",
    "automatic.ini": """
[away-today]
Kind = detect
Subject = ^away today\\b
Example = Away today: your printer
CounterExample = The printer is away today
""",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command: seconds on the clock and of CPU, the most that a process held, the load before it."""

    seconds: float
    cpu_s: float
    peak_mib: float
    load: float


@dataclass(frozen=True, slots=True)
class Results:
    """All runs over the same mails, and how many of them became different texts."""

    mails: int
    stored_mib: float
    different: int
    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def bound(self) -> float:
        """Seconds that so many mails may take."""
        return MOST_SECONDS * self.mails / 10_000


def stored(folder: Path, count: int) -> Path:
    """The INI of an installation in the folder that has filed so many mails; one that is there is taken as it is."""
    if not (folder / FILE_NAME).exists():
        note(f"filing {count} mails")
        fill(folder, threads.generate(count, SEED))
    return folder / FILE_NAME


def fill(folder: Path, mails: MailSet) -> None:
    """Take the mails through the stages, into the store and out of the spool, as a worker does it."""
    settings = install(folder, mails, NO_SINK)
    store, spool = open_store(settings, sync_later=True), Spool(settings.store.spool)
    policy = policy_of(settings, read_book(settings.rules), store)
    processor = Processor(store, Originals(settings.store.originals), policy)
    for start in range(0, len(mails.mails), BLOCK):
        envelopes = (
            (mail.raw, Envelope(mail_from=mail.sender, rcpt_to=(mails.public_address,), road="smtp", has_sender=True))
            for mail in mails.mails[start : start + BLOCK]
        )
        take_all([spool.accept_claimed(raw, envelope) for raw, envelope in envelopes], processor)
    store.close()


def changed_rules(folder: Path) -> Path:
    """The shipped rules with two patterns changed, two rules off, two added."""
    shutil.copytree(RULES, folder)
    for file in folder.glob("*.ini"):
        text = file.read_text(encoding="utf-8")
        for name in OFF:
            text = text.replace(f"[{name}]\n", f"[{name}]\nActive = N\n")
        for name, (old, new) in PATTERNS.items():
            head, found, rest = text.partition(f"[{name}]\n")
            text = head + found + rest.replace(old, new, 1) if found else text
        file.write_text(text + ADDED.get(file.name, ""), encoding="utf-8")
    return folder


def measure(ini: Path, candidates: Path, runs: int) -> Results:
    """Run the command so many times."""
    made: list[Run] = []
    for number in range(runs):
        note(f"run {number + 1} of {runs}")
        run, told = timed(ini, candidates)
        made.append(run)
    sizes = [file.stat().st_size for file in (ini.parent / "originals").rglob("*.eml")]
    return Results(told["entries"], sum(sizes) / 1024**2, told.get("different", 0), tuple(made))


def timed(ini: Path, candidates: Path) -> tuple[Run, dict[str, int]]:
    """One run on two cores, and the counts of its summary."""
    program = Path(sys.executable).with_name("email-connector")
    command = [str(program), "--config", str(ini), "rules", "replay", "--rules", str(candidates)]
    cores = sorted(os.sched_getaffinity(0))[:CORES]
    load, started = os.getloadavg()[0], time.monotonic()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, encoding="utf-8", preexec_fn=lambda: os.sched_setaffinity(0, cores)
    ) as process:
        assert process.stdout
        lines = process.stdout.read().splitlines()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    if process.returncode:
        raise RuntimeError(f"the command ended with status {process.returncode}")
    (summary,) = (line for line in lines if line.startswith("entries: "))
    counts = {name: int(count) for name, count in (each.split(": ") for each in summary.split(", "))}
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, load), counts


def markdown(found: Results) -> str:
    """The ratio to what is wanted first, then each run."""
    head = (
        f"# `rules replay` over {found.mails:,} mails, {date.today().isoformat()}\n\n{machine()}; the command had "
        f"{CORES} cores. {found.stored_mib:.0f} MiB of originals, made up by a seed: threads of customers and "
        "employees, in which each mail quotes all before; plain text, HTML and both; attachments. Of the candidates "
        f"two rules are off, two have other patterns, two are new; {found.different:,} mails become different. "
        "Made by `make bench-replay`."
    )
    kept = "Kept" if found.seconds < found.bound else "Not kept"
    bound = f"Wanted: {found.mails:,} mails in under {found.bound:.0f} s on two cores. {kept}."
    ratios = [
        ("seconds, median, to those wanted", f"{found.seconds / found.bound:.2f}", "below 1"),
        ("mails/s, median", f"{found.mails / found.seconds:.0f}", f"{found.mails / found.bound:.0f}"),
    ]
    runs = [
        (str(number), *(f"{value:.1f}" for value in (run.seconds, run.cpu_s, run.peak_mib, run.load)))
        for number, run in enumerate(found.runs, 1)
    ]
    parts = [
        head,
        bound,
        table(("ratio", "measured", "wanted"), ratios),
        table(("run", "seconds", "CPU seconds", "largest process, MiB", "load before"), runs),
    ]
    return "\n\n".join(parts) + "\n"


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--mails", type=int, default=10_000)
    made.add_argument("--runs", type=int, default=3, help="the result is the median of so many runs")
    made.add_argument("--keep", type=Path, metavar="DIR", help="keep the store there, and use that of before")
    made.add_argument("--work", type=Path, default=options.WORK, help="folder for scratch data (default: var/bench)")
    made.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    return made


def main() -> int:
    """Measure by the command line."""
    args = parser().parse_args()
    with options.scratch(args.work) as scratch:
        ini = stored(args.keep or scratch / "store", args.mails)
        found = measure(ini, changed_rules(scratch / "candidates"), args.runs)
    print(markdown(found), flush=True)
    if args.write:
        RESULTS.write_text(markdown(found), encoding="utf-8")
        note(f"written: {RESULTS}")
    return int(found.seconds >= found.bound)


if __name__ == "__main__":
    sys.exit(main())
