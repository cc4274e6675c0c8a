"""When the service brings the search up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connector import upkeep
from connector.upkeep import Upkeep
from storage import search
from storage.store import Store
from tests.house import settings_in
from tests.storage import make


def test_upkeep__search_waits_while_mails_queue_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B94: while mails queue up, tickets are indexed so seldom; else at once."""
    settings = settings_in(tmp_path)
    store, busy, waiting = Store.open(settings.store.database), [True], []

    async def rounds() -> None:
        keeper = Upkeep(settings, lambda: busy[0])

        async def one() -> None:
            make.open_ticket(store)
            await keeper.run()
            waiting.append(search.waiting(store.db))

        await one()
        await one()
        monkeypatch.setattr(upkeep, "LATEST_SECONDS", 0)
        await one()
        monkeypatch.undo()
        await one()
        busy[0] = False
        await one()
        await keeper.stop()

    asyncio.run(rounds())
    store.close()
    assert waiting == [0, 1, 0, 1, 0]
