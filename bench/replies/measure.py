"""Strips replies and compares: exact, lost lines, lines too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bench.replies.replies import Reply
from connector.pipeline.strip import strip_text
from connector.pipeline.stripping.readings import reading
from connector.rulebook import Matcher, Rules


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of one reply; `told` shows it."""

    exact: bool
    lost: tuple[str, ...]
    told: str


@dataclass(slots=True)
class Count:
    """Replies of one client: how many, how many exact, how many that lost a line."""

    replies: int = 0
    exact: int = 0
    lost: int = 0

    def add(self, one: Measured) -> None:
        """Count one reply."""
        self.replies, self.exact, self.lost = self.replies + 1, self.exact + one.exact, self.lost + bool(one.lost)

    def __add__(self, other: Count) -> Count:
        return Count(self.replies + other.replies, self.exact + other.exact, self.lost + other.lost)


def measured(made: Reply, rules: Rules, *, known: bool = True) -> Measured:
    """Strip the reply as the stage does, and compare its lines; blanks and empty lines make no difference."""
    text, html = (made.text, "") if not made.html else reading(made.text, "", made.html, Matcher(rules))
    said = [made.answered] if known else []
    written = strip_text(text, html, rules, signatures=made.signatures, said=said)
    kept = [_line(line) for line in written.text.split("\n") if _line(line)]
    wanted = [_line(line) for line in made.kept]
    lost = tuple((Counter(map(_line, made.own)) - Counter(kept)).elements())
    told = "\n".join(
        (made.text, "---- parent", made.answered.text, "---- kept", written.text, f"---- lost {lost}", str(written.cut))
    )
    return Measured(kept == wanted, lost, told)


def _line(line: str) -> str:
    return " ".join(line.split()).strip("\u200e\u200f ")


def table(counts: Mapping[str, Count]) -> str:
    """The counts of each client, and of all, in Markdown."""
    rows = [*sorted(counts.items()), ("**all**", sum(counts.values(), Count()))]
    lines = [
        f"| {name} | {count.replies} | {100 * count.exact / count.replies:.2f} % | {count.lost} |"
        for name, count in rows
    ]
    return "\n".join(("| client | replies | exact | lost a line |", "|---|---:|---:|---:|", *lines))
