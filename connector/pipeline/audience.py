"""Who of a ticket's people may be told of a mail (B80, B83, B89)."""

from __future__ import annotations

from connector.pipeline.concealment import comparable
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import Circle, Sender
from connector.privileges import EMAIL_MESSAGES, OTHER_TICKETS
from storage.addresses import is_writable
from storage.records import ACCOUNT_MANAGER, TICKET_MANAGER, Employee, ExternalRecipient, Facts

LISTED = "listed"

SUFFICIENT: dict[str, frozenset[str]] = {
    "off": frozenset(),
    "all": frozenset(("any", LISTED, TICKET_MANAGER, ACCOUNT_MANAGER)),
    "subscribed": frozenset((LISTED,)),
    "manager": frozenset((LISTED, TICKET_MANAGER)),
    "account-manager": frozenset((LISTED, TICKET_MANAGER, ACCOUNT_MANAGER)),
}
"""The employee's option -> the ways of being on a ticket, each of which suffices (B89)."""


def employees_to_tell(circle: Circle, sender: Sender, facts: Facts, policy: Policy) -> tuple[Employee, ...]:
    """The employees who get the mail: never the sender, one who is OFF, or one who may not see the ticket."""
    return tuple(
        employee
        for employee in facts.directory.employees.values()
        if employee.active
        and employee.addresses
        and _suffices(SUFFICIENT[employee.mail_option], employee, circle)
        and employee.id != sender.employee_id
        and sender.addresses.isdisjoint(employee.addresses)
        and is_writable(employee.addresses[0])
        and not policy.is_public(employee.addresses[0])
        and _may_see(employee, circle, policy)
    )


def _suffices(ways: frozenset[str], employee: Employee, circle: Circle) -> bool:
    """Whether the employee is on the ticket in one of these ways."""
    return (
        "any" in ways
        or (LISTED in ways and employee.id in circle.employee_ids)
        or (employee.id == circle.manager_id and TICKET_MANAGER in ways and TICKET_MANAGER in circle.roles)
        or (employee.id == circle.account_manager_id and ACCOUNT_MANAGER in ways and ACCOUNT_MANAGER in circle.roles)
    )


def _may_see(employee: Employee, circle: Circle, policy: Policy) -> bool:
    if not policy.may(employee, EMAIL_MESSAGES):
        return False
    return policy.may(employee, OTHER_TICKETS) or employee.id in (circle.manager_id, circle.opened_by_id)


def outsiders(
    circle: Circle, sender: Sender, facts: Facts, policy: Policy, own: frozenset[str] = frozenset()
) -> tuple[ExternalRecipient, ...]:
    """The External Recipients who may stand in a header: never an employee's address, a public one, the sender's.

    `own` is by what else the sender could be known (see `concealment`).
    """
    return tuple(
        recipient
        for recipient in circle.external
        if recipient.address not in facts.directory.by_address
        and recipient.address not in sender.addresses
        and comparable(recipient.address) not in own
        and is_writable(recipient.address)
        and not policy.is_public(recipient.address)
    )


def contact_addresses(address: str, facts: Facts) -> frozenset[str]:
    """All addresses of the persons who have this one; who gets a mail by one of them needs none by another (B83)."""
    return frozenset(one for contact in facts.contacts.get(address, ()) for one in contact.addresses)
