"""Part of stage 3: whose ticket a new one is (B14, B22, B25, B36, B63)."""

from __future__ import annotations

from dataclasses import replace

from connector.mail.model import Mail
from connector.pipeline.answer import customer_address
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import AlertAccount, Opening, Reason, Sender, because
from storage.addresses import normalise
from storage.records import Account, Contact, Directory, Facts


def opening(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> tuple[Opening, tuple[Reason, ...]]:
    """Account, contact and manager of the ticket this mail opens."""
    chosen = sender.nature.account
    unknown: tuple[Reason, ...] = ()
    if chosen is not None:
        found = facts.accounts_by_name.get(chosen.captured.casefold())
        if found is not None or chosen.name:
            return _by_rule(chosen, sender, found, facts, policy)
        unknown = (because("account-in-subject-unknown", rule=chosen.rule, account=chosen.captured[:200]),)
    opened, why = _by_sender(mail, sender, facts, policy)
    return opened, (*unknown, why)


def _by_rule(
    chosen: AlertAccount, sender: Sender, found: Account | None, facts: Facts, policy: Policy
) -> tuple[Opening, tuple[Reason, ...]]:
    """B14: under the account that the mail's subject named, else under that of the administrator's rule.

    No account is made of what a mail says. A machine is nobody's contact, unless the account has it.
    """
    opened, _ = _under(found.name if found else chosen.name, facts, policy, None)
    contact_id = sender.contact_id if sender.account_id == opened.account_id else None
    opened = replace(opened, contact_id=contact_id, opened_by_id=sender.employee_id)
    return opened, (because("account-of-rule", rule=chosen.rule, account=opened.account_name),)


def _by_sender(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> tuple[Opening, Reason]:
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
    return opened, because("account-of-sender", account=account.name)


def _by_employee(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> tuple[Opening, Reason]:
    """B36: under the first known contact among To and Cc, managed by the employee."""
    found = _first_contact(mail, facts, policy)
    if found is None:
        account = facts.accounts_by_name.get(policy.connector.employee_ticket_account.casefold())
        name = account.name if account else policy.connector.employee_ticket_account
        opened = Opening(account.id if account else None, name, None, None, sender.employee_id, sender.employee_id)
        return opened, because("no-contact-addressed", account=name)
    person, account, address = found
    contact_id = person.id if isinstance(person, Contact) else None
    contact = (person.name if isinstance(person, Contact) else "", address)
    opened = Opening(account.id, account.name, contact_id, contact, sender.employee_id, sender.employee_id)
    return opened, because("contact-addressed", address=address, account=account.name)


def _first_contact(mail: Mail, facts: Facts, policy: Policy) -> tuple[Contact | Account, Account, str] | None:
    """The first address in To and Cc that belongs to exactly one account, with its owner."""
    for person in (*mail.to, *mail.cc):
        owners: list[Contact | Account] = [*facts.contacts.get(person.key, ())]
        owners += facts.account_addresses.get(person.key, ())
        ids = {owner.account_id if isinstance(owner, Contact) else owner.id for owner in owners}
        if len(ids) == 1 and person.key not in facts.directory.by_address and not policy.is_public(person.key):
            return owners[0], facts.accounts[ids.pop()], person.key
    return None


def _under(name: str, facts: Facts, policy: Policy, contact: tuple[str, str] | None) -> tuple[Opening, Reason]:
    """A ticket under an account that the configuration names; the store makes it where it is missing."""
    account = facts.accounts_by_name.get(name.casefold())
    manager = manager_of(account, facts.directory, policy.default_manager)
    opened = Opening(account.id if account else None, account.name if account else name, None, contact, manager)
    return opened, because("account-of-configuration", account=opened.account_name)


def manager_of(account: Account | None, directory: Directory, default_manager: str) -> int | None:
    """The account's manager, else `DefaultManager`, else nobody; inactive ones do not count (B63)."""
    chosen = directory.employees.get(account.manager_id) if account and account.manager_id else None
    if chosen is not None and chosen.active:
        return chosen.id
    having = directory.by_address.get(normalise(default_manager), ()) if default_manager else ()
    active = [employee.id for employee in having if employee.active]
    return active[0] if len(active) == 1 else None
