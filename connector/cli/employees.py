"""`employees`: who works here, which privileges they have, and when they get mail (B20 to B23, B89, B96)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from connector.cli.actor import authorise
from connector.cli.directory import given, tell, the_one
from connector.cli.escape import json_text, one_line
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option
from connector.cli.refusal import Misused
from connector.cli.session import Session, pass_session
from connector.cli.tables import Column, Row, column, print_fields, print_rows
from connector.privileges import PRIVILEGES, group_named
from storage.people_rows import EmployeeRow
from storage.records import MAIL_OPTIONS

COLUMNS = (
    column("name", "name", weight=3),
    column("e-mail", "email1", weight=4),
    column("second e-mail", "email2"),
    Column("active", lambda row: "yes" if row["active"] else "no", fixed=True),
    column("privileges", "privileges"),
    column("gets mail", "mail_option"),
)

employee_argument = click.argument("employee", metavar="EMPLOYEE", help="The employee: an e-mail, or the name.")
mail_options = click.Choice(MAIL_OPTIONS, case_sensitive=False)


@click.group(cls=DefaultGroup, subcommand_metavar="[list|groups|add|set|remove] …")
def employees() -> None:
    """The employees. Without a further word they are listed.

    To change them needs every privilege, for whoever does could give them all away; one's own mail option needs none.
    """


@employees.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the employees: addresses, privilege group, and when they get mail."""
    rows = [_row(row) for row in session.store.export_people() if isinstance(row, EmployeeRow)]
    print_rows(rows, COLUMNS, as_json=as_json, empty="no employees; `people import FILE` brings them in")


def _row(row: EmployeeRow) -> Row:
    return {
        "name": row.name,
        "email1": row.email1,
        "email2": row.email2,
        "active": row.active,
        "privileges": row.group,
        "mail_option": row.mail_option,
    }


@employees.command("groups")
@json_option
@pass_session
def groups_(session: Session, as_json: bool) -> None:
    """List the groups, shipped and of [PRIVILEGES:name] in the INI: how many are in them, and their privileges."""
    groups = session.settings.groups
    members = Counter(group_named(employee.group, groups) for employee in session.directory.employees.values())
    rows: list[Row] = [
        {"name": name, "privileges": [one for one in PRIVILEGES if one in held], "employees": members[name]}
        for name, held in groups.items()
    ]
    if as_json:
        click.echo(json_text(rows))
    else:
        print_fields({f"{row['name']} ({row['employees']})": ", ".join(row["privileges"]) or "none" for row in rows})


@employees.command()
@click.argument("name", help="First and last name.")
@click.argument("email1", metavar="EMAIL", help="The e-mail that identifies the employee.")
@click.option("--email2", default="", metavar="EMAIL", help="A second e-mail.")
@click.option("--active/--inactive", default=True, help="Whether he or she works here now.")
@click.option("--privileges", "group", default="Full", show_default=True, metavar="GROUP", help="The privilege group.")
@click.option("--mail-option", type=mail_options, default="manager", show_default=True, help="When to get mail.")
@pass_session
def add(session: Session, /, group: str, **fields: Any) -> None:
    """Add an employee; needs every privilege."""
    authorise(session.actor, *PRIVILEGES, to="add employees")
    row = EmployeeRow(group=_group(session, group), **fields)
    tell(session.store.add_person(row), f"employee {row.name} is added")


@employees.command("set")
@employee_argument
@click.option("--name", help="Another name.")
@click.option("--email1", metavar="EMAIL", help="Another first e-mail.")
@click.option("--email2", metavar="EMAIL", help="Another second e-mail; empty for none.")
@click.option("--active/--inactive", default=None, help="Whether he or she works here now.")
@click.option("--privileges", "group", metavar="GROUP", help="Another privilege group; `employees groups` lists them.")
@click.option("--mail-option", type=mail_options, help="When he or she gets a ticket's mail.")
@pass_session
def set_(session: Session, /, employee: str, **fields: Any) -> None:
    """Change an employee, by e-mail or name; needs every privilege, one's own mail option alone needs none."""
    changes = given(fields)
    found = the_one(session.directory.employees.values(), employee, "employee")
    if found.id != session.actor.employee_id or changes.keys() != {"mail_option"}:
        authorise(session.actor, *PRIVILEGES, to="change employees")
    if "group" in changes:
        changes["group"] = _group(session, changes["group"])
    tell(session.store.change_person(EmployeeRow, found.id, changes), f"employee {found.name} is changed")


@employees.command()
@employee_argument
@pass_session
def remove(session: Session, employee: str) -> None:
    """Remove an employee to whom no ticket and no entry points; others are made inactive. Needs every privilege."""
    authorise(session.actor, *PRIVILEGES, to="remove employees")
    found = the_one(session.directory.employees.values(), employee, "employee")
    session.store.remove_person(EmployeeRow, found.id)
    click.echo(f"employee {one_line(found.name)} is removed")


def _group(session: Session, typed: str) -> str:
    """The group as the INI writes it."""
    group = group_named(typed, session.settings.groups)
    if group is None:
        raise Misused(f"privileges {typed!r}: there is no such group; known are {', '.join(session.settings.groups)}")
    return group
