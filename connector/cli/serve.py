"""`serve`: the service."""

from __future__ import annotations

import asyncio
import faulthandler

import click

from connector import logs
from connector.book import read_book
from connector.cli.refusal import Refused
from connector.cli.session import Session, pass_session
from connector.server import Server


@click.command()
@pass_session
def serve(session: Session) -> None:
    """Run the service in the foreground until SIGTERM or Ctrl-C; SIGHUP reads configuration and rules anew.

    Logs go to standard error.
    """
    settings = session.settings
    logs.configure(settings.service.log_format, settings.service.log_level)
    faulthandler.enable()  # systemd's watchdog sends SIGABRT: the log shows then where every thread was
    server = Server(session.file, settings, read_book(settings.rules))
    try:
        asyncio.run(server.run())
    except OSError as error:
        raise Refused(f"the service cannot start: {error}") from error
