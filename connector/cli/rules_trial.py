"""How `rules test` shows a mail: each line with its number, kept or cut, and what the rules took."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from connector.cli.escape import escape_lines, one_line
from connector.cli.tables import console
from connector.pipeline.reasons import in_words
from connector.workbench.trial import Line, Tried


def as_dict(tried: Tried) -> dict[str, Any]:
    """The same for programs."""
    return {
        "text": tried.written.text,
        "lines": [
            {"number": one.number, "text": one.text, "cut": bool(one.rule), "rule": one.rule, "kind": one.kind}
            for one in tried.lines
        ],
        "rules": [{"rule": one.rule, "kind": one.kind, "microseconds": one.microseconds} for one in tried.times],
        "because": [{"code": one.code, "facts": dict(one.facts)} for one in tried.written.because],
        "automatic": [{"code": one.code, "facts": dict(one.facts)} for one in tried.automatic],
    }


def print_tried(tried: Tried) -> None:
    """`|` marks what is kept, `-` what is cut; on a terminal colours say the same."""
    screen, width = console(), len(str(len(tried.lines)))
    for line in tried.lines:
        screen.print(_line(line, width), soft_wrap=True)
    for heading, reasons in (("because", tried.written.because), ("automatic", tried.automatic)):
        for reason in reasons:
            screen.print(Text(f"{heading}: {one_line(in_words(reason))}", style="dim"), soft_wrap=True)
    for one in tried.times:
        screen.print(Text(f"{one.microseconds:>8} µs  {one_line(one.rule)} ({one.kind})"), soft_wrap=True)
    kept = tried.written.text.count("\n") + 1 if tried.written.text else 0
    cut = sum(bool(line.rule) for line in tried.lines)
    screen.print(Text(f"stored: {kept} lines; cut: {cut}", style="bold"), soft_wrap=True)


def _line(line: Line, width: int) -> Text:
    cut = bool(line.rule)
    shown = Text(f"{line.number:>{width}} {'-' if cut else '|'} ", style="red" if cut else "green")
    shown.append(escape_lines(line.text), style="red" if cut else "")
    if cut:
        kind = f" ({line.kind})" if line.kind else ""
        shown.append(f"   [{one_line(line.rule)}{kind}]", style="dim")
    return shown
