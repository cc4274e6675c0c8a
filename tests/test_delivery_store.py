"""The courier's door to the store."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connector.config.settings import Settings
from connector.delivery_store import DeliveryStore, open_store
from storage import failing
from storage.records import Parcel, Result, StoreBusy
from tests.fakes import disk
from tests.house import shipped_book, shipped_settings
from tests.storage import make

LATER = make.NOW + timedelta(minutes=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An SQLite store with one mail for two recipients in it."""
    shipped = shipped_settings()
    settings = replace(shipped, store=replace(shipped.store, database=f"sqlite:{tmp_path / 'tickets.db'}"))
    store = open_store(settings)
    make.open_ticket(store, outgoing=(make.outgoing("a@x.example", "b@x.example"),))
    store.close()
    return settings


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were brought to the disk, in order."""
    names: list[str] = []

    def fsync(fd: int) -> None:
        names.append(Path(os.readlink(f"/proc/self/fd/{fd}")).name)

    monkeypatch.setattr(os, "fsync", fsync)
    return names


def test_claim__is_on_the_disk_before_anything_is_sent(settings: Settings, synced: list[str]) -> None:
    """B88: what is sent was filed for good; looking around in vain costs no syncing."""
    door = DeliveryStore(settings, shipped_book())
    assert door.claim_deliveries(make.NOW - timedelta(days=1), 10, 60, "courier") == []
    assert synced == []
    (parcel,) = door.claim_deliveries(LATER, 10, 60, "courier")
    assert synced == ["tickets.db-wal"]

    door.record_results([Result(drop.delivery_id, "sent", "250 ok", LATER) for drop in parcel.drops], LATER)
    assert synced == ["tickets.db-wal"] * 2


def test_claim__results_that_go_with_it_cost_no_sync_of_their_own(settings: Settings, synced: list[str]) -> None:
    """B88: one sync makes both safe, also where nothing is due any more."""
    door = DeliveryStore(settings, shipped_book())
    (first,) = door.claim_deliveries(LATER, 1, 60, "courier")
    (second,) = door.claim_deliveries(LATER, 1, 60, "courier", [_sent(first)])
    assert door.claim_deliveries(LATER, 1, 60, "courier", [_sent(second)]) == []
    assert synced == ["tickets.db-wal"] * 3
    assert {row["state"] for row in open_store(settings).deliveries()} == {"sent"}


def _sent(parcel: Parcel) -> Result:
    return Result(parcel.drops[0].delivery_id, "sent", "250 ok", LATER)


def test_record__failing_disk_is_told_and_may_be_repeated(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """B88: results that are not on the disk are handed over again, and that changes nothing."""
    door = DeliveryStore(settings, shipped_book())
    (parcel,) = door.claim_deliveries(LATER, 10, 60, "courier")
    results = [Result(drop.delivery_id, "sent", "250 ok", LATER) for drop in parcel.drops]
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", disk.fails)
        with pytest.raises(StoreBusy):
            door.record_results(results, LATER)
    door.record_results(results, LATER)
    rows = open_store(settings).deliveries()
    assert [(row["state"], row["tries"]) for row in rows] == [("sent", 1), ("sent", 1)]


def test_record__an_address_that_the_relay_refuses_too_often_is_suspended(settings: Settings) -> None:
    """B11: failures at the relay count as reports do; a temporary one, or one that is the mail's fault, does not."""
    settings = replace(settings, connector=replace(settings.connector, bounces_before_suspend=1))
    door = DeliveryStore(settings, shipped_book())
    (parcel,) = door.claim_deliveries(LATER, 10, 60, "courier")
    refused, other = parcel.drops

    door.record_results([Result(other.delivery_id, "failed", "550 5.7.1 no", LATER)], LATER)
    assert open_store(settings).failing.every() == []

    door.record_results([Result(refused.delivery_id, "failed", "550 5.1.1 no", LATER, blames_address=True)], LATER)
    (failing,) = open_store(settings).failing.every()
    assert (failing.address, failing.failures, failing.suspended_at) == ("a@x.example", 1, LATER)


def test_open__suspends_what_a_crash_has_left(settings: Settings) -> None:
    """B11: a failure is counted in its own transaction, and the step behind it is made up for at the next start."""
    store = open_store(settings)
    for delivery in (1, 2, 3):
        failing.count(store.db, "a@x.example", delivery, "550 5.1.1 no", LATER)
    assert store.failing.every()[0].suspended_at is None

    DeliveryStore(settings, shipped_book()).next_due()

    assert store.failing.every()[0].suspended_at is not None
