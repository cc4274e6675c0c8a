"""How often the service looks into its spool."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connector import spool_looks
from connector.mail.model import Envelope
from connector.spool import Spool
from connector.spool_looks import SpoolLooks


def test_looks__a_full_spool_is_left_in_peace_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B3: what others put there is found; after a look that was dear nobody looks again at once."""
    spool = Spool(tmp_path)
    mail = spool.accept(b"Subject: x\r\n\r\n", Envelope())

    async def look_twice() -> list[list[str]]:
        looks = SpoolLooks(spool)
        return [await looks.waiting(), await looks.waiting()]

    monkeypatch.setattr(spool_looks, "REST", 0.0)
    assert asyncio.run(look_twice()) == [[mail], [mail]]
    monkeypatch.setattr(spool_looks, "REST", 1e9)
    assert asyncio.run(look_twice()) == [[mail], []]


def test_looks__a_disk_without_an_answer_is_asked_again(tmp_path: Path) -> None:
    """B3: a fault of the disk ends nothing."""
    spool = Spool(tmp_path)
    looks = SpoolLooks(spool)
    spool.new.rmdir()
    assert asyncio.run(looks.waiting()) == []
    spool.new.mkdir()
    mail = spool.accept(b"Subject: x\r\n\r\n", Envelope())
    assert asyncio.run(looks.waiting()) == [mail]
