"""`export`: tickets with all they have as JSON Lines, for other systems (B97)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import click

from connector.cli.progress import Step, progress
from connector.cli.refusal import Misused
from connector.cli.session import Session, pass_session
from connector.cli.writing import new_file
from connector.clock import utc_now
from connector.privileges import OTHER_TICKETS

OVERLAP = timedelta(minutes=5)
"""A change bears the time at which it began; one that began before an export may be committed behind it."""


@click.command()
@click.option("--since", metavar="TIME", help="Changed since this date or time (ISO 8601; UTC where it says nothing).")
@click.option("--after", default="", metavar="NUMBER", help="Go on behind this ticket, where an export was broken off.")
@click.option("--to", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write this new file.")
@pass_session
def export(session: Session, since: str | None, after: str, file: Path | None) -> None:
    """Print tickets as JSON Lines, one a line with recipients, history and deliveries, in the order of opening.

    With --since those that were changed or whose mails were sent since then. Standard error tells the time to give
    the next time: it overlaps, so that nothing is missed. Without the privilege other-employees-tickets one gets
    one's own.
    """
    from storage import export as tickets  # heavy, as the store is

    seen_by = None if session.actor.may(OTHER_TICKETS) else session.actor.employee_id
    wanted = tickets.Wanted(time_of(since) if since else None, seen_by, after)
    following = utc_now() - OVERLAP
    db = session.store.db
    ids = tickets.ids(db, wanted)
    with progress("tickets", len(ids)) as step:
        written = _write(map(json_line, tickets.tickets(db, ids)), file, step)
    click.echo(f"{written} tickets; the next time give --since {following:%Y-%m-%dT%H:%M:%SZ}", err=True)


def json_line(ticket: object) -> str:
    """A ticket in one line of ASCII, in which nothing can control a terminal."""
    return json.dumps(ticket).replace("\x7f", "\\u007f")


def _write(lines: Iterator[str], file: Path | None, step: Step) -> int:
    """Write every line; how many there were. A file is there whole or not at all."""
    if file is None:
        return _print(lines, sys.stdout, step)
    with new_file(file) as temporary, temporary.open("w", encoding="ascii") as out:
        return _print(lines, out, step)


def _print(lines: Iterator[str], out: TextIO, step: Step) -> int:
    written = 0
    for line in lines:
        out.write(line + "\n")
        step(1)
        written += 1
    return written


def time_of(typed: str) -> datetime:
    """The time that was typed, in UTC; Misused says what is allowed."""
    try:
        time = datetime.fromisoformat(typed.strip())
    except ValueError as error:
        allowed = "a date or time as 2026-11-28 or 2026-11-28T09:30Z"
        raise Misused(f"--since: found {typed!r}; allowed is {allowed}") from error
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
