"""Crashes at every failpoint that one process alone can reach: each time all or nothing, and the repeat completes it.

    python -m tests.faults.crashing FOLDER STEP SCENARIO… [--quick]

runs with failpoints (`Failpoints.environment`). A scenario's act is run once for each of its points and killed there;
once more for each error that a disk can have there (with `--quick` only where no database is asked); and once for each
STEP-th statement that it hands to the database. After each crash a new process does what the next start does. Each
finding is one line of the output, and last comes how many crashes there were.
"""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from connector import logs
from tests.faults.children import KILLED, in_child
from tests.faults.failpoints import STATEMENT, Failpoints
from tests.faults.scenarios import SCENARIOS
from tests.faults.scene import Scenario
from tests.faults.world import book

MOST_STATEMENTS = 1000


class Crashing:
    """Runs scenarios in a folder, each crash in a copy of what the scenario begins with."""

    def __init__(self, folder: Path, points: Failpoints, *, quick: bool) -> None:
        self._folder = folder
        self._quick = quick
        self._points = points
        self.crashes = 0

    def run(self, scenario: Scenario, step: int) -> Iterator[str]:
        """All crashes of one scenario; what was wrong after each."""
        begin = self._folder / scenario.name
        begin.mkdir()
        status, _ = in_child(lambda: scenario.prepare(begin))
        assert status == 0, f"{scenario.name} cannot begin"
        for point in scenario.points:
            for action in ("kill", *(() if self._quick and scenario.statements else scenario.errors)):
                yield from self._crash(scenario, begin, point, action, 1)
        times = 1
        while scenario.statements and times < MOST_STATEMENTS:
            before = self.crashes
            yield from self._crash(scenario, begin, STATEMENT, "kill", times)
            if self.crashes == before:
                return
            times += step

    def _crash(self, scenario: Scenario, begin: Path, point: str, action: str, times: int) -> Iterator[str]:
        """One crash and what comes after it."""
        where = f"{scenario.name}: {action} at {point}" + (f", hit {times}" if times > 1 else "")
        folder = self._folder / "now"
        shutil.copytree(begin, folder)
        try:
            self._points.arm(point, action, times)
            status, survived = in_child(lambda: _acted(scenario, folder, action))
            if self._points.disarm():
                if point != STATEMENT:
                    yield f"{where}: never reached"
                return
            self.crashes += 1
            if (status == KILLED) != (action == "kill"):
                yield f"{where}: the process ended with {status}"
            yield from (f"{where}, {finding}" for finding in survived or ())
            yield from _told(where, lambda: [f"after the crash: {one}" for one in scenario.halfway(folder)])
            yield from _told(where, lambda: _mended(scenario, folder))
        finally:
            shutil.rmtree(folder)


def _acted(scenario: Scenario, folder: Path, action: str) -> list[str]:
    """Go there. Who only failed there lives on, and what is tried again in the same process has to come right."""
    scenario.act(folder)
    if action == "kill":
        return []
    scenario.mend(folder)
    return [f"in the same process: {one}" for one in scenario.look(folder)]


def _mended(scenario: Scenario, folder: Path) -> list[str]:
    """What is wrong after the next start, and after one more, which is to change nothing."""
    found = []
    for when in ("after the next start", "after one more"):
        scenario.mend(folder)
        found += [f"{when}: {one}" for one in scenario.look(folder)]
    return found


def _told(where: str, looking: Callable[[], list[str]]) -> Iterator[str]:
    """What a child finds."""
    status, findings = in_child(looking)
    if status:
        yield f"{where}: it cannot be looked at, or the next start failed ({status})"
    yield from (f"{where}, {finding}" for finding in findings or ())


def main() -> None:
    """Run the scenarios that were asked for."""
    folder, step, *names = [word for word in sys.argv[1:] if word != "--quick"]
    logs.configure("json", "error")
    book()
    gc.collect()
    gc.freeze()  # or each child copies most of the memory
    crashing = Crashing(Path(folder), Failpoints.of_this_program(), quick="--quick" in sys.argv)
    for name in names or SCENARIOS:
        for finding in crashing.run(SCENARIOS[name], int(step)):
            print(f"! {finding}", flush=True)
    print(crashing.crashes)


if __name__ == "__main__":
    main()
