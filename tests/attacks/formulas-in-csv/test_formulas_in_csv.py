"""Names that are formulas."""

from __future__ import annotations

import csv

from tests.attacks.scene import Scene

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/C calc'!A0", "\t=1+1", "\r=1+1", "\uff1d1+1", " =1+1"]


def test_export_calculates_nothing(scene: Scene) -> None:
    """faults: no cell begins with what a spreadsheet takes for a formula; the names are there all the same."""
    for number, formula in enumerate(FORMULAS):
        scene.type("contacts", "add", "--account", "Acme Ltd", "--", formula, f"f{number}@acme.example")
    exported = scene.desk.done("people", "export")
    cells = [cell for row in csv.reader(exported.splitlines()) for cell in row]
    assert sum("1+1" in cell or "calc" in cell or "SUM" in cell for cell in cells) >= len(FORMULAS) - 2
    assert [cell for cell in cells if cell.strip()[:1] and cell.strip()[:1] in "=+-@\uff1d"] == []
