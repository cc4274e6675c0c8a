"""How `rules replay` tells what would change: entry by entry as it is found, then the summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

import click

from connector.cli.escape import escape_lines, json_text, one_line
from connector.cli.progress import Step
from connector.workbench.replay import Replayed


def print_replayed(found: Iterable[Replayed], limit: int, step: Step, *, as_json: bool) -> None:
    """At most `limit` differences; the summary counts all. JSON has one object a line, the summary last."""
    counts: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    for one in found:
        step(1)
        _count(one, counts)
        rules.update(one.rules)
        changed = bool(one.diff) or one.automatic is not None
        if changed and counts["different"] <= limit:
            click.echo(json_text(asdict(one), indent=None) if as_json else _told(one))
    by_rule = {rule: lines for rule, lines in rules.most_common() if lines}
    if as_json:
        click.echo(json_text({"summary": dict(counts), "rules": by_rule}, indent=None))
        return
    click.echo(", ".join(f"{name}: {count}" for name, count in counts.items()) or "no stored mails")
    for rule, lines in by_rule.items():
        click.echo(f"{lines:+7} lines cut by {one_line(rule)}")


def _count(one: Replayed, counts: Counter[str]) -> None:
    counts["entries"] += 1
    said = {
        "missing originals": one.missing,
        "same": not one.missing and not one.diff and one.automatic is None,
        "different": bool(one.diff) or one.automatic is not None,
        "kept more": one.longer > 0,
        "cut more": one.longer < 0,
        "automatic or not": one.automatic is not None,
        "nothing left, so kept": one.guarded,
        "rules passed over": bool(one.passed_over),
    }
    counts.update(name for name, holds in said.items() if holds)


def _told(one: Replayed) -> str:
    head = f"== {one.ticket} entry {one.entry} {one_line(one.sender)}"
    automatic = [] if one.automatic is None else [f"{'now' if one.automatic else 'no longer'} taken for automatic"]
    rules = [f"{lines:+} lines cut by {one_line(rule)}" for rule, lines in one.rules.items()]
    return "\n".join([head, *automatic, *rules, *map(escape_lines, one.diff)])
