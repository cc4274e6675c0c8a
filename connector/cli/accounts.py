"""`accounts`: the customers, their mail domains and their managers (B24, B63)."""

from __future__ import annotations

from typing import Any

import click

from connector.cli.actor import authorise
from connector.cli.directory import given, tell, the_one
from connector.cli.escape import one_line
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option
from connector.cli.session import Session, pass_session
from connector.cli.tables import Column, Row, column, print_rows
from connector.config.values import names
from connector.privileges import EDIT_RULES, OTHER_TICKETS
from storage.people_rows import AccountRow, ContactRow

COLUMNS = (
    column("name", "name", weight=4),
    column("e-mail", "email1"),
    column("manager", "manager"),
    Column("domains", lambda row: ", ".join(row["domains"])),
    column("main contact", "main_contact"),
)
NOBODY = "nobody"

account_argument = click.argument("account", metavar="ACCOUNT", help="The account: its name, or an e-mail of its own.")
email1_option = click.option("--email1", metavar="EMAIL", help="An e-mail of the account as a whole; empty for none.")
email2_option = click.option("--email2", metavar="EMAIL", help="A second one; empty for none.")
manager_option = click.option("--manager", metavar="EMPLOYEE|nobody", help="The Account Manager, by e-mail.")
domain_option = click.option(
    "--domain", "domains", multiple=True, metavar="DOMAIN", help="A mail domain of the account; several times for more."
)


@click.group(cls=DefaultGroup, subcommand_metavar="[list|add|set|remove] …")
def accounts() -> None:
    """The customers' accounts. Without a further word they are listed.

    To see them needs the privilege other-employees-tickets, to change them edit-rules.
    """


@accounts.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the accounts: manager, mail domains, main contact."""
    authorise(session.actor, OTHER_TICKETS, to="see the accounts")
    everybody = session.store.export_people()
    contacts = {row.account: row.email1 for row in everybody if isinstance(row, ContactRow) and row.main}
    rows = [_row(row, contacts.get(row.name)) for row in everybody if isinstance(row, AccountRow)]
    print_rows(rows, COLUMNS, as_json=as_json, empty="no accounts; `people import FILE` brings them in")


def _row(row: AccountRow, main_contact: str | None) -> Row:
    return {
        "name": row.name,
        "email1": row.email1,
        "email2": row.email2,
        "manager": row.manager or None,
        "domains": list(row.domains),
        "main_contact": main_contact,
    }


@accounts.command()
@click.argument("name", help="The name of the new account.")
@email1_option
@email2_option
@manager_option
@domain_option
@pass_session
def add(session: Session, /, name: str, **fields: Any) -> None:
    """Add an account; needs the privilege edit-rules."""
    authorise(session.actor, EDIT_RULES, to="add accounts")
    row = AccountRow(name, **_typed(fields))
    tell(session.store.add_person(row), f"account {row.name} is added")


@accounts.command("set")
@account_argument
@click.option("--name", help="Another name; its tickets keep the account.")
@email1_option
@email2_option
@manager_option
@domain_option
@pass_session
def set_(session: Session, /, account: str, **fields: Any) -> None:
    """Change an account, by name or e-mail; needs the privilege edit-rules.

    The domains named replace all that it had; `--domain ""` leaves it without one.
    """
    authorise(session.actor, EDIT_RULES, to="change accounts")
    changes = given(_typed(fields))
    found = the_one(session.store.accounts(), account, "account")
    tell(session.store.change_person(AccountRow, found.id, changes), f"account {found.name} is changed")


@accounts.command()
@account_argument
@pass_session
def remove(session: Session, account: str) -> None:
    """Remove an account that has neither tickets nor contacts; needs the privilege edit-rules."""
    authorise(session.actor, EDIT_RULES, to="remove accounts")
    found = the_one(session.store.accounts(), account, "account")
    session.store.remove_person(AccountRow, found.id)
    click.echo(f"account {one_line(found.name)} is removed")


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of the row that were typed."""
    typed = {name: value for name, value in fields.items() if value is not None and name != "domains"}
    if fields["domains"]:
        typed["domains"] = tuple(names(",".join(fields["domains"])))
    if typed.get("manager", "").lower() == NOBODY:
        typed["manager"] = ""
    return typed
