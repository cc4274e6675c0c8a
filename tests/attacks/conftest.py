"""The world that attacks start from, made once and copied for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.changes import Author
from tests.attacks.scene import Scene
from tests.cli.conftest import BOOKS
from tests.house import shipped_book

WORLD = Path(__file__).parent / "world"


@pytest.fixture(scope="session", autouse=True)
def _books() -> Iterator[None]:
    """Commands get the rules that were read before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connector.cli.process.read_book", BOOKS)
        patch.setattr("connector.book.read_book", BOOKS)
        yield
    shipped_book.cache_clear()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mails of `world/` in order; 0500-1002 is closed then. All that had to leave has left."""
    scene = Scene(tmp_path_factory.mktemp("world"), None)
    for file in sorted(WORLD.glob("*.eml")):
        assert scene.arrive(file.read_bytes()).decision.record.outcome == "filed", file
    scene.store.set_status("0500-1002", "Completed", Author("alice@company.example", scene.clock()))
    scene.leaving()
    scene.store.close()
    return scene.desk.folder / "var"


@pytest.fixture
def scene(tmp_path: Path, world: Path) -> Iterator[Scene]:
    """A copy of the world with the shipped settings."""
    made = Scene(tmp_path, world)
    yield made
    made.store.close()


@pytest.fixture
def build(tmp_path: Path, world: Path) -> Callable[..., Scene]:
    """`build({"EMAILCONNECTOR.UnknownSender": "hold"})`: a copy of the world with other settings."""
    return lambda tokens: Scene(tmp_path, world, tokens)
