"""`contacts`: the people of the accounts (B24, B63)."""

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
from connector.privileges import EDIT_RULES, OTHER_TICKETS
from storage.people_rows import ContactRow
from storage.records import Contact

COLUMNS = (
    column("name", "name"),
    column("account", "account"),
    column("e-mail", "email1"),
    column("second e-mail", "email2"),
    Column("main", lambda row: "yes" if row["main"] else "", fixed=True),
)

contact_argument = click.argument("contact", metavar="CONTACT", help="The contact: an e-mail, or the name.")
account_option = click.option("--account", metavar="NAME", help="Of this account.")


@click.group(cls=DefaultGroup, subcommand_metavar="[list|add|set|remove] …")
def contacts() -> None:
    """The people of the accounts. Without a further word they are listed.

    To see them needs the privilege other-employees-tickets, to change them edit-rules.
    """


@contacts.command("list")
@account_option
@json_option
@pass_session
def list_(session: Session, account: str | None, as_json: bool) -> None:
    """List the contacts, of all accounts or of one."""
    authorise(session.actor, OTHER_TICKETS, to="see the contacts")
    name = the_one(session.store.accounts(), account, "account").name if account else None
    everybody = [row for row in session.store.export_people() if isinstance(row, ContactRow)]
    rows = [_row(row) for row in everybody if name in (None, row.account)]
    print_rows(rows, COLUMNS, as_json=as_json, empty="no contacts")


def _row(row: ContactRow) -> Row:
    return {"name": row.name, "account": row.account, "email1": row.email1, "email2": row.email2, "main": row.main}


@contacts.command()
@click.argument("name", help="First and last name.")
@click.argument("email1", metavar="EMAIL", help="The e-mail that identifies the contact.")
@click.option("--account", required=True, metavar="NAME", help="The account that the contact belongs to.")
@click.option("--email2", default="", metavar="EMAIL", help="A second e-mail.")
@click.option("--main", is_flag=True, help="The account's main contact, in place of the one before.")
@pass_session
def add(session: Session, /, account: str, **fields: Any) -> None:
    """Add a contact to an account; needs the privilege edit-rules."""
    authorise(session.actor, EDIT_RULES, to="add contacts")
    row = ContactRow(account=the_one(session.store.accounts(), account, "account").name, **fields)
    tell(session.store.add_person(row), f"contact {row.name} of {row.account} is added")


@contacts.command("set")
@contact_argument
@account_option
@click.option("--name", help="Another name.")
@click.option("--email1", metavar="EMAIL", help="Another first e-mail.")
@click.option("--email2", metavar="EMAIL", help="Another second e-mail; empty for none.")
@click.option("--main/--not-main", default=None, help="Whether this is the account's main contact.")
@pass_session
def set_(session: Session, /, contact: str, account: str | None, **fields: Any) -> None:
    """Change a contact, by e-mail or name; needs the privilege edit-rules.

    --account tells contacts of several accounts apart; a contact stays with its own.
    """
    authorise(session.actor, EDIT_RULES, to="change contacts")
    changes = given(fields)
    found = _found(session, contact, account)
    tell(session.store.change_person(ContactRow, found.id, changes), f"contact {found.name} is changed")


@contacts.command()
@contact_argument
@account_option
@pass_session
def remove(session: Session, contact: str, account: str | None) -> None:
    """Remove a contact whom no ticket has; needs the privilege edit-rules."""
    authorise(session.actor, EDIT_RULES, to="remove contacts")
    found = _found(session, contact, account)
    session.store.remove_person(ContactRow, found.id)
    click.echo(f"contact {one_line(found.name)} is removed")


def _found(session: Session, typed: str, account: str | None) -> Contact:
    everybody = session.store.contacts()
    if account:
        of = the_one(session.store.accounts(), account, "account").id
        everybody = [contact for contact in everybody if contact.account_id == of]
    return the_one(everybody, typed, "contact")
