"""`doctor`: what an administrator gets wrong, and what to do about it (B106)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from connector.cli.actor import authorise
from connector.cli.escape import json_text, one_line
from connector.cli.options import json_option
from connector.cli.present import service_runs
from connector.cli.progress import progress
from connector.cli.session import Session, pass_session
from connector.clock import utc_now
from connector.privileges import PRIVILEGES

if TYPE_CHECKING:
    from connector.doctor.findings import Finding

LEVELS = ("problem", "warning", "skipped", "ok")
"""The worst first."""


@click.command()
@click.option("--no-network", is_flag=True, help="Ask nobody: no relay, no mailbox, no DNS.")
@json_option
@pass_session
def doctor(session: Session, no_network: bool, as_json: bool) -> None:
    """Look for what is easily got wrong: configuration, store, disk, secrets, clock, relay, mailboxes, DNS.

    Relay and mailboxes are logged in to as the service does it; nothing is sent, taken or changed. Run it as the
    service's user. Each finding says what was found, and what to do. Needs every privilege.

    \b
    Exit status:
      0  no problem; warnings alone count as none
      1  a problem
    """
    authorise(session.actor, *PRIVILEGES, to="look for what is wrong: it tells where secrets lie, and whose mail fails")
    found = sorted(_findings(session, network=not no_network), key=lambda finding: LEVELS.index(finding.level))
    if as_json:
        click.echo(json_text([asdict(finding) for finding in found]))
    for finding in found if not as_json else ():
        click.echo(f"{finding.level}: {one_line(f'{finding.about}: {finding.what}')}")
        if finding.todo:
            click.echo(f"  {one_line(finding.todo)}")
    levels = Counter(finding.level for finding in found)
    click.echo(f"{levels['problem']} problems, {levels['warning']} warnings", err=True)
    if levels["problem"]:
        raise click.exceptions.Exit(1)


def _findings(session: Session, *, network: bool) -> Iterator[Finding]:
    from connector.doctor.examination import Examination, read_settings

    settings, found = read_settings(session.file)
    yield from found
    if settings is None:
        return
    examination = Examination(settings, utc_now(), running=service_runs(settings.store.spool))
    number = len(examination.here()) + (len(examination.elsewhere()) if network else 0)
    with progress("checks", number) as step:
        yield from examination.run(lambda: step(1), network=network)
