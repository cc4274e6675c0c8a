"""`ticket report`: one ticket as a text, as HTML, as HTML for paper (B90; for customers B84)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector.cli.options import number_argument
from connector.cli.session import Session, pass_session
from connector.cli.statuses import shown, text_of
from connector.cli.writing import write_new

if TYPE_CHECKING:  # what makes a report is heavy; `ticket show` does without
    from connector.report.content import Material
    from connector.report.discretion import Discretion
    from connector.report.model import Report

FILE_WIDTH = 80
"""Columns of a text in a file, and where there is no terminal that could say how wide it is."""


@click.command()
@number_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "print"]),
    default="text",
    show_default=True,
    help="A text, HTML for a screen, or HTML for paper and PDF.",
)
@click.option("--public", is_flag=True, help="Only what customers may see.")
@click.option("--to", "file", type=click.Path(path_type=Path), metavar="FILE", help="Write this new file.")
@pass_session
def report(session: Session, number: str, form: str, public: bool, file: Path | None) -> None:
    """Print one ticket whole: fields, recipients, history, the oldest first.

    The HTML loads nothing from anywhere; print that of --format print to paper, or save it as PDF. With --public it has
    Public entries alone, no field that is the house's own, and no employee's address.
    """
    made = _report(session, session.ticket(number).number, public=public)
    width = FILE_WIDTH if file else shutil.get_terminal_size((FILE_WIDTH, 24)).columns
    text = _formed(made, form, width)
    if file is None:
        click.echo(text, nl=False)
    else:
        write_new(file, text.encode())
        click.echo(f"ticket {made.number} is in {file}")


def _report(session: Session, number: str, *, public: bool) -> Report:
    from connector.clock import utc_now
    from connector.report.content import for_customers, for_employees

    discretion = _discretion(session)
    if public:
        return for_customers(_material(session, number), discretion, utc_now())
    return for_employees(_material(session, number), discretion.issuer, utc_now())


def _material(session: Session, number: str) -> Material:
    """What the store has on the ticket, statuses by the names that the INI gives them."""
    from connector.report.content import Material
    from storage.report_reads import beside_history
    from storage.views import WHOLE

    names, row = session.settings.tickets.status_names, session.row(number)
    history = session.store.history(number, WHOLE)
    return Material(
        {**row, "status": shown(row["status"], names)},
        session.store.recipients(number),
        [{**one, "text": text_of(one, names)} for one in history],
        beside_history(session.store.db, number),
    )


def _discretion(session: Session) -> Discretion:
    from connector.report.discretion import Discretion

    settings = session.settings.connector
    return Discretion(
        public_address=settings.public_addresses[0],
        house=settings.response_from_name,
        employees=frozenset(session.directory.by_address).difference(settings.public_addresses),
        shows_names=settings.use_employee_sender_name,
    )


def _formed(made: Report, form: str, width: int) -> str:
    from connector.report.page import as_html
    from connector.report.text import as_text

    return as_text(made, width) if form == "text" else as_html(made, paper=form == "print")
