"""`people`: the whole directory as one CSV file, in and out."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click

from connector.cli.actor import authorise
from connector.cli.escape import escape_lines, one_line
from connector.cli.refusal import Refused
from connector.cli.session import Session, pass_session
from connector.people import read_people, write_people
from connector.privileges import OTHER_TICKETS, PRIVILEGES
from storage.people_rows import KINDS, PersonRow


@click.group()
def people() -> None:
    """Employees, accounts and contacts as one CSV file."""


@people.command("import")
@click.argument("file", type=click.Path(path_type=Path), help="The CSV file to read.")
@pass_session
def import_(session: Session, file: Path) -> None:
    """Add and change people by the rows of a CSV file; with a bad row nothing is imported. Needs every privilege.

    Columns: kind,name,email1,email2,account,active,privileges,mail_option,manager,main,domain
    """
    authorise(session.actor, *PRIVILEGES, to="import people")
    done = session.store.import_people(read_people(file, session.settings.groups))
    for kind in KINDS.values():
        told = ", ".join(f"{done.counts[kind, what]} {what}" for what in ("new", "changed", "same"))
        click.echo(f"{kind + 's':10} {told}")
    for warning in done.warnings:
        click.echo(f"warning: {one_line(warning)}", err=True)


@people.command()
@click.argument(
    "file", type=click.Path(path_type=Path), required=False, help="The file to write; without it standard output."
)
@pass_session
def export(session: Session, file: Path | None) -> None:
    """Write everybody as a CSV file that `people import` reads; to standard output where no file is named.

    What a spreadsheet would take for a formula has an apostrophe in front, which an import takes away. Needs the
    privilege other-employees-tickets.
    """
    authorise(session.actor, OTHER_TICKETS, to="export people")
    rows = session.store.export_people()
    if file is None:
        _print(rows)
        return
    try:
        with file.open("x", encoding="utf-8", newline="") as out:
            write_people(rows, out)
    except FileExistsError as error:
        raise Refused(f"{file} is there already, and is not overwritten") from error
    click.echo(f"{len(rows)} rows in {file}")


def _print(rows: list[PersonRow]) -> None:
    """The rows on standard output; a terminal gets them with everything escaped that could control it."""
    out = io.StringIO()
    write_people(rows, out)
    click.echo(escape_lines(out.getvalue()) if sys.stdout.isatty() else out.getvalue(), nl=False)
