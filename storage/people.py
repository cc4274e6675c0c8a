"""Brings employees, accounts and contacts in by rows, and out again.

An import is one transaction: all of it or, with any error, nothing. A second import of the same rows changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage import people_check, people_write
from storage.addresses import normalise
from storage.database import Database
from storage.models_people import Account, Contact, Employee
from storage.people_match import Key, pair
from storage.people_rows import AccountRow, ContactRow, EmployeeRow, Imported, PeopleRefused, PersonRow
from storage.people_write import Stored, stored
from storage.texts import name_key


def import_rows(db: Database, rows: Sequence[PersonRow]) -> Imported:
    """Add and change people by rows; those in no row stay as they are. PeopleRefused lists every bad row."""
    if problems := list(people_check.problems(rows)):
        raise PeopleRefused(problems)
    employees = [row for row in rows if isinstance(row, EmployeeRow)]
    accounts = [row for row in rows if isinstance(row, AccountRow)]
    contacts = [row for row in rows if isinstance(row, ContactRow)]
    with db.transaction():
        done = Imported()
        people_write.employees(db, employees, _known_employees(db, employees), done)
        people_write.accounts(db, accounts, _known_accounts(db, accounts), done)
        people_write.contacts(db, contacts, _known_contacts(db, contacts), done)
        if done.changed:
            people_write.bump_version(db)
        done.warnings = people_check.warnings(export_rows(db))
        return done


def _known_employees(db: Database, rows: Sequence[EmployeeRow]) -> list[int | None]:
    keys = {id_: Key(0, name_key(e["name"]), e["email1"]) for id_, e in stored(db, Employee).items()}
    return pair(keys, [Key(0, name_key(row.name), normalise(row.email1)) for row in rows])


def _known_accounts(db: Database, rows: Sequence[AccountRow]) -> list[int | None]:
    ids = {account["name_key"]: id_ for id_, account in stored(db, Account).items()}
    return [ids.get(name_key(row.name)) for row in rows]


def _known_contacts(db: Database, rows: Sequence[ContactRow]) -> list[int | None]:
    keys = {id_: Key(c["account"], name_key(c["name"]), c["email1"]) for id_, c in stored(db, Contact).items()}
    wanted = zip(rows, people_write.account_ids(db, rows), strict=True)
    return pair(keys, [Key(account, name_key(row.name), normalise(row.email1)) for row, account in wanted])


def export_rows(db: Database) -> list[PersonRow]:
    """Everybody in the shape of an import: employees, accounts, contacts, each by name."""
    return list(everybody(db).values())


def everybody(db: Database) -> dict[tuple[type[PersonRow], int], PersonRow]:
    """Everybody by kind and id, in the order of an export."""
    with db.told():
        employees, accounts, contacts = (stored(db, model) for model in (Employee, Account, Contact))
        domains = people_write.domains(db)
    rows: dict[tuple[type[PersonRow], int], PersonRow] = {}
    for e in _by_name(employees):
        options = (e["active"], e["privileges"], e["mail_option"])
        rows[EmployeeRow, e["id"]] = EmployeeRow(e["name"], e["email1"], e["email2"], *options)
    for a in _by_name(accounts):
        manager = employees[a["manager"]]["email1"] if a["manager"] else ""
        of_account = tuple(domains.get(a["id"], ()))
        rows[AccountRow, a["id"]] = AccountRow(a["name"], a["email1"], a["email2"], of_account, manager)
    for c in _by_name(contacts):
        account = accounts[c["account"]]["name"]
        rows[ContactRow, c["id"]] = ContactRow(c["name"], account, c["email1"], c["email2"], c["main"])
    return rows


def _by_name(found: Mapping[int, Stored]) -> list[Stored]:
    return sorted(found.values(), key=lambda row: (name_key(row["name"]), row["email1"], row["id"]))
