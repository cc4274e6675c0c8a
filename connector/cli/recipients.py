"""`recipients`: both recipient lists of a ticket (B64)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click

from connector.cli.actor import employee_of, known_employees
from connector.cli.groups import SubjectGroup
from connector.cli.options import json_option, number_argument
from connector.cli.refusal import Misused
from connector.cli.selection import external, myself
from connector.cli.session import Session, pass_session
from connector.cli.ticket_view import print_recipients
from connector.config.values import names
from storage.addresses import normalise
from storage.records import ROLES, NewRecipient
from storage.texts import plain_address, plain_addresses


@click.group(cls=SubjectGroup, subcommand_metavar="NUMBER [COMMAND] …")
def recipients() -> None:
    """Who gets a ticket's mail: External Recipients and Employee Recipients. Without a further word they are listed."""


@recipients.command("list")
@number_argument
@json_option
@pass_session
def list_(session: Session, number: str, as_json: bool) -> None:
    """List both lists of a ticket."""
    print_recipients(session.store.recipients(session.row(number)["number"]), as_json=as_json)


@recipients.command()
@number_argument
@click.argument(
    "addresses",
    nargs=-1,
    required=True,
    metavar="ADDRESSES...",
    help="Plain addresses; several by commas, semicolons or blanks.",
)
@click.option(
    "--type", "type_", type=click.Choice(["to", "cc", "bcc"]), default="to", show_default=True, help="Where they stand."
)
@pass_session
def add(session: Session, number: str, addresses: tuple[str, ...], type_: str) -> None:
    """Add External Recipients: plain addresses, separated by comma or semicolon."""
    joining = [external(session, address, type_) for address in plain_addresses(",".join(addresses))]
    session.ticket(number)
    session.store.add_recipients(number, joining, session.author())
    click.echo(f"on ticket {number}: {', '.join(one.address for one in joining)}")


@recipients.command("add-employee")
@number_argument
@click.argument(
    "employees",
    nargs=-1,
    required=True,
    metavar="EMPLOYEES...",
    help="E-mails, or the roles manager and account-manager.",
)
@pass_session
def add_employee(session: Session, number: str, employees: tuple[str, ...]) -> None:
    """Add Employee Recipients: e-mails, `manager` and `account-manager`, separated by comma or semicolon."""
    typed = names(",".join(employees))
    if not typed:
        raise Misused("no employee was given; allowed are e-mails, manager and account-manager")
    joining = [_employee(session, one) for one in typed]
    session.ticket(number)
    session.store.add_recipients(number, joining, session.author())
    click.echo(f"on ticket {number}: {', '.join(typed)}")


def _employee(session: Session, typed: str) -> NewRecipient:
    if typed.lower() in ROLES:
        return NewRecipient("employee", role=typed.lower())
    return NewRecipient("employee", employee_id=employee_of(plain_address(typed), session.directory).id)


@recipients.command()
@number_argument
@click.argument("who", nargs=-1, required=True, metavar="WHO...", help="Addresses, employees' e-mails or roles.")
@pass_session
def remove(session: Session, number: str, who: tuple[str, ...]) -> None:
    """Remove recipients: addresses of either list, `manager`, `account-manager`.

    With a wrong one among them nobody is removed.
    """
    ticket = session.ticket(number)
    external = {row["address"]: row["type"] for row in session.store.recipients(number) if row["list"] == "external"}
    listed = frozenset(ticket.employee_ids)
    leaving = [_leaving(session, one, external, listed) for one in names(",".join(who))]
    session.store.remove_recipients(number, leaving, session.author())
    click.echo(f"no longer on ticket {number}: {', '.join(names(','.join(who)))}")


def _leaving(session: Session, typed: str, external: Mapping[str, str], listed: frozenset[int]) -> NewRecipient:
    """Who is meant: a role, an employee, or else an address; one that stands in the external list is that.

    Of several employees with one address it is the one on the ticket, active or not.
    """
    if typed.lower() in ROLES:
        return _employee(session, typed)
    if normalise(typed) not in external and normalise(typed) in session.directory.by_address:
        known = known_employees(typed, session.directory)
        meant = next((one for one in known if one.id in listed), known[0])
        return NewRecipient("employee", employee_id=meant.id)
    address = plain_address(typed)
    return NewRecipient("external", external.get(address, "to"), address)


@recipients.command()
@number_argument
@pass_session
def subscribe(session: Session, number: str) -> None:
    """Put oneself, the employee of --as, among the Employee Recipients."""
    _myself(session, number, session.store.add_recipients)
    click.echo(f"{session.actor.name} is on ticket {number}")


@recipients.command()
@number_argument
@pass_session
def unsubscribe(session: Session, number: str) -> None:
    """Take oneself, the employee of --as, from the Employee Recipients."""
    _myself(session, number, session.store.remove_recipients)
    click.echo(f"{session.actor.name} is no longer on ticket {number}")


def _myself(session: Session, number: str, change: Callable[..., None]) -> None:
    me = NewRecipient("employee", employee_id=myself(session))
    session.ticket(number)
    change(number, [me], session.author())
