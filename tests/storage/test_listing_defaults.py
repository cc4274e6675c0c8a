"""Whose tickets an employee wants to see where no managers are named."""

from __future__ import annotations

import pytest

from storage.listing_defaults import managers, set_managers
from storage.people_rows import EmployeeRow
from storage.records import StoreError
from storage.store import Store
from tests.storage import make


@pytest.fixture
def staffed(store: Store) -> Store:
    """A store with people."""
    store.import_people(make.PEOPLE)
    return store


def test_defaults__are_kept_for_each_employee_and_listing(staffed: Store) -> None:
    """B94: separately for tickets and for the Inbox; None stands for nobody, and nothing for everybody."""
    set_managers(staffed.db, 1, "tickets", [1, None, 1])
    set_managers(staffed.db, 1, "inbox", [2])
    set_managers(staffed.db, 2, "inbox", [1])
    assert managers(staffed.db, 1, "tickets") == (1, None)
    assert managers(staffed.db, 1, "inbox") == (2,)
    assert managers(staffed.db, 2, "tickets") == ()


def test_defaults__later_ones_take_the_place_of_earlier_ones(staffed: Store) -> None:
    """B94: and with everybody there is none any more."""
    for chosen in ((1, 2), (2,), ()):
        set_managers(staffed.db, 1, "tickets", chosen)
        assert managers(staffed.db, 1, "tickets") == chosen


def test_defaults__of_another_listing_are_refused(staffed: Store) -> None:
    """B94: an error that names the two."""
    with pytest.raises(StoreError, match="allowed are tickets, inbox"):
        set_managers(staffed.db, 1, "board", [1])


def test_defaults__go_with_whom_they_are_about(staffed: Store) -> None:
    """B94, B97: neither an employee's own default nor others' with him or her in it keep one from being removed."""
    staffed.add_person(EmployeeRow("New", "new@company.example"))
    new = staffed.directory().by_address["new@company.example"][0].id
    set_managers(staffed.db, new, "inbox", [1])
    set_managers(staffed.db, 1, "tickets", [1, new])
    staffed.remove_person(EmployeeRow, new)
    assert managers(staffed.db, 1, "tickets") == (1,)
    assert staffed.db.rows("SELECT COUNT(*) FROM listing_default") == [(1,)]
