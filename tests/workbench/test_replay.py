"""What a replay does when it meets something that should not be (B55)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import pytest

from connector.config.settings import Settings
from connector.delivery_store import open_store
from connector.workbench import replay as replaying
from storage.records import StoreBusy
from storage.replay import StoredMail, Wanted, pages
from storage.store import Store
from tests.house import House, shipped_book, shipped_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation that has filed a mail."""
    house = House(tmp_path, url=f"sqlite:{tmp_path / 'tickets.db'}")
    house.send("Jane <jane@acme.example>")
    house.store.close()
    store = replace(shipped_settings().store, database=house.store.db.url, originals=tmp_path / "originals")
    return replace(shipped_settings(), store=store)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """Its store."""
    opened = open_store(settings)
    yield opened
    opened.close()


def failing(error: Exception) -> object:
    def fail(*args: object) -> None:
        raise error

    return fail


def test_a_defect_is_told_with_its_entry(settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B55: whatever stripping raises is that entry's fault alone; a store that is away ends the replay."""
    [[mail]] = pages(store.db, Wanted())
    worker = replaying._Worker(settings, shipped_book(), shipped_book().rules)
    assert worker.replay(mail).fault == ""

    monkeypatch.setattr(replaying, "strip", failing(RecursionError("too deep")))
    assert worker.replay(mail).fault == "RecursionError: too deep"
    assert worker.replay(replace(mail, sha256="none")).fault.startswith("ValueError: 'none' is not a SHA-256")
    monkeypatch.setattr(replaying, "said_before", failing(StoreBusy("away")))
    with pytest.raises(StoreBusy):
        worker.replay(mail)


def test_a_process_that_is_killed_is_told_with_its_place() -> None:
    """B55: what takes a whole process with it is found by the entry."""
    page: Future[list[replaying.Replayed]] = Future()
    page.set_exception(BrokenProcessPool())
    with pytest.raises(ChildProcessError, match="killed at entry 7 or soon behind it"):
        replaying._result(StoredMail(7, 1, "0500-1000", "jane@acme.example", "", ""), page)
