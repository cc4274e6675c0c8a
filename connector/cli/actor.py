"""Who acts, and what he or she may: every command asks `authorise` (B96)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.cli.refusal import Refused
from connector.privileges import OTHER_TICKETS, PRIVILEGES, privileges_of
from storage.addresses import normalise
from storage.records import Directory, Employee, Ticket


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; `name` is what the history says. The administrator is no employee and has all privileges."""

    name: str
    privileges: frozenset[str]
    employee: Employee | None = None

    @property
    def employee_id(self) -> int | None:
        """The employee's id; None for the administrator."""
        return self.employee.id if self.employee else None

    def may(self, privilege: str) -> bool:
        """Whether the actor has a privilege."""
        return privilege in self.privileges

    def manages(self, ticket: Ticket) -> bool:
        """Whether the actor is the ticket's manager."""
        return self.employee is not None and ticket.manager_id == self.employee.id

    def sees(self, ticket: Ticket) -> bool:
        """Whether the actor may work on the ticket: with the privilege on all, without on one's own (B94, B96)."""
        own = self.employee is not None and self.employee.id in (ticket.manager_id, ticket.opened_by_id)
        return own or self.may(OTHER_TICKETS)


ADMINISTRATOR = Actor("administrator", frozenset(PRIVILEGES))


def actor_of(address: str, directory: Directory, groups: Mapping[str, frozenset[str]]) -> Actor:
    """The actor that `--as` names; the administrator where it names nobody."""
    if not address:
        return ADMINISTRATOR
    employee = employee_of(address, directory)
    return Actor(normalise(address), privileges_of(employee.group, groups), employee)


def employee_of(address: str, directory: Directory) -> Employee:
    """The one active employee with an e-mail; refused with the reason where there is none, or more (B21 to B23)."""
    found = directory.by_address.get(normalise(address), ())
    active = [employee for employee in found if employee.active]
    if len(active) == 1:
        return active[0]
    if not found:
        raise Refused(f"{address}: no employee has this address; `employees` lists them")
    names = " and ".join(employee.name for employee in active or found)
    if active:
        raise Refused(f"{address}: {names} share this address, so that it names neither; use another one of theirs")
    raise Refused(f"{address}: {names} is not active")


def known_employees(address: str, directory: Directory) -> tuple[Employee, ...]:
    """All employees with an e-mail, active or not: whom one looks for, or takes off; refused where there is none."""
    found = directory.by_address.get(normalise(address), ())
    if not found:
        raise Refused(f"{address}: no employee has this address; `employees` lists them")
    return found


def authorise(actor: Actor, *privileges: str, to: str) -> None:
    """Go on only where the actor has every one of the privileges; the refusal names those that are missing."""
    missing = [privilege for privilege in privileges if not actor.may(privilege)]
    if missing:
        named = f"privilege {missing[0]} is" if len(missing) == 1 else f"privileges {', '.join(missing)} are"
        raise Refused(f"{actor.name} may not {to}: the {named} missing")


def authorise_ticket(actor: Actor, ticket: Ticket) -> None:
    """Go on only where the actor may see the ticket (B94)."""
    if not actor.sees(ticket):
        authorise(actor, OTHER_TICKETS, to=f"see ticket {ticket.number}, which others manage and opened")
