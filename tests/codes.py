"""Writes docs/codes.md from the code: `python -m tests.codes`."""

from __future__ import annotations

from connector.mail.repairs import REPAIRS
from connector.pipeline.reasons import WORDS
from tests.house import ROOT

FILE = ROOT / "docs" / "codes.md"

OUTCOMES = {
    "filed": "It is a history entry of a ticket.",
    "duplicate": "The same mail had been filed before.",
    "own": "This service sent it itself; counted, not filed.",
    "held": "It waits for a person.",
    "quarantined": "No worker could finish it.",
    "rejected": "A person took it out of the queue, or had chosen that for such mail of its sender.",
    "skipped": "A rule says that this machine's mail is not filed.",
}


def page() -> str:
    """The whole page."""
    return f"""# Codes in the decision record

Codes are stable: programs may rely on them. `process --dry-run` prints the words, `--json` the codes with their facts.
This page is made from the code by `python -m tests.codes`.

## Reasons

{_table("code", WORDS)}
## Repairs

What was wrong with a mail and was repaired or cut; the original keeps everything.

{_table("code", REPAIRS)}
## Outcomes

Every accepted mail ends in exactly one.

{_table("outcome", OUTCOMES)}"""


def _table(head: str, rows: dict[str, str]) -> str:
    return f"| {head} | means |\n|---|---|\n" + "".join(f"| `{code}` | {words} |\n" for code, words in rows.items())


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
