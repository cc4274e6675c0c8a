"""The failpoints of the program: where they are, arming them, and which of them were reached.

`hook/sitecustomize.py` makes them out of comments; what runs with `Failpoints.environment` has them, and so do all
processes that it starts.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

from tests.house import ROOT

HOOK = Path(__file__).parent / "hook"
POINT = re.compile(r"^[ \t]*# failpoint: (\S+)$", re.MULTILINE)
STATEMENT = "sql.executed"
"""Reached after each statement that is handed to the database; it stands in no line of ours."""


@cache
def places() -> dict[str, str]:
    """Every failpoint by its name, with the file that it stands in."""
    found = {STATEMENT: "storage/database.py"}
    for file in sorted(file for folder in ("connector", "storage") for file in (ROOT / folder).rglob("*.py")):
        for name in POINT.findall(file.read_text(encoding="utf-8")):
            where = str(file.relative_to(ROOT))
            assert name not in found, f"{name}: in {found[name]} and in {where}"
            found[name] = where
    return found


class Failpoints:
    """A folder that programs with failpoints share; what one run has hit is kept until the folder goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "armed").mkdir(parents=True, exist_ok=True)

    @classmethod
    def of_this_program(cls) -> Failpoints:
        """Those of a program that runs with the environment of others."""
        return cls(Path(os.environ["EMAIL_CONNECTOR_FAILPOINTS"]))

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs in its environment."""
        return {"PYTHONPATH": f"{HOOK}:{ROOT}", "EMAIL_CONNECTOR_FAILPOINTS": str(self.folder)}

    def arm(self, name: str, action: str = "kill", times: int = 1) -> None:
        """Have it happen once, at this hit from now on.

        `kill` ends the process that gets there, `kill-all` its process group, both by SIGKILL; `hang` has it wait for
        an hour; the name of an error (`ENOSPC`) is raised as OSError.
        """
        assert name in places(), name
        (self.folder / "armed" / f"{name}.new").write_text(f"{action} {times:09}")
        (self.folder / "armed" / f"{name}.new").rename(self.folder / "armed" / name)

    def disarm(self) -> list[str]:
        """Take back what has not happened; the names of its points."""
        armed = list((self.folder / "armed").iterdir())
        for file in armed:
            file.unlink(missing_ok=True)
        return [file.name for file in armed]

    def hits(self) -> set[str]:
        """The points that were reached."""
        return set(self._lines("hit"))

    def acted(self) -> list[str]:
        """The points at which something happened, in order."""
        return [line.partition(" ")[0] for line in self._lines("acted")]

    def _lines(self, file: str) -> list[str]:
        path = self.folder / file
        return path.read_text().splitlines() if path.exists() else []
