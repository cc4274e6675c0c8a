"""`verify`: store, originals and spool held against each other (B4, B9, B97)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from connector.cli.actor import authorise
from connector.cli.escape import json_text, one_line
from connector.cli.options import json_option
from connector.cli.progress import progress
from connector.cli.session import Session, pass_session
from connector.privileges import OTHER_TICKETS

if TYPE_CHECKING:
    from storage.verify import Finding


@click.command()
@click.option("--quick", is_flag=True, help="Trust the sizes of originals, parse none, leave out the index.")
@json_option
@pass_session
def verify(session: Session, quick: bool, as_json: bool) -> None:
    """Look for damage: originals, pointers, constraints, counters, the search index, the spool.

    Nothing is changed, and the service may run. Each finding says where it is, what it is and what to do.

    \b
    Exit status:
      0  sound; warnings alone count as sound
      1  something is wrong
    """
    authorise(session.actor, OTHER_TICKETS, to="verify the store, which tells of everybody's tickets")
    found: list[Finding] = []
    for finding in _findings(session, quick=quick):
        found.append(finding)
        if not as_json:
            click.echo(f"{finding.level}: {one_line(f'{finding.where}: {finding.what}')}\n  {one_line(finding.todo)}")
    levels = Counter(finding.level for finding in found)
    if as_json:
        click.echo(json_text([asdict(finding) for finding in found]))
    click.echo(f"{levels['error']} errors, {levels['warning']} warnings", err=True)
    if levels["error"]:
        raise click.exceptions.Exit(1)


def _findings(session: Session, *, quick: bool) -> Iterator[Finding]:
    from connector import verifying
    from storage import verify as of_store

    settings, db = session.settings, session.store.db
    yield from of_store.check(db, settings.tickets.number_prefix, quick=quick)
    with progress("originals", of_store.count_originals(db)) as step:
        yield from verifying.originals(db, settings.store.originals, step, quick=quick)
    if not quick:
        yield from verifying.attachments(db, settings.store.originals)
    yield from verifying.spooled(db, settings.store.spool)
