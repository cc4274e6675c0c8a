"""What was typed, as the store takes it: filters that show no more than the actor may see (B94), people, addresses."""

from __future__ import annotations

from dataclasses import replace

import click

from connector.cli.actor import known_employees
from connector.cli.refusal import Misused, Refused
from connector.cli.session import Session
from connector.config.values import names
from connector.privileges import OTHER_TICKETS
from storage.addresses import is_among
from storage.records import Account, NewRecipient
from storage.texts import name_key
from storage.views import TicketFilter

INDEX_SECONDS = 1.0
"""So long a search waits at most for tickets that are still to be indexed."""


def seen(session: Session, wanted: TicketFilter) -> TicketFilter:
    """The filter, so that it shows no more than the actor may see.

    Where something is searched for, the index is first brought up to date, within reason.
    """
    if wanted.search:
        tell_of_waiting(session.store.index(INDEX_SECONDS))
    if session.actor.employee is None or session.actor.may(OTHER_TICKETS):
        return wanted
    return replace(wanted, seen_by=session.actor.employee.id)


def tell_of_waiting(tickets: int) -> None:
    """Say that a search may not find everything yet."""
    if tickets:
        click.echo(f"not indexed yet: {tickets} tickets; the search does not find their newest words", err=True)


def managers(session: Session, typed: str) -> tuple[int | None, ...]:
    """The ids that `me`, `nobody` and e-mails stand for; none for `all`. A list is separated by commas."""
    typed_names = names(typed)
    if "all" in (one.lower() for one in typed_names):
        return ()
    return tuple(manager for one in typed_names for manager in _managers(session, one))


def _managers(session: Session, typed: str) -> tuple[int | None, ...]:
    """Also one who is not active any more: a leaver's tickets are what one looks for."""
    if typed.lower() == "nobody":
        return (None,)
    if typed.lower() == "me":
        return (myself(session),)
    return tuple(employee.id for employee in known_employees(typed, session.directory))


def account_named(session: Session, name: str) -> Account:
    """The account of this name, whatever its letter case; refused where there is none."""
    found = next((one for one in session.store.accounts() if name_key(one.name) == name_key(name)), None)
    if found is None:
        raise Refused(f"account {name!r}: there is none of this name; `accounts` lists them")
    return found


def external(session: Session, address: str, type_: str, name: str = "") -> NewRecipient:
    """An address from outside; a public one would bring the mail back, an employee's would be shown to customers."""
    if is_among(address, session.settings.connector.public_addresses):
        raise Refused(f"{address} is a public address: its mail comes here")
    if address in session.directory.by_address:
        raise Refused(f"{address} is an employee's address: use `recipients NUMBER add-employee`")
    return NewRecipient("external", type_, address, name)


def myself(session: Session) -> int:
    """The id of the employee who acts; wrong use where that is the administrator."""
    if session.actor.employee_id is None:
        raise Misused("the administrator is no employee: say with --as EMPLOYEE who acts")
    return session.actor.employee_id
