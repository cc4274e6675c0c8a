"""Who stands behind addresses and names: the directory of employees, contacts, accounts (B20 to B24)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from storage.database import Database, Row, with_asked
from storage.records import Account, Contact, Directory, Employee
from storage.texts import name_key

EMPLOYEES = "SELECT id, name, email1, email2, active, privileges, mail_option FROM employee ORDER BY id"
BY_ADDRESS = """
SELECT value, 'contact', id, name, account_id, email1, email2, main
FROM asked CROSS JOIN contact WHERE email1 = value OR email2 = value
UNION ALL
SELECT value, 'account', id, name, id, email1, email2, 0
FROM asked CROSS JOIN account WHERE email1 = value OR email2 = value
"""
BY_DOMAIN = " SELECT value, account_id FROM asked CROSS JOIN account_domain WHERE domain = value"
ACCOUNTS = """
SELECT a.id, a.name, a.name_key, a.email1, a.email2, a.manager_id, c.id, c.name, c.email1, d.domain
FROM {} account a
LEFT JOIN contact c ON c.account_id = a.id AND c.main = 1
LEFT JOIN account_domain d ON d.account_id = a.id
"""
ASKED_ACCOUNTS = ACCOUNTS.format("asked CROSS JOIN")
ALL_ACCOUNTS = ACCOUNTS.format("") + "ORDER BY a.name_key, a.id"

MOST_KEPT = 10_000
"""Addresses of which it is kept who has them."""


@dataclass(slots=True)
class People:
    """The directory, and what was asked about everybody else since it has this version: nothing is asked twice.

    What nobody has is kept too, with nothing behind it. `accounts` are those that anything else in here points to.
    """

    directory: Directory
    contacts: dict[str, tuple[Contact, ...]] = field(default_factory=dict)  # by address
    of_address: dict[str, tuple[int, ...]] = field(default_factory=dict)  # ids of accounts
    of_domain: dict[str, tuple[int, ...]] = field(default_factory=lambda: {"": ()})  # ids of accounts
    accounts: dict[int, Account] = field(default_factory=dict)

    def account_ids(self, addresses: Iterable[str], domains: Iterable[str]) -> set[int]:
        """Every account that these addresses and domains lead to."""
        ids = {i for domain in domains for i in self.of_domain[domain]}
        for address in addresses:
            ids.update(self.of_address[address], (contact.account_id for contact in self.contacts[address]))
        return ids


class Directories:
    """Keeps what was read of people between mails for as long as the directory's version stays."""

    def __init__(self) -> None:
        self._kept: People | None = None

    def get(self, db: Database, version: int) -> People:
        """What is known; read anew where people changed since the last one."""
        kept = self._kept
        if kept is None or kept.directory.version != version or len(kept.contacts) > MOST_KEPT:
            kept = self._kept = People(directory(version, employees(db)))
        return kept


def employees(db: Database) -> list[Employee]:
    """All employees, active or not, in the order in which they came."""
    return [
        Employee(id_, name, _filled(email1, email2), bool(active), group, option)
        for id_, name, email1, email2, active, group, option in db.rows(EMPLOYEES)
    ]


def directory(version: int, found: Iterable[Employee]) -> Directory:
    """Employees by id and by each of their addresses."""
    by_id = {employee.id: employee for employee in found}
    by_address: dict[str, tuple[Employee, ...]] = {}
    for employee in by_id.values():
        for address in dict.fromkeys(employee.addresses):
            by_address[address] = (*by_address.get(address, ()), employee)
    return Directory(version, by_id, by_address)


def learn(db: Database, people: People, addresses: Iterable[str], domains: Iterable[str]) -> None:
    """Have who owns these addresses and which accounts list these domains among what is known.

    Threads may learn side by side: what others look for first, an address or a domain, is told last.
    """
    contacts, of_address = _of_addresses(db, [one for one in addresses if one not in people.contacts])
    of_domain = _of_domains(db, {one for one in domains if one not in people.of_domain})
    found = People(people.directory, contacts, of_address, of_domain)
    ids = found.account_ids(contacts, of_domain)
    people.accounts.update(accounts(db, ids - people.accounts.keys()))
    people.of_address.update(of_address)
    people.contacts.update(contacts)
    people.of_domain.update(of_domain)


def _of_addresses(
    db: Database, addresses: Sequence[str]
) -> tuple[dict[str, tuple[Contact, ...]], dict[str, tuple[int, ...]]]:
    """The contacts of each address, and the ids of its accounts."""
    contacts: dict[str, tuple[Contact, ...]] = dict.fromkeys(addresses, ())
    of_address: dict[str, tuple[int, ...]] = dict.fromkeys(addresses, ())
    if not addresses:
        return contacts, of_address
    these, values = with_asked(addresses)
    for address, kind, id_, name, account_id, email1, email2, main in db.rows(these + BY_ADDRESS, values):
        if kind == "account":
            of_address[address] += (id_,)
        else:
            contacts[address] += (Contact(id_, name, account_id, _filled(email1, email2), bool(main)),)
    return contacts, of_address


def _of_domains(db: Database, domains: Collection[str]) -> dict[str, tuple[int, ...]]:
    """The ids of the accounts that list each domain."""
    found: dict[str, tuple[int, ...]] = dict.fromkeys(domains, ())
    if domains:
        these, values = with_asked(domains)
        for domain, account_id in db.rows(these + BY_DOMAIN, values):
            found[domain] += (account_id,)
    return found


def accounts(db: Database, ids: Collection[int]) -> dict[int, Account]:
    """The accounts with these ids."""
    if not ids:
        return {}
    these, values = with_asked(ids)
    rows = db.rows(these + ASKED_ACCOUNTS + "WHERE a.id = value", values)
    return {account.id: account for account in _accounts(rows).values()}


def accounts_named(db: Database, names: Iterable[str]) -> dict[str, Account]:
    """The accounts with these names, by the casefolded form of the name asked for."""
    keys = {name.casefold(): name_key(name) for name in names}
    if not keys:
        return {}
    these, values = with_asked(set(keys.values()))
    found = _accounts(db.rows(these + ASKED_ACCOUNTS + "WHERE a.name_key = value", values))
    return {name: found[key] for name, key in keys.items() if key in found}


def all_accounts(db: Database) -> list[Account]:
    """Every account, by name."""
    return list(_accounts(db.rows(ALL_ACCOUNTS)).values())


def all_contacts(db: Database) -> list[Contact]:
    """Every contact, by account and name."""
    rows = db.rows("SELECT id, name, account_id, email1, email2, main FROM contact ORDER BY account_id, name, id")
    return [Contact(id_, name, account, _filled(e1, e2), bool(main)) for id_, name, account, e1, e2, main in rows]


def _accounts(rows: Iterable[Row]) -> dict[str, Account]:
    """Accounts by the key of their name, each from its rows, one for each domain."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[2], []).append(row)
    return {key: _account(of_account) for key, of_account in grouped.items()}


def _account(rows: Sequence[Row]) -> Account:
    id_, name, _, email1, email2, manager_id, contact_id, contact_name, contact_email, _ = rows[0]
    domains = tuple(sorted(row[9] for row in rows if row[9]))
    main = (contact_name, contact_email) if contact_id else None
    return Account(id_, name, _filled(email1, email2), domains, manager_id, contact_id, main)


def _filled(*emails: str) -> tuple[str, ...]:
    return tuple(email for email in emails if email)
