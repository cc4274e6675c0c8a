"""The number of the next ticket, raised by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage.changes import Author
from storage.records import FactsMoved, StoreError, Wanted
from storage.store import Store
from tests.storage import make


def test_raise__next_ticket_has_the_number(store: Store) -> None:
    """B90: the counter goes on from there, to five digits after 9999."""
    make.open_ticket(store)
    store.raise_number(9999, make.ADMIN)
    assert [make.open_ticket(store).number for _ in range(2)] == ["0500-9999", "0500-10000"]
    assert store.next_number() == "0500-10001"


def test_raise__never_lowers(store: Store) -> None:
    """B90: a lower number is an error that says which is the next; the same one changes nothing."""
    make.open_ticket(store)
    with pytest.raises(StoreError, match="0500-1000: the next one is 0500-1001 already, and it is never lowered"):
        store.raise_number(1000, make.ADMIN)
    store.raise_number(1001, make.ADMIN)
    assert (store.next_number(), store.number_raises()) == ("0500-1001", [])


def test_raise__is_kept_with_who_when_old_and_new(open_store: Callable[..., Store]) -> None:
    """B90: every raise is told, the oldest first, also after the store was opened anew."""
    store = open_store()
    store.raise_number(2000, make.ADMIN)
    store.raise_number(3000, Author("ann@company.example", make.NOW))
    assert open_store(number_prefix="0600").number_raises() == [
        {"at": "2026-11-23T23:18:13.123Z", "by": "administrator", "old": "0500-1000", "new": "0500-2000"},
        {"at": "2026-11-23T22:18:13.123Z", "by": "ann@company.example", "old": "0500-2000", "new": "0500-3000"},
    ]


def test_raise__mail_that_is_being_decided_gets_the_new_number(store: Store) -> None:
    """B70, B90: a decision with the number from before is refused, and made anew."""
    filing = make.opening(store.facts(Wanted()))
    store.raise_number(2000, make.ADMIN)
    with pytest.raises(FactsMoved, match="number 0500-1000 is taken"):
        store.file(filing)
    assert make.open_ticket(store).number == "0500-2000"
