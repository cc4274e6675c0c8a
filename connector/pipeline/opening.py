"""Part of stage 3: whose ticket a new one is (B14, B22, B25, B36, B37, B63)."""

from __future__ import annotations

from dataclasses import replace

from connector.mail.model import Address, Mail
from connector.pipeline.answer import customer_address, may_be_answered
from connector.pipeline.forwarded import originals
from connector.pipeline.holding import is_unverified
from connector.pipeline.identify import among_customers
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import AlertAccount, Forwarded, Opening, Reason, Sender, because
from storage.addresses import normalise
from storage.records import Account, Contact, Directory, Facts

Opened = tuple[Opening, tuple[Reason, ...]]


def opening(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> Opened:
    """Account, contact and manager of the ticket this mail opens, and why."""
    chosen = sender.nature.account
    unknown: tuple[Reason, ...] = ()
    if chosen is not None:
        found = facts.accounts_by_name.get(chosen.captured.casefold())
        if found is not None or chosen.name:
            return _by_rule(chosen, sender, found, facts, policy)
        unknown = (because("account-in-subject-unknown", rule=chosen.rule, account=chosen.captured[:200]),)
    opened, why = _by_sender(mail, sender, facts, policy)
    return opened, (*unknown, *why)


def _by_rule(chosen: AlertAccount, sender: Sender, found: Account | None, facts: Facts, policy: Policy) -> Opened:
    """B14: under the account that the mail's subject named, else under that of the administrator's rule.

    No account is made of what a mail says. A machine is nobody's contact, unless the account has it.
    """
    opened, _ = _under(found.name if found else chosen.name, facts, policy, None)
    contact_id = sender.contact_id if sender.account_id == opened.account_id else None
    opened = replace(opened, contact_id=contact_id, opened_by_id=sender.employee_id)
    return opened, (because("account-of-rule", rule=chosen.rule, account=opened.account_name),)


def _by_sender(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> Opened:
    """By who wrote it."""
    if sender.kind == "employee":
        return _by_employee(mail, sender, facts, policy)
    if sender.restricted:
        return _under(policy.connector.employee_ticket_account, facts, policy, None)
    contact = (sender.name, customer_address(mail, sender, facts, policy))
    if sender.account_id is None:
        return _under(policy.connector.unknown_sender_account, facts, policy, contact if contact[1] else None)
    account = facts.accounts[sender.account_id]
    opened = Opening(
        account.id,
        account.name,
        sender.contact_id,
        contact,
        manager_of(account, facts.directory, policy.default_manager),
    )
    return opened, (because("account-of-sender", account=account.name),)


def _by_employee(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> Opened:
    """B37, else B36: the ticket is managed by the employee either way."""
    found = () if sender.hold or is_unverified(sender) else originals(mail, policy.rules)
    if len(found) > 1:
        why = because("forwarded-of-several", addresses=tuple(one.address for one in found))
        return _for_addressed(mail, sender, facts, policy, (why,))
    if not found:
        return _for_addressed(mail, sender, facts, policy)
    original = Address(found[0].name, found[0].address, found[0].address)
    if not may_be_answered(original, facts, policy):
        why = because("forwarded-not-taken", address=original.key)
        return _for_addressed(mail, sender, facts, policy, (why,))
    return _for_original(found[0], replace(mail, from_=(original,), from_defects=()), sender, facts, policy)


def _for_original(forwarded: Forwarded, his: Mail, sender: Sender, facts: Facts, policy: Policy) -> Opened:
    """B37: under the account that a mail of the original sender's own would have; `his` is the mail as if it were."""
    customer = among_customers(his, replace(facts, domain_accounts=facts.original_accounts), policy)
    why = because("forwarded-mail", address=forwarded.address, found=forwarded.found)
    if customer.account_id is None:
        opened, under = _under(policy.connector.unknown_sender_account, facts, policy, None)
    else:
        account = facts.accounts[customer.account_id]
        opened = Opening(account.id, account.name, customer.contact_id)
        under = (because("account-of-original", account=account.name, address=forwarded.address),)
    people = replace(
        opened,
        contact=(customer.name, forwarded.address),
        manager_id=sender.employee_id,
        opened_by_id=sender.employee_id,
        forwarded=forwarded,
    )
    return people, (why, *under)


def _for_addressed(
    mail: Mail, sender: Sender, facts: Facts, policy: Policy, reasons: tuple[Reason, ...] = ()
) -> Opened:
    """B36: under the first known contact among To and Cc."""
    found = _first_contact(mail, facts, policy)
    if found is None:
        account = facts.accounts_by_name.get(policy.connector.employee_ticket_account.casefold())
        name = account.name if account else policy.connector.employee_ticket_account
        opened = Opening(account.id if account else None, name, None, None, sender.employee_id, sender.employee_id)
        return opened, (*reasons, because("no-contact-addressed", account=name))
    person, account, address = found
    contact_id = person.id if isinstance(person, Contact) else None
    contact = (person.name if isinstance(person, Contact) else "", address)
    opened = Opening(account.id, account.name, contact_id, contact, sender.employee_id, sender.employee_id)
    return opened, (*reasons, because("contact-addressed", address=address, account=account.name))


def _first_contact(mail: Mail, facts: Facts, policy: Policy) -> tuple[Contact | Account, Account, str] | None:
    """The first address in To and Cc that belongs to exactly one account, with its owner."""
    for person in (*mail.to, *mail.cc):
        owners: list[Contact | Account] = [*facts.contacts.get(person.key, ())]
        owners += facts.account_addresses.get(person.key, ())
        ids = {owner.account_id if isinstance(owner, Contact) else owner.id for owner in owners}
        if len(ids) == 1 and person.key not in facts.directory.by_address and not policy.is_public(person.key):
            return owners[0], facts.accounts[ids.pop()], person.key
    return None


def _under(name: str, facts: Facts, policy: Policy, contact: tuple[str, str] | None) -> Opened:
    """A ticket under an account that the configuration names; the store makes it where it is missing."""
    account = facts.accounts_by_name.get(name.casefold())
    manager = manager_of(account, facts.directory, policy.default_manager)
    opened = Opening(account.id if account else None, account.name if account else name, None, contact, manager)
    return opened, (because("account-of-configuration", account=opened.account_name),)


def manager_of(account: Account | None, directory: Directory, default_manager: str) -> int | None:
    """The account's manager, else `DefaultManager`, else nobody; inactive ones do not count (B63)."""
    chosen = directory.employees.get(account.manager_id) if account and account.manager_id else None
    if chosen is not None and chosen.active:
        return chosen.id
    having = directory.by_address.get(normalise(default_manager), ()) if default_manager else ()
    active = [employee.id for employee in having if employee.active]
    return active[0] if len(active) == 1 else None
