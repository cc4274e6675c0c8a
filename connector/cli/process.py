"""`process`: mails out of files through the eight stages, for real or as a dry run (B1, B2, B105)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
from rich.text import Text

from connector.book import read_book
from connector.cli.actor import authorise
from connector.cli.escape import escape_lines, json_text, one_line
from connector.cli.present import service_runs, store_is_there
from connector.cli.runs import DryRun, Filing, Outcome
from connector.cli.session import Session, pass_session
from connector.cli.tables import console
from connector.config.values import names
from connector.intake.files import MailFile, MailFileError, read_mails
from connector.mail.model import Envelope
from connector.pipeline.explain import as_dict, in_lines
from connector.privileges import OTHER_TICKETS


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    help="A mail, mbox, Maildir or folder of .eml; - is standard input.",
)
@click.option("--dry-run", is_flag=True, help="Decide alone: nothing is stored, nothing is sent.")
@click.option("--json", "as_json", is_flag=True, help="Print each decision as JSON, one a line.")
@click.option("--envelope-from", metavar="ADDRESS", help="The envelope's sender; <> is the null return path.")
@click.option("--envelope-to", multiple=True, metavar="ADDRESS", help="The envelope's recipients; several by commas.")
@pass_session
def process(
    session: Session,
    files: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    envelope_from: str | None,
    envelope_to: tuple[str, ...],
) -> None:
    """Take mails through the eight stages and print what was decided, and why.

    FILE is a mail, an mbox, a Maildir, a folder of .eml files, or - for standard input. Exit status 0 means that every
    mail is safe: filed, or in the spool, where the service tries it again. A mail may belong to anybody's ticket, so
    that the privilege other-employees-tickets is needed.
    """
    authorise(session.actor, OTHER_TICKETS, to="take mails out of files, which may be on anybody's ticket")
    read_mails(files, sys.stdin.buffer)  # reports what is not there before anything is done
    envelope = Envelope(
        (envelope_from or "").strip("<> "), tuple(names(",".join(envelope_to))), has_sender=envelope_from is not None
    )
    book = read_book(session.settings.rules)
    if dry_run and not store_is_there(session.settings):
        click.echo("there is no store yet: decided as in an empty one", err=True)
    run = DryRun(session.settings, book) if dry_run else Filing(session.settings, book)
    safe = True
    with run:
        for name, mail in _mails(files):
            outcome = run.take(mail, envelope) if isinstance(mail, MailFile) else Outcome(fault=str(mail), safe=False)
            _print(name, outcome, as_json=as_json, heading=len(files) > 1 or name != files[0])
            safe &= outcome.safe
    if run.deliveries and not dry_run and not service_runs(session.settings.store.spool):
        click.echo(f"no service is running: mails to send wait for it ({run.deliveries})", err=True)
    if not safe:
        raise click.exceptions.Exit(1)


def _mails(files: tuple[str, ...]) -> Iterator[tuple[str, MailFile | MailFileError]]:
    """Every mail with its name; a file that cannot be read does not keep the others from being taken."""
    for file in files:
        try:
            for mail in read_mails([file], sys.stdin.buffer):
                yield mail.name, mail
        except MailFileError as error:
            yield file, error


def _print(name: str, outcome: Outcome, *, as_json: bool, heading: bool) -> None:
    if outcome.fault:
        click.echo(f"{one_line(name)}: {escape_lines(outcome.fault)}", err=True)
    if outcome.decision is None:
        return
    if as_json:
        click.echo(json_text(as_dict(outcome.decision, outcome.entry), indent=None))
        return
    screen = console()
    if heading:
        screen.print(Text(f"== {one_line(name)}", style="bold"), soft_wrap=True)
    for line in in_lines(outcome.decision):
        screen.print(_coloured(line), soft_wrap=True)


def _coloured(line: str) -> Text:
    """A line of the decision: stages bold, reasons dim."""
    if line[:1].isdigit():
        text = Text(line)
        text.stylize("bold cyan", 0, 13)
        return text
    return Text(line, style="dim" if line.lstrip().startswith("because") else "")
