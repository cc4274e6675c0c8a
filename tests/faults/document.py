"""The list of failpoints in docs/durability.md, out of the sources.

`python -m tests.faults.document` writes it anew; a test compares it.
"""

from __future__ import annotations

from collections import defaultdict

from tests.faults.failpoints import places
from tests.house import ROOT

FILE = ROOT / "docs" / "durability.md"
HEADING = "## The failpoints\n"


def page() -> str:
    """The page with the list as it is to be; what stands before the heading is written by hand."""
    text = FILE.read_text(encoding="utf-8")
    return text[: text.index(HEADING) + len(HEADING)] + "\n" + table()


def table() -> str:
    """The failpoints by file."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, where in places().items():
        found[where].append(name)
    rows = [f"| {where} | {', '.join(found[where])} |" for where in sorted(found)]
    return "\n".join(["| file | failpoints |", "|---|---|", *rows, ""])


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
