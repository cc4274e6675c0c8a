"""Stage 6: who joins the ticket (B60 to B63)."""

from __future__ import annotations

from collections.abc import Iterator

from connector.mail.model import Address, Mail
from connector.pipeline.answer import is_robot
from connector.pipeline.audience import contact_addresses
from connector.pipeline.authentication import is_refuted
from connector.pipeline.classify import FORWARDED
from connector.pipeline.concealment import comparable, own_addresses
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import Addition, Additions, Match, NotAdded, Reason, Scope, Sender, because
from connector.privileges import EMAIL_MESSAGES, OTHER_TICKETS
from storage.addresses import is_folded, is_writable
from storage.records import ROLES, Employee, Facts, NewRecipient


def add_recipients(mail: Mail, sender: Sender, match: Match, scope: Scope, facts: Facts, policy: Policy) -> Additions:
    """The people a new ticket starts with, then those in To and Cc, each with the reason for or against."""
    added = list(starting_recipients(mail, match, sender, scope, facts, policy))
    barrier = _barrier(sender, match, scope, policy)
    if barrier is not None:
        refused = tuple(NotAdded(person.key, barrier) for person, _ in _addressed(mail))
        return Additions(tuple(added), refused)
    own = own_addresses(mail, sender, policy) if sender.kind == "employee" else frozenset[str]()
    not_added = []
    room = policy.connector.max_recipients_added
    for person, type_ in _addressed(mail):
        verdict = _joining(person, type_, match, scope, facts, policy, added)
        if comparable(person.key) in own and isinstance(verdict, Addition):
            verdict = because("address-of-the-sender")
        if isinstance(verdict, Addition) and room == 0:
            verdict = because("too-many-from-one-mail", limit=policy.connector.max_recipients_added)
        if isinstance(verdict, Addition):
            added.append(verdict)
            room -= 1
        else:
            not_added.append(NotAdded(person.key, verdict))
    return Additions(tuple(added), tuple(not_added))


def _addressed(mail: Mail) -> Iterator[tuple[Address, str]]:
    """Every address of To and Cc once, with the type it would get."""
    seen: set[str] = set()
    for people, type_ in ((mail.to, "to"), (mail.cc, "cc")):
        for person in people:
            if person.key and person.key not in seen:
                seen.add(person.key)
                yield person, type_


def _barrier(sender: Sender, match: Match, scope: Scope, policy: Policy) -> Reason | None:
    """Why nobody at all is added from this mail (B62), or None."""
    if not policy.connector.add_recipients:
        return because("adding-is-switched-off")
    if scope.automatic:
        return because("automatic-mail")
    if is_refuted(sender):
        return because("authentication-failed", address=sender.address)
    if not match.verified:
        return because("unverified")
    if match.pause:
        return match.pause.because
    if not sender.trusted:
        return because("sender-not-trusted")
    return None


def starting_recipients(
    mail: Mail, match: Match, sender: Sender, scope: Scope, facts: Facts, policy: Policy
) -> Iterator[Addition]:
    """B63: who is on a new ticket from the start: the roles, the employees whose option is All, and the customer."""
    if match.opening is None:
        return
    yield from starting_employees(facts, policy)
    contact = _first_external(match, sender, scope, policy)
    if contact is not None:
        name, address = contact
        named = {person.key: type_ for person, type_ in _addressed(mail)} if sender.kind == "employee" else {}
        recipient = NewRecipient("external", named.get(address, "to"), address, name)
        yield Addition(recipient, address, because("ticket-opened-for"))


def starting_employees(facts: Facts, policy: Policy) -> Iterator[Addition]:
    """Who of the house is on every new ticket, by mail or by hand: both roles, and who wants all (B63)."""
    for role in ROLES:
        yield Addition(NewRecipient("employee", role=role), role, because("starts-with-role", role=role))
    for employee in facts.directory.employees.values():
        if _wants_all(employee, policy):
            yield _employee(employee, because("option-is-all"))


def _wants_all(employee: Employee, policy: Policy) -> bool:
    if employee.mail_option != "all" or not employee.active or not employee.addresses:
        return False
    return policy.may(employee, OTHER_TICKETS) and policy.may(employee, EMAIL_MESSAGES)


def _first_external(match: Match, sender: Sender, scope: Scope, policy: Policy) -> tuple[str, str] | None:
    """The first External Recipient; nobody for internal, automatic or unproven mail: when in doubt, fewer."""
    contact = match.opening.contact if match.opening else None
    if contact is None or not match.verified or _keeps_outsiders_off(scope) or scope.automatic or not sender.trusted:
        return None
    if is_refuted(sender):
        return None
    address = contact[1]
    if not is_writable(address) or is_robot(address) or policy.is_public(address):
        return None
    return None if address in policy.connector.never_add else contact


def _keeps_outsiders_off(scope: Scope) -> bool:
    """Whether the mail is internal for another reason than that its customer wrote it himself (B37)."""
    return scope.internal and any(reason.code != FORWARDED for reason in scope.because)


def _employee(employee: Employee, reason: Reason) -> Addition:
    recipient = NewRecipient("employee", employee_id=employee.id, name=employee.name)
    return Addition(recipient, employee.addresses[0], reason)


def _joining(
    person: Address,
    type_: str,
    match: Match,
    scope: Scope,
    facts: Facts,
    policy: Policy,
    added: list[Addition],
) -> Addition | Reason:
    """Whether one address of the header joins, and on which list."""
    never = _never(person, policy)
    if never is not None:
        return never
    employees = facts.directory.by_address.get(person.key, ())
    if employees:
        return _employee_joining(employees, match, added)
    if scope.internal:
        return because("internal-mail-adds-employees-only")
    if not _external_addresses(match, added).isdisjoint({person.key, *contact_addresses(person.key, facts)}):
        return because("already-there")
    reason = because("named-in-header", header=type_)
    return Addition(NewRecipient("external", type_, person.key, person.name), person.key, reason)


def _never(person: Address, policy: Policy) -> Reason | None:
    """B61: the addresses that never become recipients."""
    address = person.key
    if policy.is_public(address):
        return because("public-address")
    if address in policy.connector.never_add:
        return because("never-add-recipients")
    if is_robot(address):
        return because("nobody-reads-it")
    return None if is_writable(address) and not is_folded(person.address) else because("not-an-address")


def _employee_joining(employees: tuple[Employee, ...], match: Match, added: list[Addition]) -> Addition | Reason:
    active = [employee for employee in employees if employee.active]
    if len(active) != 1:
        return because("employees-share-address" if active else "employee-inactive")
    listed = set(match.ticket.employee_ids) if match.ticket else set()
    listed |= {addition.recipient.employee_id for addition in added if addition.recipient.employee_id is not None}
    if active[0].id in listed:
        return because("already-there")
    return _employee(active[0], because("employee-named-in-header"))


def _external_addresses(match: Match, added: list[Addition]) -> set[str]:
    there = {recipient.address for recipient in match.ticket.external} if match.ticket else set()
    return there | {addition.address for addition in added if addition.recipient.list == "external"}
