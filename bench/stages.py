"""CPU time of the stages for one mail, without network: in this process, against a fresh SQLite file.

    python -m bench.stages [--mails 500] [--runs 3] [--profile [--top 25]] [--kit DIR]

The total comes from passes without clocks inside; the shares from passes in which every step is clocked.
"""

from __future__ import annotations

import argparse
import cProfile
import functools
import pstats
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import options
from bench.mails import MailSet
from bench.service import install
from bench.tables import table
from connector import hand, memory, pipeline
from connector.book import read_book
from connector.delivery_store import open_store
from connector.finishing import Recorded, work_of
from connector.mail.model import Envelope
from connector.originals import Originals
from connector.processing import Processor, policy_of
from connector.spool import Claim, Spool
from connector.worker import MOST_RECORDED, MOST_TOGETHER
from storage.store import Store

NO_SINK = 25  # a port for the INI; nothing is sent
STEPS: tuple[tuple[str, Any, str], ...] = (
    ("1 ingest", pipeline, "ingest"),
    ("wanted", pipeline, "wanted"),
    ("store.facts", Store, "facts_of_all"),
    ("2 identify", pipeline, "identify"),
    ("3 match", pipeline, "match_ticket"),
    ("4 classify", pipeline, "classify"),
    ("5 strip", pipeline, "strip"),
    ("5 strip", pipeline, "strip_first"),
    ("6 recipients", pipeline, "add_recipients"),
    ("7 persist", pipeline, "persist"),
    ("8 distribute", pipeline, "distribute"),
    ("spool", Claim, "read"),
    ("originals", Processor, "_keep"),
    ("effects", hand, "effects"),
    ("store.file", Store, "file_all"),
)
"""Name of a step, and where the function stands that does it. None of them calls another."""


@dataclass(frozen=True, slots=True)
class StageCost:
    """CPU milliseconds for one mail: `total_ms` of all, `steps` of each (with what is left as `rest`)."""

    total_ms: float
    steps: Mapping[str, float]

    @property
    def shares(self) -> dict[str, float]:
        """Each step's part of the whole, from 0 to 1."""
        whole = sum(self.steps.values())
        return {name: ms / whole for name, ms in self.steps.items()}

    def table(self) -> str:
        """Milliseconds and share of each step."""
        rows = [(name, f"{ms:.3f}", f"{100 * self.shares[name]:.1f} %") for name, ms in self.steps.items()]
        return table(("step", "CPU ms", "share"), [*rows, ("all, without clocks", f"{self.total_ms:.3f}", "")])


def measure(mails: MailSet, scratch: Path, runs: int) -> StageCost:
    """The median of so many passes, and of as many clocked ones in between."""
    totals: list[float] = []
    clocked: list[dict[str, float]] = []
    for _ in range(runs):
        totals.append(_fresh_pass(mails, scratch))
        spent: Counter[str] = Counter()
        with clocks(spent):
            whole = _fresh_pass(mails, scratch)
        each = {name: spent[name] / 1e6 / len(mails.mails) for name, _, _ in STEPS}
        clocked.append(each | {"rest": max(0.0, whole - sum(each.values()))})
    return StageCost(
        statistics.median(totals), {name: statistics.median(run[name] for run in clocked) for name in clocked[0]}
    )


@contextmanager
def clocks(spent: Counter[str]) -> Iterator[None]:
    """Within it, every step adds its CPU time in nanoseconds under its name."""
    originals = [(owner, attribute, getattr(owner, attribute)) for _, owner, attribute in STEPS]
    try:
        for name, owner, attribute in STEPS:
            setattr(owner, attribute, _clocked(getattr(owner, attribute), name, spent))
        yield
    finally:
        for owner, attribute, function in originals:
            setattr(owner, attribute, function)


def _clocked(function: Callable[..., Any], name: str, spent: Counter[str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def clocked(*args: Any, **kwargs: Any) -> Any:
        start = time.process_time_ns()
        try:
            return function(*args, **kwargs)
        finally:
            spent[name] += time.process_time_ns() - start

    return clocked


def _fresh_pass(mails: MailSet, scratch: Path) -> float:
    """CPU milliseconds for one mail of a pass over an empty store; garbage is looked for as seldom as in a worker."""
    with fresh(mails, scratch) as (processor, claims):
        memory.settle()
        start = time.process_time_ns()
        take_all(claims, processor)
        return (time.process_time_ns() - start) / 1e6 / len(mails.mails)


@contextmanager
def fresh(mails: MailSet, scratch: Path) -> Iterator[tuple[Processor, list[Claim]]]:
    """A processor on an empty store that knows the people of the set, and all its mails, accepted and claimed.

    No answer comes before the mail that opens its ticket.
    """
    settings = install(options.new_folder(scratch, "stages"), mails, NO_SINK)
    store, spool = open_store(settings, sync_later=True), Spool(settings.store.spool)
    policy = policy_of(settings, read_book(settings.rules), store)
    claims = [
        spool.accept_claimed(
            mail.raw, Envelope(mail_from=mail.sender, rcpt_to=(mails.public_address,), road="smtp", has_sender=True)
        )
        for mail in mails.openers_first
    ]
    yield Processor(store, Originals(settings.store.originals), policy), claims
    store.close()


def take_all(claims: list[Claim], processor: Processor) -> None:
    """Every mail of the set through the eight stages, into the store and out of the spool, as a worker does it."""
    recorded = Recorded()
    for start in range(0, len(claims), MOST_TOGETHER):
        taken = claims[start : start + MOST_TOGETHER]
        processor.process_together([work_of(claim) for claim in taken])
        for claim in taken:
            recorded.add(claim)
        if len(recorded) >= MOST_RECORDED:
            recorded.settle(processor)
    recorded.settle(processor)


def profile(mails: MailSet, scratch: Path, top: int) -> None:
    """Print the functions that take most, by their own time and by that of all they call."""
    profiler = cProfile.Profile(time.process_time)
    with fresh(mails, scratch) as (processor, claims):
        profiler.runcall(take_all, claims, processor)
    statistic = pstats.Stats(profiler).strip_dirs()
    statistic.sort_stats("tottime").print_stats(top)
    statistic.sort_stats("cumulative").print_stats(top)


def main() -> None:
    """Measure, or profile, by the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add(parser)
    parser.add_argument("--profile", action="store_true", help="show where the time goes, function by function")
    parser.add_argument("--top", type=int, default=25, help="so many functions")
    args = parser.parse_args()
    with options.scratch(args.work) as scratch:
        mails = options.mail_set(args, scratch)
        if args.profile:
            profile(mails, scratch, args.top)
        else:
            print(measure(mails, scratch, args.runs).table())


if __name__ == "__main__":
    main()
