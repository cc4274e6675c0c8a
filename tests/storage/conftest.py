"""Every store test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.models import TABLES as MODELS
from storage.models_people import Setting
from storage.store import Store
from tests import postgres

TABLES = [*(model._meta.table_name for model in MODELS if model is not Setting), "ticket_words"]
BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """One PostgreSQL for the session; without its programs the test is skipped, in CI it fails."""
    if postgres.programs() is None:
        reason = f"no PostgreSQL programs in {postgres.PROGRAMS}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with postgres.running() as running:
        yield running


@pytest.fixture(scope="session")
def shared(server: postgres.Server) -> Iterator[Database]:
    """A PostgreSQL database with all tables, for one test after the other: emptying one is quicker than making one."""
    store = Store.open(server.url(server.create()))
    yield store.db
    store.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied."""
    file = tmp_path_factory.mktemp("template") / "tickets.db"
    Store.open(f"sqlite:{file}").close()
    return file


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that no store has opened yet."""
    if backend == "sqlite":
        yield f"sqlite:{tmp_path}/tickets.db"
        return
    server: postgres.Server = request.getfixturevalue("server")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A store's database without any ticket."""
    if backend == "sqlite":
        return f"sqlite:{shutil.copy(request.getfixturevalue('sqlite_template'), tmp_path)}"
    shared: Database = request.getfixturevalue("shared")
    with shared.transaction():
        shared.run(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY")
        shared.run("UPDATE setting SET value = '1000' WHERE name = 'next_number'")
        shared.run("UPDATE setting SET value = '1' WHERE name = 'directory_version'")
        shared.run("DELETE FROM setting WHERE name = 'number_raises'")
    return shared.url


@pytest.fixture
def fresh(empty_url: str) -> Iterator[Store]:
    """A store on a database of its own, for tests that change the schema."""
    store = Store.open(empty_url)
    yield store
    store.close()


@pytest.fixture
def open_store(url: str) -> Iterator[Callable[..., Store]]:
    """Opens stores on the test's database, and closes them."""
    stores: list[Store] = []

    def open_(**options: object) -> Store:
        stores.append(Store.open(url, **options))  # type: ignore[arg-type]
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    """An open store."""
    return open_store()
