"""Bringing people in and out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.people_rows import AccountRow, ContactRow, EmployeeRow, PeopleRefused, PersonRow
from storage.records import Wanted
from storage.store import Store
from tests.storage import make

ANN, MAX, ACME, CARL = make.PEOPLE


def version(store: Store) -> int:
    """The directory's version."""
    return store.facts(Wanted()).directory.version


def test_import__second_import_changes_nothing(store: Store) -> None:
    """B20: the same rows again write nothing, and the directory keeps its version."""
    assert store.import_people(make.PEOPLE).counts == {
        ("employee", "new"): 2,
        ("account", "new"): 1,
        ("contact", "new"): 1,
    }
    before = version(store)
    again = store.import_people(make.PEOPLE)
    assert (again.changed, version(store)) == (False, before)


def test_export__is_an_import_that_changes_nothing(store: Store) -> None:
    """B20: what comes out goes in again without a change, and holds all that went in."""
    store.import_people(make.PEOPLE)
    exported = store.export_people()
    assert exported == list(make.PEOPLE)
    assert not store.import_people(exported).changed


@pytest.mark.parametrize(
    "row",
    [
        EmployeeRow("Ann", "ann@company.example", active=False),
        EmployeeRow("Ann", "ann@new.example"),
        EmployeeRow("Ann Lee", "ann@company.example"),
        AccountRow("ACME", "office@acme.example", domains=("acme.example", "acme.test"), manager="ann@company.example"),
        ContactRow("Carl", "Acme", "carl@acme.example"),
    ],
    ids=lambda row: f"{type(row).__name__} {row.name}",
)
def test_import__changed_row_changes_the_one_person(store: Store, row: PersonRow) -> None:
    """B20, B24: a row is about the person with its name, or else with its address; the directory gets a new version."""
    store.import_people(make.PEOPLE)
    before, people = version(store), len(store.export_people())
    done = store.import_people([row])
    assert [what for _, what in done.counts] == ["changed"]
    assert (len(store.export_people()), version(store)) == (people, before + 1)
    assert row in store.export_people()


def test_import__two_people_of_one_name_stay_two(store: Store) -> None:
    """B20: employees with one name and two addresses are two, also in the next import."""
    twins = [EmployeeRow("Ann", "ann@company.example"), EmployeeRow("Ann", "ann2@company.example")]
    store.import_people(twins)
    store.import_people([replace(twin, group="Limited") for twin in twins])
    assert store.export_people() == [replace(twins[1], group="Limited"), replace(twins[0], group="Limited")]


def test_import__new_main_contact_takes_the_place_of_the_old(store: Store) -> None:
    """B63: an account has one main contact, the one imported last."""
    store.import_people(make.PEOPLE)
    store.import_people([ContactRow("Dora", "Acme", "dora@acme.example", main=True)])
    assert [(c.name, c.main) for c in store.contacts()] == [("Carl", False), ("Dora", True)]
    store.import_people([ContactRow("Dora", "Acme", "dora@acme.example"), CARL])
    assert [account.main_contact for account in store.accounts()] == [("Carl", "carl@acme.example")]


def test_import__shared_domain_and_address_are_warned_of(store: Store) -> None:
    """B22, B24: two employees with an address, and two accounts with a domain, are said so each time."""
    rows: list[PersonRow] = [ANN, MAX, replace(MAX, name="Moe"), ACME, AccountRow("West", domains=("acme.example",))]
    with pytest.raises(PeopleRefused, match="several employees"):
        store.import_people(rows)
    warnings = store.import_people([*rows[:3], AccountRow("Acme", domains=("acme.example",)), rows[4]]).warnings
    assert warnings == (
        "address max@company.example is that of employees 'Max' and 'Moe': mail from it is no employee's",
        "domain acme.example is that of accounts 'Acme' and 'West': it matches neither",
    )


def test_import__manager_keeps_the_account_when_the_address_becomes_shared(store: Store) -> None:
    """B22: what was imported stays importable when another employee gets the manager's address."""
    store.import_people(make.PEOPLE)
    store.import_people([EmployeeRow("Moe", "max@company.example")])
    assert not store.import_people(store.export_people()).changed


WRONG: list[tuple[PersonRow, str]] = [
    (replace(ACME, manager="nobody@company.example", line=3), "line 3: account 'Acme': manager 'nobody@"),
    (replace(CARL, account="Nowhere", line=4), "line 4: contact 'Carl': account 'Nowhere' is not known"),
    (replace(ANN, email1="Ann <ann@company.example>"), "is not a plain address"),
    (replace(ANN, email1="ann\x07@company.example"), "is not a plain address"),
    (replace(ANN, email1="ann@company.example?cc=x"), "is not a plain address"),
    (replace(ANN, email1=""), "email1 is missing"),
    (replace(ANN, name=" "), "the name is missing"),
    (replace(ANN, mail_option="never"), "allowed are off, all, subscribed, manager, account-manager"),
    (replace(ACME, domains=("x@acme.example",)), "domain 'x@acme.example' is none"),
]


@pytest.mark.parametrize(("row", "problem"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_import__wrong_row_imports_nothing(store: Store, row: PersonRow, problem: str) -> None:
    """B20, B24: a bad row is reported with its line, and nothing is imported, not even the good rows before it."""
    with pytest.raises(PeopleRefused) as told:
        store.import_people([EmployeeRow("Eve", "eve@company.example"), row])
    assert problem in str(told.value)
    assert (store.export_people(), version(store)) == ([], 1)


@pytest.mark.parametrize("row", make.PEOPLE, ids=lambda row: row.name)
def test_import__row_that_stands_there_twice_is_refused(store: Store, row: PersonRow) -> None:
    """B20: the same person twice in one file is an error that names both lines."""
    with pytest.raises(PeopleRefused, match=r"line 2: .* stands there already, line 1: "):
        store.import_people([replace(row, line=1), replace(row, line=2)])


def test_import__all_problems_are_told_at_once(store: Store) -> None:
    """B20: whoever repairs a file sees every bad row, not one at a time."""
    with pytest.raises(PeopleRefused) as told:
        store.import_people([replace(ANN, email1="x", line=1), replace(MAX, name="", line=2)])
    assert len(told.value.problems) == 2
