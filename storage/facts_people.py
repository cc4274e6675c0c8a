"""Who stands behind addresses and names: the directory of employees, contacts, accounts (B20 to B24)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from storage.database import Database, Row, in_list
from storage.records import Account, Contact, Directory, Employee
from storage.texts import name_key

EMPLOYEES = "SELECT id, name, email1, email2, active, privileges, mail_option FROM employee ORDER BY id"
BY_ADDRESS = """
SELECT 'contact', id, name, account_id, email1, email2, main FROM contact WHERE email1 IN {0} OR email2 IN {0}
UNION ALL
SELECT 'account', id, name, id, email1, email2, 0 FROM account WHERE email1 IN {0} OR email2 IN {0}
UNION ALL
SELECT 'domain', account_id, domain, account_id, '', '', 0 FROM account_domain WHERE domain IN (?, ?)
"""
ACCOUNTS = """
SELECT a.id, a.name, a.name_key, a.email1, a.email2, a.manager_id, c.id, c.name, c.email1, d.domain
FROM account a
LEFT JOIN contact c ON c.account_id = a.id AND c.main = 1
LEFT JOIN account_domain d ON d.account_id = a.id
WHERE """


class Directories:
    """Keeps the directory between mails for as long as its version stays."""

    def __init__(self) -> None:
        self._kept: Directory | None = None

    def get(self, db: Database, version: int) -> Directory:
        """The directory; read anew where people changed since the last one."""
        if self._kept is None or self._kept.version != version:
            self._kept = directory(version, employees(db))
        return self._kept


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


@dataclass(slots=True)
class People:
    """Contacts by address; ids of accounts by address, and by each asked domain that they list."""

    contacts: dict[str, tuple[Contact, ...]] = field(default_factory=dict)
    accounts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    domain_accounts: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def account_ids(self) -> set[int]:
        """Every account that anything in here points to."""
        of_contacts = {contact.account_id for found in self.contacts.values() for contact in found}
        return of_contacts.union(*self.domain_accounts.values(), *self.accounts.values())


def find(db: Database, addresses: Sequence[str], domains: tuple[str, str]) -> People:
    """Contacts and accounts that have one of the addresses, and accounts that list one of the domains."""
    people, asked = People(), frozenset(filter(None, addresses))
    if not asked and not any(domains):
        return people
    marks, values = in_list(sorted(asked) or [None])
    for kind, id_, name, account_id, email1, email2, main in db.rows(BY_ADDRESS.format(marks), (*values * 4, *domains)):
        emails = _filled(email1, email2)
        if kind == "domain":
            people.domain_accounts[name] = (*people.domain_accounts.get(name, ()), account_id)
        for address in asked.intersection(emails):
            if kind == "account":
                people.accounts[address] = (*people.accounts.get(address, ()), id_)
            else:
                contact = Contact(id_, name, account_id, emails, bool(main))
                people.contacts[address] = (*people.contacts.get(address, ()), contact)
    return people


@dataclass(slots=True)
class Accounts:
    """Accounts by id, and by the casefolded form of the name asked for."""

    by_id: dict[int, Account] = field(default_factory=dict)
    by_name: dict[str, Account] = field(default_factory=dict)


def accounts(db: Database, ids: Collection[int], names: Sequence[str] = ()) -> Accounts:
    """The accounts with these ids or names."""
    conditions: list[str] = []
    values: list[object] = []
    for column, wanted in (("a.id", sorted(ids)), ("a.name_key", [name_key(name) for name in names])):
        if wanted:
            marks, padded = in_list(wanted)
            conditions.append(f"{column} IN {marks}")
            values += padded
    if not conditions:
        return Accounts()
    rows = db.rows(ACCOUNTS + " OR ".join(conditions) + " ORDER BY a.id, d.domain", values)
    return _accounts(rows, names)


def all_accounts(db: Database) -> list[Account]:
    """Every account, by name."""
    found = _accounts(db.rows(ACCOUNTS + "1 = 1 ORDER BY a.name_key, a.id, d.domain"), ())
    return list(found.by_id.values())


def all_contacts(db: Database) -> list[Contact]:
    """Every contact, by account and name."""
    rows = db.rows("SELECT id, name, account_id, email1, email2, main FROM contact ORDER BY account_id, name, id")
    return [Contact(id_, name, account, _filled(e1, e2), bool(main)) for id_, name, account, e1, e2, main in rows]


def _accounts(rows: Iterable[Row], names: Sequence[str]) -> Accounts:
    """One account from its rows, one for each domain."""
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    found = Accounts({id_: _account(of_account) for id_, of_account in grouped.items()})
    by_key = {of_account[0][2]: found.by_id[id_] for id_, of_account in grouped.items()}
    found.by_name = {name.casefold(): by_key[key] for name in names if (key := name_key(name)) in by_key}
    return found


def _account(rows: Sequence[Row]) -> Account:
    id_, name, _, email1, email2, manager_id, contact_id, contact_name, contact_email, _ = rows[0]
    domains = tuple(row[9] for row in rows if row[9])
    main = (contact_name, contact_email) if contact_id else None
    return Account(id_, name, _filled(email1, email2), domains, manager_id, contact_id, main)


def _filled(*emails: str) -> tuple[str, ...]:
    return tuple(email for email in emails if email)
