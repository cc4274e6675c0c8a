"""Writes rows of people when it is known which stored person each is about: for imports and for commands alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from storage import facts_people, search
from storage.addresses import normalise, normalise_domain
from storage.database import Database
from storage.models_people import Account, AccountDomain, Contact, Employee
from storage.people_rows import AccountRow, ContactRow, EmployeeRow, Imported, PeopleRefused, PersonRow, at_line
from storage.texts import clean, name_key

Stored = dict[str, Any]
"""A stored row by columns; a foreign key under the name of its model's field."""

Ids = Sequence[int | None]
"""For each row the id of the stored person it is about; None for a new one."""

NEXT_VERSION = """
UPDATE setting SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'directory_version'
"""
"""In one statement, so that of two changes at once none is lost."""

NAMED_IN_TICKETS = {Account: search.QUEUE_OF_ACCOUNT, Contact: search.QUEUE_OF_CONTACT}
"""Whose new name has tickets indexed anew."""


def employees(db: Database, rows: Sequence[EmployeeRow], ids: Ids, done: Imported) -> None:
    """Write employees."""
    before = stored(db, Employee)
    for row, id_ in zip(rows, ids, strict=True):
        options = {"active": row.active, "privileges": row.group, "mail_option": row.mail_option}
        _write(db, Employee, before.get(id_ or 0), _person(row) | options, done)


def accounts(db: Database, rows: Sequence[AccountRow], ids: Ids, done: Imported) -> None:
    """Write accounts with their domains; their managers must be there."""
    before, listed = stored(db, Account), domains(db)
    for row, id_, manager in zip(rows, ids, _managers(db, rows, ids), strict=True):
        values = _person(row) | {"name_key": name_key(row.name), "manager": manager}
        wanted = sorted({normalise_domain(domain) for domain in row.domains})
        moved = wanted != listed.get(id_ or 0, [])
        written = _write(db, Account, before.get(id_ or 0), values, done, also_changed=moved)
        if moved:
            _write_domains(db, written, wanted)


def contacts(db: Database, rows: Sequence[ContactRow], ids: Ids, done: Imported) -> None:
    """Write contacts; their accounts must be there, and a new main contact takes the place of the old one."""
    of_account, before = account_ids(db, rows), stored(db, Contact)
    # The main contact before may step down only after the new one, and there is room for one: first the others.
    order = sorted(zip(rows, of_account, ids, strict=True), key=lambda row: row[0].main)
    for row, account, id_ in order:
        if row.main:
            _step_down(db, account, id_)
        values = _person(row) | {"account": account, "main": row.main}
        _write(db, Contact, before.get(id_ or 0), values, done)


def bump_version(db: Database) -> None:
    """Give the directory its next version, so that every process reads it anew; in the change's own transaction."""
    db.run(NEXT_VERSION)


def stored(db: Database, model: Any) -> dict[int, Stored]:
    """Every row of a table, by id."""
    return {row["id"]: row for row in db.fetch(model.select().dicts())}


def domains(db: Database) -> dict[int, list[str]]:
    """The domains of each account that has any, sorted."""
    listed: dict[int, list[str]] = {}
    for row in db.fetch(AccountDomain.select().order_by(AccountDomain.domain).dicts()):
        listed.setdefault(row["account"], []).append(row["domain"])
    return {account: sorted(of_account) for account, of_account in listed.items()}


def account_ids(db: Database, rows: Sequence[ContactRow]) -> list[int]:
    """The account of each contact; PeopleRefused names those that are not there."""
    names = {account["name_key"]: account["id"] for account in stored(db, Account).values()}
    found = [names.get(name_key(row.account), repr(row.account)) for row in rows]
    return [id_ for id_ in _resolved(rows, found, "account") if id_ is not None]


def _step_down(db: Database, account: int, main: int | None) -> None:
    """No other contact of the account stays its main one."""
    here = (Contact.account == account) & Contact.main.in_([True]) & (Contact.id != (main or 0))
    db.execute(Contact.update(main=False).where(here))


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
        if "name" in changed and model in NAMED_IN_TICKETS:
            db.run(NAMED_IN_TICKETS[model], (before["id"],))
    done.counts[kind, "changed" if changed or also_changed else "same"] += 1
    return int(before["id"])


def _write_domains(db: Database, account: int, wanted: Iterable[str]) -> None:
    db.execute(AccountDomain.delete().where(AccountDomain.account == account))
    db.many("INSERT INTO account_domain (account_id, domain) VALUES (?, ?)", [(account, d) for d in wanted])


def _managers(db: Database, rows: Sequence[AccountRow], ids: Ids) -> list[int | None]:
    """The manager of each account; of two employees with one address it stays the one that it was."""
    by_address = facts_people.directory(0, facts_people.employees(db)).by_address
    managed = {id_: account["manager"] for id_, account in stored(db, Account).items()}
    found: list[int | str | None] = []
    for row, id_ in zip(rows, ids, strict=True):
        having = [employee.id for employee in by_address.get(normalise(row.manager), ())]
        before = managed.get(id_ or 0)
        if not row.manager:
            found.append(None)
        elif len(having) > 1 and before not in having:
            found.append(f"{row.manager!r} is that of several employees, so it")
        else:
            found.append(before if before in having else having[0] if having else repr(row.manager))
    return _resolved(rows, found, "manager")


def _resolved(rows: Sequence[PersonRow], found: Sequence[int | str | None], what: str) -> list[int | None]:
    """The ids, if all that the rows point to is there."""
    wrong = [
        f"{at_line(row)}: {what} {answer} is not known; add it first, or correct it"
        for row, answer in zip(rows, found, strict=True)
        if isinstance(answer, str)
    ]
    if wrong:
        raise PeopleRefused(wrong)
    return [answer for answer in found if not isinstance(answer, str)]
