"""Changes one person by command, with the checks and the writing of an import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from storage import listing_defaults, people_check, people_write
from storage.database import Database, in_list
from storage.models_people import Account, Contact, Employee
from storage.people import everybody
from storage.people_rows import KINDS, AccountRow, ContactRow, EmployeeRow, Imported, PeopleRefused, PersonRow
from storage.records import StoreError

Kind = type[PersonRow]

MODELS: Mapping[Kind, Any] = {EmployeeRow: Employee, AccountRow: Account, ContactRow: Contact}

POINTING: Mapping[Kind, tuple[tuple[str, str], ...]] = {
    EmployeeRow: (
        ("manages tickets ({})", "SELECT COUNT(*) FROM ticket WHERE manager_id = ?"),
        ("opened tickets ({})", "SELECT COUNT(*) FROM ticket WHERE opened_by_id = ?"),
        ("is a recipient of tickets ({})", "SELECT COUNT(*) FROM recipient WHERE employee_id = ?"),
        ("manages accounts ({})", "SELECT COUNT(*) FROM account WHERE manager_id = ?"),
    ),
    AccountRow: (
        ("has tickets ({})", "SELECT COUNT(*) FROM ticket WHERE account_id = ?"),
        ("has contacts ({})", "SELECT COUNT(*) FROM contact WHERE account_id = ?"),
    ),
    ContactRow: (("is the contact of tickets ({})", "SELECT COUNT(*) FROM ticket WHERE contact_id = ?"),),
}
"""What points to a person, in words, and the query that counts it."""

WRITTEN = "SELECT COUNT(*) FROM entry WHERE actor IN {0} OR sender_address IN {0}"

INSTEAD: Mapping[Kind, str] = {
    EmployeeRow: "deactivate the employee instead",
    AccountRow: "move the tickets and remove the contacts first",
    ContactRow: "change the contact instead",
}


def add(db: Database, row: PersonRow) -> Imported:
    """Add a person. PeopleRefused where something is wrong with the row, or the person is there already."""
    with db.transaction():
        return _put(db, row, None, everybody(db).values())


def change(db: Database, kind: Kind, id_: int, changes: Mapping[str, Any]) -> Imported:
    """Change fields of a person, by their names in the row; PeopleRefused as for `add`."""
    with db.transaction():
        known = everybody(db)
        before = known.pop((kind, id_), None)
        if before is None:
            raise StoreError(f"{KINDS[kind]} {id_}: there is none with this id")
        return _put(db, replace(before, **changes), id_, known.values())


def _put(db: Database, row: PersonRow, id_: int | None, others: Iterable[PersonRow]) -> Imported:
    if problems := [*people_check.problems([row]), *people_check.taken(row, others)]:
        raise PeopleRefused(problems)
    done = Imported()
    if isinstance(row, EmployeeRow):
        people_write.employees(db, [row], [id_], done)
    elif isinstance(row, AccountRow):
        people_write.accounts(db, [row], [id_], done)
    else:
        people_write.contacts(db, [row], [id_], done)
    if done.changed:
        people_write.bump_version(db)
    done.warnings = people_check.warnings(everybody(db).values(), row)
    return done


def remove(db: Database, kind: Kind, id_: int) -> None:
    """Remove a person to whom nothing points; StoreError names what does, and what to do instead."""
    with db.transaction():
        row = everybody(db).get((kind, id_))
        if row is None:
            raise StoreError(f"{KINDS[kind]} {id_}: there is none with this id")
        if pointing := list(_pointing(db, row, id_)):
            what = f"{KINDS[kind]} {row.name!r}"
            raise StoreError(f"{what} {', '.join(pointing)}, and is not removed; {INSTEAD[kind]}")
        if kind is EmployeeRow:
            listing_defaults.forget(db, id_)
        db.execute(MODELS[kind].delete().where(MODELS[kind].id == id_))
        people_write.bump_version(db)


def _pointing(db: Database, row: PersonRow, id_: int) -> Iterator[str]:
    """What points to a person, in words; entries know their employees by address."""
    for words, query in POINTING[type(row)]:
        if number := _count(db, query, (id_,)):
            yield words.format(number)
    if isinstance(row, EmployeeRow):
        marks, addresses = in_list([email for email in (row.email1, row.email2) if email])
        if number := _count(db, WRITTEN.format(marks), (*addresses, *addresses)):
            yield f"stands in history entries ({number})"


def _count(db: Database, query: str, values: Iterable[object]) -> int:
    row = db.row(query, tuple(values))
    assert row is not None  # COUNT
    return int(row[0])
