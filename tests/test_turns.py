"""Turns among processes: held by one, waited for a moment, given back also by death."""

from __future__ import annotations

import os
from pathlib import Path

from connector.turns import Turns


def test_turns__one_has_it(tmp_path: Path) -> None:
    """B7: who does not get it in time goes on without."""
    first, second = Turns(tmp_path / "opening"), Turns(tmp_path / "opening")
    assert (first.take(), first.take(), second.take()) == (True, True, False)
    second.give()
    assert not second.take()
    first.give()
    assert second.take()


def test_turns__death_gives_it_back(tmp_path: Path) -> None:
    """B7: a worker that is killed with it holds nobody up."""
    child = os.fork()
    if child == 0:
        os._exit(0 if Turns(tmp_path / "opening").take() else 1)
    assert os.waitpid(child, 0)[1] == 0
    turns = Turns(tmp_path / "opening")
    assert turns.take()


def test_turns__nothing_is_held_where_the_disk_fails(tmp_path: Path) -> None:
    """B7: it only saves work; without it all goes on."""
    turns = Turns(tmp_path / "none" / "opening")
    assert not turns.take()
    turns.give()
