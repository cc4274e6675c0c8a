"""Crashes at each step of what one process does alone: all or nothing, and the repeat completes it (B2 to B7, B88).

Each is a forked child that is killed (`tests.faults.crashing`). With every test runs a part of them, among the long
tests all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.failpoints import Failpoints
from tests.faults.scenarios import SCENARIOS

QUICK = ("acceptance", "recovery", "opening")


def crash(folder: Path, step: int, *words: str) -> tuple[int, list[str]]:
    """How many crashes there were, and what was found."""
    command = [sys.executable, "-m", "tests.faults.crashing", str(folder), str(step), *words]
    environment = {**os.environ, **Failpoints(folder / "points").environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1000, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    *findings, crashes = done.stdout.splitlines()
    return int(crashes), findings


def test_crash__some(tmp_path: Path) -> None:
    """B2, B5, B7, B70: killed at each failpoint, at every 40th statement, and failed by the disk."""
    crashes, findings = crash(tmp_path, 40, *QUICK, "--quick")

    assert findings == []
    assert crashes >= sum(len(SCENARIOS[name].points) for name in QUICK)


@pytest.mark.long
@pytest.mark.timeout(1000)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_crash__every(tmp_path: Path, scenario: str) -> None:
    """B2, B5, B7, B70, B88, B97: killed at each failpoint, after every statement, and failed by the disk."""
    crashes, findings = crash(tmp_path, 1, scenario)

    assert findings == []
    assert crashes >= len(SCENARIOS[scenario].points)
