"""Adding, changing and removing one person, with the checks of an import."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.people_edit import Kind
from storage.people_rows import AccountRow, ContactRow, EmployeeRow, PeopleRefused, PersonRow
from storage.records import NewRecipient, StoreError, Wanted
from storage.store import Store
from tests.storage import make

ANN, MAX, ACME, CARL = make.PEOPLE
EVE = EmployeeRow("Eve", "eve@company.example")


@pytest.fixture
def people(store: Store) -> Store:
    """A store with two employees, an account and its main contact."""
    store.import_people(make.PEOPLE)
    return store


def version(store: Store) -> int:
    """The directory's version."""
    return store.facts(Wanted()).directory.version


def employee(store: Store, address: str) -> int:
    """An employee's id."""
    return store.directory().by_address[address][0].id


def account(store: Store, name: str = "Acme") -> int:
    """An account's id."""
    return next(account.id for account in store.accounts() if account.name == name)


def contact(store: Store, name: str = "Carl") -> int:
    """A contact's id."""
    return next(contact.id for contact in store.contacts() if contact.name == name)


NEW: list[PersonRow] = [
    EVE,
    AccountRow("West", "office@west.example", domains=("west.example",), manager="ann@company.example"),
    ContactRow("Wim", "Acme", "wim@acme.example"),
]


@pytest.mark.parametrize("row", NEW, ids=lambda row: row.name)
def test_add__new_person_gives_the_directory_its_next_version(people: Store, row: PersonRow) -> None:
    """B20, B24: an added person stands in the export as in the row, and every process reads the directory anew."""
    before = version(people)
    people.add_person(row)
    assert row in people.export_people()
    assert version(people) == before + 1


def test_add__addresses_and_domains_are_normalised(people: Store) -> None:
    """B20: what is added by command is stored as what is imported: letter case, IDNA, blanks."""
    people.add_person(EmployeeRow("  Eve   Early ", "EVE@Bücher.example", "Eve@Private.example"))
    people.add_person(AccountRow("West", domains=("BÜCHER.example",)))
    rows = people.export_people()
    assert EmployeeRow("Eve Early", "eve@xn--bcher-kva.example", "eve@private.example") in rows
    assert AccountRow("West", domains=("xn--bcher-kva.example",)) in rows


TAKEN: list[tuple[PersonRow, str]] = [
    (replace(ANN, name="ANN"), "employee 'ANN': this name with this address is there already"),
    (AccountRow("acme"), "account 'acme': this name is there already"),
    (replace(CARL, account="ACME"), "contact 'Carl': this name with this address is there already"),
]
WRONG: list[tuple[PersonRow, str]] = [
    (replace(EVE, email1="eve"), "'eve' is not a plain address"),
    (replace(EVE, email1=""), "email1 is missing"),
    (replace(EVE, name=" "), "the name is missing"),
    (replace(EVE, mail_option="never"), "allowed are off, all, subscribed, manager, account-manager"),
    (AccountRow("West", manager="nobody@company.example"), "manager 'nobody@company.example' is not known"),
    (AccountRow("West", domains=("a@b.example",)), "domain 'a@b.example' is none"),
    (ContactRow("Wim", "West", "wim@west.example"), "account 'West' is not known"),
]


@pytest.mark.parametrize(
    ("row", "problem"), [*TAKEN, *WRONG], ids=lambda value: value if isinstance(value, str) else ""
)
def test_add__refused_row_adds_nobody(people: Store, row: PersonRow, problem: str) -> None:
    """B20, B24: the checks of an import, and nobody is added twice."""
    with pytest.raises(PeopleRefused) as told:
        people.add_person(row)
    assert problem in str(told.value)
    assert (people.export_people(), version(people)) == (list(make.PEOPLE), 2)


def test_add__namesake_with_another_address_is_another_person(people: Store) -> None:
    """B20: an import would take the row for the person's new address; who adds says that it is another one."""
    people.add_person(EmployeeRow("Ann", "ann2@company.example"))
    assert [row.name for row in people.export_people() if isinstance(row, EmployeeRow)] == ["Ann", "Ann", "Max"]


def test_add__shared_address_and_domain_are_warned_of(people: Store) -> None:
    """B22, B24: as an import warns, of what the added person shares, and of nothing else."""
    shared = people.add_person(replace(EVE, email2="MAX@company.example")).warnings
    assert shared == (
        "address max@company.example is that of employees 'Eve' and 'Max': mail from it is no employee's",
    )
    assert people.add_person(AccountRow("West", domains=("acme.example",))).warnings == (
        "domain acme.example is that of accounts 'Acme' and 'West': it matches neither",
    )
    assert people.add_person(AccountRow("East", domains=("east.example",))).warnings == ()


def test_change__name_and_address_at_once(people: Store) -> None:
    """B20: the person is known by id, so that both may change; all else stays."""
    people.change_person(
        EmployeeRow, employee(people, "ann@company.example"), {"name": "Ann Lee", "email1": "Lee@company.example"}
    )
    assert EmployeeRow("Ann Lee", "lee@company.example", "ann@private.example") in people.export_people()


def test_change__account_is_renamed_with_its_contacts_and_domains(people: Store) -> None:
    """B24: the new name reaches the contacts; domains and manager stay, or are given anew."""
    people.change_person(AccountRow, account(people), {"name": "Acme Ltd", "domains": ("acme.example", "acme.test")})
    assert people.export_people()[2:] == [
        AccountRow("Acme Ltd", "office@acme.example", "", ("acme.example", "acme.test"), "max@company.example"),
        replace(CARL, account="Acme Ltd"),
    ]


def test_change__new_main_contact_takes_the_place_of_the_old(people: Store) -> None:
    """B63: an account has one main contact."""
    people.add_person(ContactRow("Dora", "Acme", "dora@acme.example"))
    people.change_person(ContactRow, contact(people, "Dora"), {"main": True})
    assert [(c.name, c.main) for c in people.contacts()] == [("Carl", False), ("Dora", True)]


def test_change__account_keeps_its_manager_whose_address_is_shared(people: Store) -> None:
    """B22: other fields can be changed although the manager's address names two employees by now."""
    people.add_person(EmployeeRow("Moe", "max@company.example"))
    people.change_person(AccountRow, account(people), {"email1": "desk@acme.example"})
    assert people.accounts()[0].manager_id == employee(people, "max@company.example")


def test_change__that_is_none_keeps_the_version(people: Store) -> None:
    """B20: nothing is read anew where nothing changed."""
    before = version(people)
    people.change_person(EmployeeRow, employee(people, "ann@company.example"), {"active": True})
    assert version(people) == before


def test_change__to_another_persons_name_is_refused(people: Store) -> None:
    """B20: two accounts never have one name."""
    people.add_person(AccountRow("West"))
    with pytest.raises(PeopleRefused, match="'ACME': this name is there already"):
        people.change_person(AccountRow, account(people, "West"), {"name": "ACME"})


KINDS: list[Kind] = [EmployeeRow, AccountRow, ContactRow]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_change__of_nobody_is_refused(people: Store, kind: Kind) -> None:
    """B20: an id that is not there, as of one removed meanwhile, is an error."""
    with pytest.raises(StoreError, match="4711: there is none with this id"):
        people.change_person(kind, 4711, {})
    with pytest.raises(StoreError, match="4711: there is none with this id"):
        people.remove_person(kind, 4711)


def test_remove__person_without_ties(people: Store) -> None:
    """B20, B24: contact, account with its domains, and employees go; the directory gets a new version each time."""
    before = version(people)
    people.remove_person(ContactRow, contact(people))
    people.remove_person(AccountRow, account(people))
    for address in ("ann@company.example", "max@company.example"):
        people.remove_person(EmployeeRow, employee(people, address))
    assert (people.export_people(), version(people)) == ([], before + 4)
    assert people.db.rows("SELECT * FROM account_domain") == []


def test_remove__manager_of_an_account_stays(people: Store) -> None:
    """B63: an account's manager is given another one first."""
    with pytest.raises(StoreError, match=r"'Max' manages accounts \(1\), and is not removed; deactivate the employee"):
        people.remove_person(EmployeeRow, employee(people, "max@company.example"))


TIES = {
    "manages tickets": lambda store, number, ann: store.assign(number, ann, make.ADMIN),
    "is a recipient of tickets": lambda store, number, ann: store.add_recipients(
        number, [NewRecipient("employee", employee_id=ann)], make.ADMIN
    ),
    "stands in history entries": lambda store, number, ann: store.set_unread(
        number, True, replace(make.ADMIN, actor="ann@private.example")
    ),
}


@pytest.mark.parametrize("tie", TIES)
def test_remove__employee_of_a_ticket_or_an_entry_stays(people: Store, tie: str) -> None:
    """B71: what tickets and their history point to is not removed; the error says to deactivate instead."""
    ann = employee(people, "ann@company.example")
    TIES[tie](people, make.open_ticket(people).number, ann)
    with pytest.raises(StoreError) as told:
        people.remove_person(EmployeeRow, ann)
    assert f"{tie} (1)" in str(told.value)
    assert "deactivate the employee instead" in str(told.value)
    assert ann in people.directory().employees


def test_remove__employee_who_opened_a_ticket_stays(people: Store) -> None:
    """B94: the ticket is one's own by its opener."""
    ann = employee(people, "ann@company.example")
    made = make.opening(people.facts(Wanted())).new_ticket
    assert made is not None
    make.open_ticket(people, new_ticket=replace(made, opened_by_id=ann))
    with pytest.raises(StoreError, match=r"'Ann' opened tickets \(1\)"):
        people.remove_person(EmployeeRow, ann)


def test_remove__account_and_contact_of_a_ticket_stay(people: Store) -> None:
    """B90: a ticket keeps its account and its contact; an account goes after its contacts."""
    made = make.opening(people.facts(Wanted())).new_ticket
    assert made is not None
    make.open_ticket(people, new_ticket=replace(made, account_id=account(people), contact_id=contact(people)))
    with pytest.raises(StoreError, match=r"'Acme' has tickets \(1\), has contacts \(1\), and is not removed; move"):
        people.remove_person(AccountRow, account(people))
    with pytest.raises(StoreError, match=r"'Carl' is the contact of tickets \(1\), and is not removed"):
        people.remove_person(ContactRow, contact(people))
