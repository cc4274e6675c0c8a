"""How `rules replay` tells what would change: entry by entry as it is found, then the summary; or hits by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field

import click

from connector.cli.escape import escape_lines, json_text, one_line
from connector.cli.progress import Step
from connector.cli.refusal import Refused
from connector.cli.tables import Row, column, print_rows
from connector.pipeline.stripping.labels import KNOWN
from connector.rulebook import Rules
from connector.workbench.replay import Replayed

HITS = (
    column("Rule", "rule", weight=4),
    column("Kind", "kind"),
    column("In use", "in_use", fixed=True),
    column("Candidate", "candidate", fixed=True),
)


@dataclass(slots=True)
class Summary:
    """What was found, counted over all entries: by what became of them, by rule lines and mails."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    candidate_hits: Counter[str] = field(default_factory=Counter)

    def add(self, one: Replayed) -> None:
        """Count an entry."""
        said = {
            "missing originals": one.missing,
            "faults": bool(one.fault),
            "same": not (one.missing or one.fault or one.changed),
            "different": one.changed,
            "kept more": one.longer > 0,
            "cut more": one.longer < 0,
            "automatic or not": one.automatic is not None,
            "nothing left, so kept": one.guarded,
            "rules passed over": bool(one.passed_over),
        }
        self.counts["entries"] += 1
        self.counts.update(name for name, holds in said.items() if holds)
        self.hits.update(one.hits)
        self.candidate_hits.update(one.candidate_hits)
        for rule, lines in one.rules.items():
            self.lines["known messages" if rule.startswith(KNOWN) else rule] += lines

    def told(self) -> Iterator[str]:
        """The counts, then the rules that cut more lines or fewer."""
        yield ", ".join(f"{name}: {count}" for name, count in self.counts.items()) or "no stored mails"
        for rule, lines in self.lines.most_common():
            if lines:
                yield f"{lines:+7} lines cut by {one_line(rule)}"


def print_replayed(found: Iterable[Replayed], limit: int, step: Step, *, as_json: bool) -> None:
    """At most `limit` entries that differ or could not be replayed; the summary counts all.

    JSON is an array of these, and then the summary goes to standard error.
    """
    summary, shown = Summary(), list[Row]()
    for one in found:
        step(1)
        summary.add(one)
        if (one.changed or one.fault) and len(shown) < limit:
            shown.append(_row(one))
            if not as_json:
                click.echo(_told(one))
    if as_json:
        click.echo(json_text(shown))
    _end(summary, as_json=as_json)


def print_hits(found: Iterable[Replayed], present: Rules, candidates: Rules, step: Step, *, as_json: bool) -> None:
    """In how many mails each rule matched, also those that never did; nothing where a folder has no such rule."""
    summary = Summary()
    for one in found:
        step(1)
        summary.add(one)
    kinds, candidate_kinds = _kinds(present), _kinds(candidates)
    rows: list[Row] = [
        {
            "rule": name,
            "kind": kind,
            "in_use": summary.hits[name] if name in kinds else None,
            "candidate": summary.candidate_hits[name] if name in candidate_kinds else None,
        }
        for name, kind in (candidate_kinds | kinds).items()
    ]
    print_rows(rows, HITS, as_json=as_json, empty="no rules")
    _end(summary, as_json=as_json)


def _end(summary: Summary, *, as_json: bool) -> None:
    click.echo("\n".join(summary.told()), err=as_json)
    if faults := summary.counts["faults"]:
        raise Refused(f"{faults} of the mails could not be replayed")


def _kinds(rules: Rules) -> dict[str, str]:
    """The rules that a replay asks, by name: those about lines, and about the subject alone."""
    lines = {rule.name: rule.kind for each in rules.by_kind.values() for rule in each}
    return lines | {rule.name: rule.kind for rule in rules.automatic.get("detect", ()) if not rule.sender}


def _row(one: Replayed) -> Row:
    return {name: value for name, value in asdict(one).items() if name not in ("missing", "hits", "candidate_hits")}


def _told(one: Replayed) -> str:
    head = f"== {one.ticket} entry {one.entry} {one_line(one.sender)}"
    fault = [f"could not be replayed: {one_line(one.fault)}"] if one.fault else []
    automatic = [] if one.automatic is None else [f"{'now' if one.automatic else 'no longer'} taken for automatic"]
    rules = [f"{lines:+} lines cut by {one_line(rule)}" for rule, lines in one.rules.items()]
    return "\n".join([head, *fault, *automatic, *rules, *map(escape_lines, one.diff)])
