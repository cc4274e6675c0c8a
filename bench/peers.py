"""What the kit measures in the same run: comparable ticket systems, and what the single steps cost at least."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.options import note

PEERS = {"roundup": "roundup.py", "django-helpdesk": "django_helpdesk.py"}
FLOOR = ("compat32", "regex", "insert_raw")
"""The steps of limits.py that add up to L: one parse, one regex pass, one raw-SQL transaction."""


@dataclass(frozen=True, slots=True)
class Floor:
    """What limits.py found: the single steps of L in milliseconds, as time that passed and as CPU time."""

    steps: dict[str, float]
    cpu: dict[str, float]
    limits: tuple[tuple[str, float, float], ...] = ()  # every step: what, a second, milliseconds

    @property
    def l_ms(self) -> float:
        """The sum of the steps, which is L."""
        return sum(self.steps.values())

    @property
    def cpu_ms(self) -> float:
        """The same as CPU time, which a slow disk does not make longer."""
        return sum(self.cpu.values())


def run_peer(kit: Path, name: str, work: Path, mails: int) -> dict[str, Any] | None:
    """One run of a peer over the same mails, or nothing where it cannot be had or made other tickets."""
    program = kit / "peers" / PEERS[name]
    lines = _output([str(program), "--work", str(work.resolve()), "--mails", str(mails)])
    if lines is None:
        note(f"{name}: no figure")
        return None
    return dict(json.loads(lines[-1]))


def run_limits(kit: Path, work: Path, mails: int, runs: int) -> Floor | None:
    """The floor of this machine, or nothing where it cannot be measured."""
    command = [str(kit / "limits.py"), "--work", str(work.resolve()), "--mails", str(mails), "--runs", str(runs)]
    lines = _output(command)
    if lines is None:
        return None
    note("\n".join(lines[:-1]))
    figures = json.loads(lines[-1])["figures"]
    steps = {step: float(figures[step]["ms"]) for step in FLOOR}
    limits = tuple((str(one["name"]), float(one["per_s"]), float(one["ms"])) for one in figures.values())
    return Floor(steps, {step: float(figures[step]["cpu_ms"]) for step in FLOOR}, limits)


def _output(command: Sequence[str]) -> list[str] | None:
    """The lines a program of the kit prints, or nothing where it fails; why is on standard error."""
    done = subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        note(f"{Path(command[0]).name} ended with status {done.returncode}")
        return None
    return lines
