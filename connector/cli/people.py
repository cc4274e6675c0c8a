"""`people`, `employees`, `accounts`: the directory, as a CSV file and as listings."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from connector.cli.actor import authorise
from connector.cli.escape import one_line
from connector.cli.options import json_option
from connector.cli.refusal import Refused
from connector.cli.session import Session, pass_session
from connector.cli.tables import Column, Row, column, print_rows
from connector.people import read_people, write_people
from connector.privileges import PRIVILEGES
from storage.people_rows import KINDS, AccountRow, ContactRow, EmployeeRow

EMPLOYEE_COLUMNS = (
    column("name", "name"),
    column("e-mail", "email1"),
    column("second e-mail", "email2"),
    Column("active", lambda row: "yes" if row["active"] else "no", fixed=True),
    column("privileges", "privileges"),
    column("gets mail", "mail_option"),
)
ACCOUNT_COLUMNS = (
    column("name", "name"),
    column("e-mail", "email1"),
    column("manager", "manager"),
    Column("domains", lambda row: ", ".join(row["domains"])),
    column("main contact", "main_contact"),
)


@click.group()
def people() -> None:
    """Employees, accounts and contacts as one CSV file."""


@people.command("import")
@click.argument("file", type=click.Path(path_type=Path))
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
@click.argument("file", type=click.Path(path_type=Path), required=False)
@pass_session
def export(session: Session, file: Path | None) -> None:
    """Write everybody as a CSV file that `people import` reads; to standard output where no file is named."""
    rows = session.store.export_people()
    if file is None:
        write_people(rows, sys.stdout)
        return
    try:
        with file.open("x", encoding="utf-8", newline="") as out:
            write_people(rows, out)
    except FileExistsError as error:
        raise Refused(f"{file} is there already, and is not overwritten") from error
    click.echo(f"{len(rows)} rows in {file}")


@click.command()
@json_option
@pass_session
def employees(session: Session, as_json: bool) -> None:
    """List the employees: addresses, privilege group, and when they get mail."""
    rows = [_employee(row) for row in session.store.export_people() if isinstance(row, EmployeeRow)]
    print_rows(rows, EMPLOYEE_COLUMNS, as_json=as_json, empty="no employees; `people import FILE` brings them in")


def _employee(row: EmployeeRow) -> Row:
    return {
        "name": row.name,
        "email1": row.email1,
        "email2": row.email2,
        "active": row.active,
        "privileges": row.group,
        "mail_option": row.mail_option,
    }


@click.command()
@json_option
@pass_session
def accounts(session: Session, as_json: bool) -> None:
    """List the accounts: manager, mail domains, main contact."""
    everybody = session.store.export_people()
    contacts = {row.account: row.email1 for row in everybody if isinstance(row, ContactRow) and row.main}
    rows = [_account(row, contacts.get(row.name)) for row in everybody if isinstance(row, AccountRow)]
    print_rows(rows, ACCOUNT_COLUMNS, as_json=as_json, empty="no accounts; `people import FILE` brings them in")


def _account(row: AccountRow, main_contact: str | None) -> Row:
    return {
        "name": row.name,
        "email1": row.email1,
        "email2": row.email2,
        "manager": row.manager or None,
        "domains": list(row.domains),
        "main_contact": main_contact,
    }
