"""What is remembered of the hold queue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage import choices
from storage.records import Choice, StoreError, Wanted
from storage.store import Store
from tests.storage import make

FORM = Choice("Form@Shop.example", "unknown-sender", "as-is", "bob@company.example", make.NOW)
KEPT = replace(FORM, address="form@shop.example")


def test_choice__is_among_the_facts_of_its_address_alone(store: Store) -> None:
    """B9: by address in any letter case and by reason, with who and when."""
    choices.remember(store.db, FORM)
    choices.remember(store.db, replace(FORM, reason="public-address-as-sender", choice="reject"))
    assert store.facts(Wanted(sender="form@shop.example")).choices["unknown-sender"] == KEPT
    assert len(store.facts(Wanted(sender="form@shop.example")).choices) == 2
    assert store.facts(Wanted(sender="other@shop.example")).choices == {}
    assert store.facts(Wanted()).choices == {}


def test_choice__another_one_takes_its_place(store: Store) -> None:
    """B9: one choice for an address and a reason, the last one."""
    choices.remember(store.db, FORM)
    choices.remember(store.db, replace(FORM, choice="reject", by="administrator", at=make.LATER))
    assert choices.every(store.db) == [replace(KEPT, choice="reject", by="administrator", at=make.LATER)]


def test_choice__is_forgotten_by_address(store: Store) -> None:
    """B9: all of an address, and how many they were."""
    choices.remember(store.db, FORM)
    choices.remember(store.db, replace(FORM, reason="public-address-as-sender"))
    assert choices.forget(store.db, "other@shop.example") == 0
    assert choices.forget(store.db, "FORM@shop.example") == 2
    assert choices.every(store.db) == []


def test_choice__needs_an_address(store: Store) -> None:
    """B9, B27: nothing is remembered for nobody."""
    with pytest.raises(StoreError, match="for an address"):
        choices.remember(store.db, replace(FORM, address=""))
