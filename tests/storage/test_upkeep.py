"""What is done for the store beside those who file."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import upkeep
from storage.store import Store
from storage.views import TicketFilter
from tests.storage import make


def test_upkeep__indexes_what_waits(store: Store) -> None:
    """B94: what was filed is found after it, on both databases."""
    ticket = make.open_ticket(store, entry=make.entry(text="The toner leaks."))
    assert store.tickets(TicketFilter(search="toner")) == []
    assert store.upkeep(60) == 0
    assert [row["number"] for row in store.tickets(TicketFilter(search="toner"))] == [ticket.number]


@pytest.mark.parametrize("long_log", [16_000, 1])
def test_upkeep__brings_the_log_into_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long_log: int
) -> None:
    """B70: a worker's commits leave the log to the upkeep, which empties it."""
    monkeypatch.setattr(upkeep, "LONG_LOG", long_log)
    url = f"sqlite:{tmp_path}/tickets.db"
    worker, keeper = Store.open(url, sync_later=True), Store.open(url, sync_later=True)
    for _ in range(3):
        make.open_ticket(worker)
    keeper.upkeep(60)
    size = (tmp_path / "tickets.db").stat().st_size
    log = (tmp_path / "tickets.db-wal").stat().st_size
    make.open_ticket(worker)
    assert size > 100_000
    assert (tmp_path / "tickets.db-wal").stat().st_size == log
    worker.close()
    keeper.close()


def test_upkeep__a_worker_leaves_the_log_alone(tmp_path: Path) -> None:
    """B70: no commit of a worker brings a log of usual length into the database; a command's does."""
    url = f"sqlite:{tmp_path}/tickets.db"
    lengths = []
    for store in (Store.open(url, sync_later=True), Store.open(url)):
        lengths.append(store.db.rows("PRAGMA wal_autocheckpoint")[0][0])
        store.close()
    assert lengths == [32_000, 4000]
