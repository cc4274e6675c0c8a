"""Stage 2: who the mail says it is from, how sure that is, whether a machine wrote it (B10, B14, B20 to B28)."""

from __future__ import annotations

from dataclasses import replace

from connector.mail.model import Mail
from connector.pipeline.authentication import Verdict, authenticate
from connector.pipeline.holding import UNKNOWN, ruled
from connector.pipeline.lookalike import look_alike
from connector.pipeline.nature import nature
from connector.pipeline.policy import Policy
from connector.pipeline.signatures import Prove
from connector.pipeline.verdicts import Nature, Reason, Sender, because
from storage.records import Account, Contact, Employee, Facts


def identify(mail: Mail, facts: Facts, policy: Policy, prove: Prove) -> Sender:
    """The sender, by the From address alone; a defective From identifies nobody (B27)."""
    sender = _by_from(mail, facts, policy)
    proved = authenticate(mail, sender, policy, prove)
    return ruled(_proved(sender, proved, nature(mail, policy.rules, proved.verdict)), mail, facts)


def _proved(sender: Sender, proved: Verdict, nature: Nature) -> Sender:
    """The sender with what was found out of the mail; told field by field, for `replace` takes five times as long."""
    return Sender(
        sender.kind,
        sender.name,
        sender.address,
        sender.addresses,
        proved.verdict,
        sender.employee_id,
        sender.contact_id,
        sender.account_id,
        sender.restricted,
        sender.trusted,
        proved.hold or sender.hold,
        sender.ruling,
        sender.because,
        proved.because,
        nature,
    )


def _by_from(mail: Mail, facts: Facts, policy: Policy) -> Sender:
    if mail.from_defects:
        reason = because("from-identifies-nobody", defects=mail.from_defects, written=mail.header("From")[:200])
        return _unknown(mail, policy, reason, trusted=False)
    address = mail.sender.key
    employees = facts.directory.by_address.get(address, ())
    if employees:
        return _among_employees(mail, employees)
    if policy.is_public(address):
        reason = because("sent-from-public-address", address=address)
        return replace(_unknown(mail, policy, reason), hold="public-address-as-sender")
    return among_customers(mail, facts, policy)


def _among_employees(mail: Mail, having: tuple[Employee, ...]) -> Sender:
    """B21 to B23: exactly one active employee, or a mail that must stay inside."""
    address = mail.sender.key
    active = [employee for employee in having if employee.active]
    if len(active) == 1:
        return _person("employee", mail, active[0], because("employee-address", address=address, name=active[0].name))
    addresses = frozenset(address for employee in having for address in employee.addresses)
    names = tuple(employee.name for employee in having)
    code, restricted = ("employees-share-address", "shared") if active else ("employee-inactive", "inactive")
    return Sender(
        "unknown",
        mail.sender.name,
        address,
        addresses,
        restricted=restricted,
        because=(because(code, address=address, names=names),),
    )


def among_customers(mail: Mail, facts: Facts, policy: Policy) -> Sender:
    """B24, B25: the full address first; only when it is nowhere known, the domain."""
    address = mail.sender.key
    contacts = facts.contacts.get(address, ())
    accounts = facts.account_addresses.get(address, ())
    owners = {contact.account_id for contact in contacts} | {account.id for account in accounts}
    if len(owners) > 1:
        names = tuple(sorted(facts.accounts[owner].name for owner in owners))
        return _unknown(mail, policy, because("address-on-several-accounts", address=address, accounts=names))
    if contacts:
        name = facts.accounts[contacts[0].account_id].name
        return _person("contact", mail, contacts[0], because("contact-address", address=address, account=name))
    if accounts:
        return _person(
            "account", mail, accounts[0], because("account-address", address=address, account=accounts[0].name)
        )
    return _by_domain(mail, facts, policy)


def _by_domain(mail: Mail, facts: Facts, policy: Policy) -> Sender:
    domain = mail.sender.key.rpartition("@")[2]
    accounts = facts.domain_accounts
    if len(accounts) == 1:
        return _person("account", mail, accounts[0], because("account-domain", domain=domain, account=accounts[0].name))
    if accounts:
        names = tuple(sorted(account.name for account in accounts))
        return _unknown(mail, policy, because("domain-on-several-accounts", domain=domain, accounts=names))
    unknown = _unknown(mail, policy, because("address-unknown", address=mail.sender.key))
    ours = {address.rpartition("@")[2] for address in (*policy.connector.public_addresses, *facts.directory.by_address)}
    alike = look_alike(domain, ours)
    return replace(unknown, trusted=False, because=(*unknown.because, alike)) if alike is not None else unknown


def _person(kind: str, mail: Mail, person: Employee | Contact | Account, reason: Reason) -> Sender:
    """A sender that is in the store; the name in the mail comes first, the one in the store fills in."""
    account_id = (
        person.account_id if isinstance(person, Contact) else person.id if isinstance(person, Account) else None
    )
    addresses = frozenset((mail.sender.key,))
    if not isinstance(person, Account):
        addresses |= frozenset(person.addresses)
    return Sender(
        kind,
        mail.sender.name or ("" if isinstance(person, Account) else person.name),
        mail.sender.key,
        addresses,
        employee_id=person.id if isinstance(person, Employee) else None,
        contact_id=person.id if isinstance(person, Contact) else None,
        account_id=account_id,
        because=(reason,),
    )


def _unknown(mail: Mail, policy: Policy, reason: Reason, *, trusted: bool = True) -> Sender:
    """Somebody the store does not know; held where the administrator wants that (B25)."""
    address = mail.sender.key
    hold = UNKNOWN if policy.connector.unknown_sender == "hold" else ""
    addresses = frozenset(person.key for person in mail.from_ if person.key)
    return Sender("unknown", mail.sender.name, address, addresses, trusted=trusted, hold=hold, because=(reason,))
