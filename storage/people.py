"""Brings employees, accounts and contacts in by rows, and out again.

An import is one transaction: all of it or, with any error, nothing. A second import of the same rows changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from storage import facts_people, people_check
from storage.addresses import normalise, normalise_domain
from storage.database import Database
from storage.models import Account, AccountDomain, Contact, Employee
from storage.people_match import Key, pair
from storage.people_rows import AccountRow, ContactRow, EmployeeRow, Imported, PeopleRefused, PersonRow, at_line
from storage.texts import clean, name_key

Stored = dict[str, Any]
"""A stored row by columns; a foreign key under the name of its model's field."""


def import_rows(db: Database, rows: Sequence[PersonRow]) -> Imported:
    """Add and change people by rows; those in no row stay as they are. PeopleRefused lists every bad row."""
    if problems := list(people_check.problems(rows)):
        raise PeopleRefused(problems)
    with db.transaction():
        done = Imported()
        _import_employees(db, [row for row in rows if isinstance(row, EmployeeRow)], done)
        _import_accounts(db, [row for row in rows if isinstance(row, AccountRow)], done)
        _import_contacts(db, [row for row in rows if isinstance(row, ContactRow)], done)
        if done.changed:
            bump_version(db)
        done.warnings = people_check.warnings(export_rows(db))
        return done


def bump_version(db: Database) -> None:
    """Give the directory its next version, so that every process reads it anew; in the change's own transaction."""
    row = db.row("SELECT value FROM setting WHERE name = 'directory_version'")
    assert row is not None  # every store has it
    db.run("UPDATE setting SET value = ? WHERE name = 'directory_version'", (str(int(row[0]) + 1),))


def _import_employees(db: Database, rows: Sequence[EmployeeRow], done: Imported) -> None:
    stored = _stored(db, Employee)
    keys = {id_: Key(0, name_key(e["name"]), e["email1"]) for id_, e in stored.items()}
    paired = pair(keys, [Key(0, name_key(row.name), normalise(row.email1)) for row in rows])
    for row, id_ in zip(rows, paired, strict=True):
        options = {"active": row.active, "privileges": row.group, "mail_option": row.mail_option}
        _write(db, Employee, stored.get(id_ or 0), _person(row) | options, done)


def _import_accounts(db: Database, rows: Sequence[AccountRow], done: Imported) -> None:
    stored = {account["name_key"]: account for account in _stored(db, Account).values()}
    listed = _domains(db)
    for row, manager in zip(rows, _managers(db, rows, stored), strict=True):
        before = stored.get(name_key(row.name))
        values = _person(row) | {"name_key": name_key(row.name), "manager": manager}
        domains = sorted({normalise_domain(domain) for domain in row.domains})
        moved = domains != (listed.get(before["id"], []) if before else [])
        id_ = _write(db, Account, before, values, done, also_changed=moved)
        if moved:
            _write_domains(db, id_, domains)


def _import_contacts(db: Database, rows: Sequence[ContactRow], done: Imported) -> None:
    names = {account["name_key"]: account["id"] for account in _stored(db, Account).values()}
    accounts = _resolved(rows, [names.get(name_key(row.account), repr(row.account)) for row in rows], "account")
    stored = _stored(db, Contact)
    keys = {id_: Key(c["account"], name_key(c["name"]), c["email1"]) for id_, c in stored.items()}
    wanted = zip(rows, accounts, strict=True)
    paired = pair(keys, [Key(account or 0, name_key(row.name), normalise(row.email1)) for row, account in wanted])
    # The main contact before may step down only after the new one, and there is room for one: first the others.
    order = sorted(zip(rows, accounts, paired, strict=True), key=lambda row: row[0].main)
    for row, account, id_ in order:
        if row.main:
            _step_down(db, account or 0, id_)
        values = _person(row) | {"account": account, "main": row.main}
        _write(db, Contact, stored.get(id_ or 0), values, done)


def _step_down(db: Database, account: int, main: int | None) -> None:
    """No other contact of the account stays its main one."""
    here = (Contact.account == account) & Contact.main.in_([True]) & (Contact.id != (main or 0))
    db.execute(Contact.update(main=False).where(here))


def _stored(db: Database, model: Any) -> dict[int, Stored]:
    return {row["id"]: row for row in db.fetch(model.select().dicts())}


def _domains(db: Database) -> dict[int, list[str]]:
    """The domains of each account that has any, sorted."""
    listed: dict[int, list[str]] = {}
    for row in db.fetch(AccountDomain.select().order_by(AccountDomain.domain).dicts()):
        listed.setdefault(row["account"], []).append(row["domain"])
    return {account: sorted(domains) for account, domains in listed.items()}


def _person(row: PersonRow) -> Stored:
    name = clean(" ".join(row.name.split()))
    return {"name": name, "email1": normalise(row.email1), "email2": normalise(row.email2)}


def _write(
    db: Database, model: Any, before: Stored | None, values: Stored, done: Imported, *, also_changed: bool = False
) -> int:
    """Insert, change or leave one row and count it; its id. `also_changed`: what belongs to it in another table."""
    kind = model._meta.table_name
    if before is None:
        done.counts[kind, "new"] += 1
        return db.execute(model.insert(**values))
    changed = {name: value for name, value in values.items() if before[name] != value}
    if changed:
        db.execute(model.update(**changed).where(model.id == before["id"]))
    done.counts[kind, "changed" if changed or also_changed else "same"] += 1
    return int(before["id"])


def _write_domains(db: Database, account: int, domains: Iterable[str]) -> None:
    db.execute(AccountDomain.delete().where(AccountDomain.account == account))
    db.many("INSERT INTO account_domain (account_id, domain) VALUES (?, ?)", [(account, d) for d in domains])


def _managers(db: Database, rows: Sequence[AccountRow], stored: Mapping[str, Stored]) -> list[int | None]:
    """The manager of each account; of two employees with one address it stays the one that it was."""
    by_address = facts_people.directory(0, facts_people.employees(db)).by_address
    found: list[int | str | None] = []
    for row in rows:
        ids = [employee.id for employee in by_address.get(normalise(row.manager), ())]
        before = stored.get(name_key(row.name), {}).get("manager")
        if not row.manager:
            found.append(None)
        elif len(ids) > 1 and before not in ids:
            found.append(f"{row.manager!r} is that of several employees, so it")
        else:
            found.append(before if before in ids else ids[0] if ids else repr(row.manager))
    return _resolved(rows, found, "manager")


def _resolved(rows: Sequence[PersonRow], found: Sequence[int | str | None], what: str) -> list[int | None]:
    """The ids, if all that the rows point to is there."""
    wrong = [
        f"{at_line(row)}: {what} {answer} is not known; add it to the file, or correct it"
        for row, answer in zip(rows, found, strict=True)
        if isinstance(answer, str)
    ]
    if wrong:
        raise PeopleRefused(wrong)
    return [answer for answer in found if not isinstance(answer, str)]


def export_rows(db: Database) -> list[PersonRow]:
    """Everybody in the shape of an import: employees, accounts, contacts, each by name."""
    with db.told():
        employees, accounts, contacts = (_stored(db, model) for model in (Employee, Account, Contact))
        domains = _domains(db)
    rows: list[PersonRow] = []
    for e in _by_name(employees):
        rows.append(EmployeeRow(e["name"], e["email1"], e["email2"], e["active"], e["privileges"], e["mail_option"]))
    for a in _by_name(accounts):
        manager = employees[a["manager"]]["email1"] if a["manager"] else ""
        rows.append(AccountRow(a["name"], a["email1"], a["email2"], tuple(domains.get(a["id"], ())), manager))
    for c in _by_name(contacts):
        rows.append(ContactRow(c["name"], accounts[c["account"]]["name"], c["email1"], c["email2"], c["main"]))
    return rows


def _by_name(stored: dict[int, Stored]) -> list[Stored]:
    return sorted(stored.values(), key=lambda row: (name_key(row["name"]), row["email1"], row["id"]))
