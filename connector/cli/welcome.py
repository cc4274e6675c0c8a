"""`welcome`: where things are, and what to do next; `make run` shows it first."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from connector.cli.effective import without_password
from connector.cli.present import store_or_empty
from connector.cli.session import Session, pass_session
from connector.config.settings import Settings
from storage.records import StoreError

MAIL = r"From: {sender}\r\nTo: {to}\r\nSubject: Printer\r\n\r\nIt does not print.\r\n"
SEND = """python3 -c "import smtplib; smtplib.SMTP('{host}', {port}).sendmail('{sender}', '{to}', '{mail}')\""""
SENDER = "jane@acme.example"


@click.command()
@pass_session
def welcome(session: Session) -> None:
    """Tell in a few lines where things are, and what to do next."""
    settings = session.settings
    to, listen = settings.connector.public_addresses[0], settings.smtp_in
    send = SEND.format(host=listen.host, port=listen.port, sender=SENDER, to=to, mail=MAIL.format(sender=SENDER, to=to))
    me = _me()
    lines = [
        "The e-mail connector",
        f"  configuration  {_near(session.file)}",
        f"  mail in        {f'SMTP on {listen.host}:{listen.port}' if listen.active else 'no SMTP'}, for {to}",
        f"  mail out       {_way_out(settings)}",
        f"  tickets        {_database(settings)}; {_people(settings)}",
        "Next, in another terminal:",
        f"  {me} people import fixtures/people.csv" if Path("fixtures/people.csv").exists() else "",
        f"  {send}" if listen.active else f"  {me} process FILE.eml",
        f"  {me} inbox",
        f"  {me} --help",
    ]
    click.echo("\n".join(filter(None, lines)))


def _me() -> str:
    """The command as it can be typed here."""
    command = Path(sys.argv[0])
    return _near(command) if command.name == "email-connector" else "python -m connector"


def _near(path: Path) -> str:
    """The path, from here where it lies below."""
    path = path.absolute()
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _way_out(settings: Settings) -> str:
    outgoing = settings.outgoing
    if outgoing.transport == "outbox":
        return f"not sent, put into {_near(outgoing.outbox / 'new')} to look at"
    return f"by the relay {outgoing.host}:{outgoing.port}"


def _database(settings: Settings) -> str:
    scheme, _, file = settings.store.database.partition(":")
    return _near(Path(file)) if scheme == "sqlite" else without_password(settings.store.database)


def _people(settings: Settings) -> str:
    """Whom the store knows; a store that is away is no reason not to start."""
    try:
        store = store_or_empty(settings)
        number = len(store.directory().employees)
        store.close()
    except StoreError as error:
        return str(error)
    return f"{number} employees" if number else "nobody is known yet"
