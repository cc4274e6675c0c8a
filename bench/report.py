"""What was measured, as tables for people, as one line of JSON, and as bench/RESULTS.md."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bench.acceptance import Acceptance
from bench.end_to_end import Passage
from bench.latency import Latency
from bench.machine import libraries, machine
from bench.peers import Floor
from bench.rising import Rising
from bench.service import Usage
from bench.stages import StageCost
from bench.tables import table


@dataclass(slots=True)
class Results:
    """Everything of one run; what could not be measured is empty, and `notes` say why."""

    passages: list[Passage] = field(default_factory=list)
    peers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    stages: StageCost | None = None
    floor: Floor | None = None
    acceptance: Acceptance | None = None
    large_mail: Sequence[Usage] = ()
    rising: Rising | None = None
    latency: Latency | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def mails_per_s(self) -> float:
        """Ours, the median of the runs."""
        return statistics.median(passage.per_s for passage in self.passages)

    @property
    def peers_per_s(self) -> dict[str, float]:
        """Each peer's, the median of its runs."""
        return {name: statistics.median(run["mails_per_s"] for run in runs) for name, runs in self.peers.items()}

    @property
    def ratio(self) -> float | None:
        """Ours to the fastest peer's."""
        return self.mails_per_s / max(self.peers_per_s.values()) if self.peers else None

    @property
    def stage_over_l(self) -> float | None:
        """The stages' CPU time in L."""
        return self.stages.total_ms / self.floor.l_ms if self.stages and self.floor else None

    @property
    def peak_mib(self) -> float | None:
        """The most that any process held with the large mail."""
        return max((process.peak_mib for process in self.large_mail), default=None)


def json_line(found: Results) -> str:
    """The last line of the output, for programs."""
    values = {
        "mails_per_s": found.mails_per_s,
        "peers": {name: round(figure, 1) for name, figure in found.peers_per_s.items()},
        "ratio": found.ratio,
        "stage_cpu_ms": found.stages and found.stages.total_ms,
        "l_ms": found.floor and found.floor.l_ms,
        "stage_over_l": found.stage_over_l,
        "acceptance_per_s": found.acceptance and found.acceptance.ours_per_s,
        "acceptance_ratio": found.acceptance and found.acceptance.ratio,
        "peak_mib": found.peak_mib,
        "rising_last_to_first": found.rising and found.rising.last_to_first,
        "rising_growth": found.rising and found.rising.growth,
        "latency_p99_s": found.latency and found.latency.p99,
    }
    return json.dumps({name: round(v, 3) if isinstance(v, float) else v for name, v in values.items()})


def markdown(found: Results) -> str:
    """All of it: ratios first, then absolute figures, rising load, the stages' time, the machine's limits."""
    parts = [
        f"# Results of `make bench`, {date.today().isoformat()}\n\n{machine()}; {libraries()}. Runs: "
        f"{len(found.passages)}, of which the medians stand here. Ratios are of figures from this one call; absolute "
        "figures differ from machine to machine and from hour to hour.",
        *(f"*{note}*" for note in found.notes),
        table(("ratio", "measured", "wanted"), _ratios(found)),
        table(("figure", "value"), _figures(found)),
    ]
    if found.rising:
        parts.append(f"## Rising load: {found.rising.mails:,} mails in one go\n\n{found.rising.table()}")
    if found.stages:
        parts.append(f"## Where the stages' time goes\n\n{found.stages.table()}")
    if found.floor and found.floor.limits:
        rows = [(name, f"{per_s:.0f}", f"{ms:.3f}") for name, per_s, ms in found.floor.limits]
        parts.append(f"## What the machine allows\n\n{table(('limits.py', 'per s', 'ms'), rows)}")
    return "\n\n".join(parts) + "\n"


def _ratios(found: Results) -> Iterator[tuple[str, str, str]]:
    if found.ratio is not None:
        yield f"mails/s, end to end, {_workers(found)}, to the fastest peer", f"{found.ratio:.1f}", "at least 10"
    if found.stage_over_l is not None:
        yield "CPU time of the stages, to L", f"{found.stage_over_l:.2f}", "at most 3"
    if found.stages and found.floor:
        yield "the same to L as CPU time", f"{found.stages.total_ms / found.floor.cpu_ms:.2f}", ""
    if found.acceptance:
        yield "acceptance, to a bare aiosmtpd that syncs", f"{found.acceptance.ratio:.2f}", "at least 0.8"
    if found.peak_mib is not None:
        yield "peak memory with a 45 MiB mail, to 250 MiB", f"{found.peak_mib / 250:.2f}", "below 1"
    if found.rising:
        yield "rising load: last tenth's mails/s to the first's", f"{found.rising.last_to_first:.2f}", "at least 0.9"
        yield "rising load: most memory of a process to its first tenth", f"{found.rising.growth:.2f}", "at most 1.2"
    if found.latency:
        yield "p99 to the relay at half the full rate, to 1 s", f"{found.latency.p99:.2f}", "below 1"


def _figures(found: Results) -> Iterator[tuple[str, str]]:
    last = found.passages[-1]
    yield f"end to end, {_workers(found)}, mails/s", f"{found.mails_per_s:.1f}"
    yield "deliveries / transactions at the sink, per mail", per_mail(last)
    yield "CPU of all processes, ms per mail", f"{statistics.median(p.cpu_ms for p in found.passages):.2f}"
    for process in last.processes:
        yield f"{process.name}: CPU ms per mail, peak MiB", _process(process, last.mails)
    for name, figure in found.peers_per_s.items():
        yield f"{name}, mails/s", f"{figure:.1f}"
    if found.stages:
        yield "stages, CPU ms per mail", f"{found.stages.total_ms:.3f}"
    if found.floor:
        steps = " + ".join(f"{name} {ms:.3f}" for name, ms in found.floor.steps.items())
        yield f"L, ms ({steps})", f"{found.floor.l_ms:.3f}"
        yield "L as CPU time, ms", f"{found.floor.cpu_ms:.3f}"
    if found.acceptance:
        yield "acceptance, 10 connections, mails/s", f"{found.acceptance.ours_per_s:.0f}"
        yield "bare aiosmtpd that syncs, mails/s", f"{found.acceptance.bare_per_s:.0f}"
    if found.latency:
        late = found.latency
        told = f"{late.median:.3f}, {late.p99:.3f}, {late.longest:.3f}"
        yield f"to the relay at {late.per_s:.0f} mails/s, s: median, p99, longest of {late.mails:,}", told
    if found.rising:
        yield "rising load: accepted mails/s", f"{found.rising.accepted_per_s:.0f}"
    for process in found.large_mail:
        yield f"45 MiB mail: {process.name}, peak MiB", f"{process.peak_mib:.0f}"


def _workers(found: Results) -> str:
    number = len(found.passages[-1].processes) - 1
    return f"{number} worker{'s' * (number != 1)}"


def per_mail(passage: Passage) -> str:
    """How much one mail causes at the sink."""
    return f"{passage.deliveries / passage.mails:.2f} / {passage.transactions / passage.mails:.2f}"


def _process(process: Usage, mails: int) -> str:
    return f"{1000 * process.cpu_s / mails:.2f}, {process.peak_mib:.0f}"
