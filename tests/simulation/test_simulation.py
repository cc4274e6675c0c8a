"""A short form of the simulation; the long one is `make simulation`."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.simulation import Simulation
from tests.simulation.world import Sizes

SMALL = Sizes(employees=60, customers=400, robots=16, attackers=8)


def test_simulation__nobody_reads_what_is_not_for_him(tmp_path: Path) -> None:
    """B5, B9 to B13, B26, B33, B60 to B63, B80 to B84, B89: days of mail, and every one went where the rows say."""
    result = Simulation(tmp_path, SMALL, seed=7).run(800)

    assert result.findings == ()
    assert all(result.outcomes[(sort, "filed")] > 20 for sort in ("customer", "employee", "internal", "robot"))
    assert sum(number for (sort, _), number in result.outcomes.items() if sort.startswith("attack")) > 20
    assert min(result.copies[kind] for kind in ("distribution", "response", "alarm")) > 0


def test_simulation__finds_what_a_hole_lets_through(tmp_path: Path) -> None:
    """B26: where nobody looks whether an employee wrote, the same attackers reach customers, and that is found."""
    result = Simulation(tmp_path, SMALL, seed=7, employee_authentication="off").run(250)

    assert any("(attack: " in finding and "was distributed to" in finding for finding in result.findings)
    assert any("an outsider can read SECRET-" in finding for finding in result.findings)
