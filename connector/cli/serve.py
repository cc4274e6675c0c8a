"""`serve`: the service."""

from __future__ import annotations

import asyncio
import faulthandler
import os
from contextlib import suppress

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
    _take_long_turns()
    server = Server(session.file, settings, read_book(settings.rules))
    try:
        asyncio.run(server.run())
    except OSError as error:
        raise Refused(f"the service cannot start: {error}") from error


def _take_long_turns() -> None:
    """Let no process of the service break in on another that is at work (SCHED_BATCH), unless told otherwise.

    A dozen times a mail one of them woke up, took the processor from another, and that one its memory from the caches.
    """
    with suppress(OSError, AttributeError):  # not allowed in a container, or another system
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
