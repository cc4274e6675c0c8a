"""The measures themselves, small: that they count right, and that they notice what goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench import generator, latency, report, rising, stages
from bench.end_to_end import NotDone, Passage, passage
from bench.mails import renumbered
from bench.peers import Floor
from bench.report import Results
from bench.stages import StageCost
from bench.stream import Stream
from bench.tables import table

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
KEYS = (
    "mails_per_s peers ratio stage_cpu_ms l_ms stage_over_l acceptance_per_s acceptance_ratio peak_mib "
    "rising_last_to_first rising_growth latency_p99_s"
)


def test_set_goes_through_the_service(tmp_path: Path) -> None:
    """The set by SMTP into the running service: all delivered, every reply on its ticket, time and memory told."""
    found = passage(generator.generate(12, 3), tmp_path, None)
    assert found.mails == 12
    assert found.deliveries >= found.transactions >= 12
    assert [process.name for process in found.processes][:2] == ["main", "worker 1"]
    assert found.per_s > 0
    assert all(process.peak_mib > 10 for process in found.processes)


def test_wrong_tickets_are_noticed(tmp_path: Path) -> None:
    """A figure counts only where the tickets are the ones the set opens."""
    mails = generator.generate(3, 3)
    with pytest.raises(NotDone, match="where the set opens 9"):
        passage(replace(mails, tickets=9), tmp_path, None)


def test_two_workers_give_numbers_in_any_order(tmp_path: Path) -> None:
    """Answers tell the number that their ticket got; what opens no ticket and tells none cannot be one."""
    found = passage(generator.generate(30, 3), tmp_path, None, workers=2)
    assert [process.name for process in found.processes] == ["main", "worker 1", "worker 2"]
    (opener, *_) = generator.generate(3, 3).mails
    with pytest.raises(ValueError, match="does not tell its ticket"):
        renumbered(opener, "0500-1234")


def test_rising_load__every_tenth_is_told(tmp_path: Path) -> None:
    """Ten rates and the memory of each process; the ratios come of them."""
    found = rising.measure(300, tmp_path, None, 2)
    assert len(found.tenths) == 10
    assert all(tenth.per_s > 0 for tenth in found.tenths)
    assert found.last_to_first == found.tenths[-1].per_s / found.tenths[0].per_s
    assert found.table().splitlines()[-1].startswith("| 10 ")


def test_latency__from_acceptance_to_the_relay(tmp_path: Path) -> None:
    """Mails come at the rate that was asked for, and each is timed."""
    found = latency.measure(20, 2, tmp_path, None, 1)
    assert (found.mails, found.per_s) == (40, 20)
    assert 0 < found.median <= found.p99 <= found.longest


def test_stream__six_in_ten_answer() -> None:
    """Six in ten mails answer one before them, but for the first ones, and the same stream comes again."""
    letters = list(Stream(500).letters())
    assert letters == list(Stream(500).letters())
    answers = [letter.content for letter in letters if b"\r\nIn-Reply-To: <" in letter.content]
    assert 200 < len(answers) < 350


def test_every_step_is_clocked(tmp_path: Path) -> None:
    """Each of the eight stages and of the steps around them has its share, and together they are the whole."""
    cost = stages.measure(generator.generate(4, 3), tmp_path, runs=1)
    assert list(cost.steps) == [*dict.fromkeys(name for name, _, _ in stages.STEPS), "rest"]
    assert all(cost.steps[name] > 0 for name, _, _ in stages.STEPS)
    assert sum(cost.shares.values()) == pytest.approx(1)


def test_clocks_are_taken_out_again() -> None:
    """After a clocked pass every step is the function that it was."""
    before = [getattr(owner, attribute) for _, owner, attribute in stages.STEPS]
    with stages.clocks(Counter()):
        assert all(getattr(owner, name) is not was for (_, owner, name), was in zip(stages.STEPS, before, strict=True))
    assert [getattr(owner, attribute) for _, owner, attribute in stages.STEPS] == before


def test_line_of_json_without_a_kit() -> None:
    """The last line has every key; what needs the kit is null without it."""
    ours = Passage(mails=100, seconds=0.5, accepted_per_s=900.0, deliveries=150, transactions=120, processes=())
    values = json.loads(report.json_line(Results(passages=[ours])))
    assert list(values) == KEYS.split()
    assert values["mails_per_s"] == 200
    assert values["ratio"] is values["l_ms"] is None
    assert values["peers"] == {}


def test_stages_are_compared_with_l() -> None:
    """stage_over_l is the stages' CPU time by the sum of the three steps of limits.py."""
    floor = Floor({"compat32": 0.5, "regex": 0.1, "insert_raw": 0.4}, {})
    assert Results(stages=StageCost(3.0, {}), floor=floor).stage_over_l == pytest.approx(3.0)


def test_table_is_aligned() -> None:
    """Columns are as wide as their widest cell, numbers to the right."""
    assert table(("step", "ms"), [("ingest", "1.5")]) == "| step   |  ms |\n|--------|----:|\n| ingest | 1.5 |"


def test_demonstration_holds() -> None:
    """B36, B84, B86, B82: a ticket, the automatic response, the employee's address nowhere, internal mail inside."""
    done = subprocess.run(
        [sys.executable, "-m", "fixtures.demo", "--temporary"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "It became ticket 0500-1000." in done.stdout
    assert "WRONG" not in done.stdout
