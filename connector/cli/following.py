"""What follows a command that made mails: whether anybody sends them."""

from __future__ import annotations

import click

from connector.cli.present import service_runs
from connector.cli.session import Session


def say_if_nobody_works(session: Session) -> None:
    """Tell on standard error where mails wait in the spool and no service runs that would take them."""
    if not service_runs(session.settings.store.spool):
        click.echo("no service is running: the queue waits for it", err=True)


def say_if_nothing_sends(session: Session, mails: int) -> None:
    """Tell on standard error where mails were made and no service runs that would send them."""
    if mails and not service_runs(session.settings.store.spool):
        click.echo(f"no service is running: mails to send wait for it ({mails})", err=True)
