"""The measures of a large store, small: what is loaded is a store like any other, and every read and filing works."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import scale, scale_load, scale_reads, scale_rows
from bench.scale import Results
from bench.scale_filing import Cost
from storage.store import Store
from storage.views import TicketFilter
from tests import postgres

pytestmark = pytest.mark.long

TICKETS = 300
BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
NEEDED = {"view inbox, first page", "search, rare word", "facts by Message-ID"}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Which database."""
    if request.param == "postgresql" and postgres.programs() is None and not os.environ.get("CI"):
        pytest.skip(f"no PostgreSQL programs in {postgres.PROGRAMS}")
    return str(request.param)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL, which does not run as root, can come to."""
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.mark.timeout(300)  # three servers are made, and filled
def test_every_measure_of_a_small_store(backend: str, open_folder: Path) -> None:
    """Reads on both stores, filing in an empty and in the large one, and the report with its ratios."""
    args = argparse.Namespace(small=100, tickets=TICKETS, runs=1, rounds=1)
    found = scale.measure(backend, open_folder, args)
    assert set(found.reads) == set(scale_reads.READS) >= NEEDED
    assert set(found.filing) == {"a new ticket", "a reply to a recent ticket", "either"}
    text = scale.markdown([found])
    assert f"# A store with {TICKETS} tickets" in text
    assert all(f"| {name} " in text for name in (*found.reads, *found.filing))


@pytest.fixture
def loaded(tmp_path: Path) -> Store:
    """A loaded store on SQLite."""
    with scale_load.store("sqlite", tmp_path, TICKETS) as url:
        return Store.open(url)


def test_loaded_store_is_whole(loaded: Store) -> None:
    """Three mails a ticket, all constraints hold, the next number is free, nothing waits to be indexed."""
    assert [loaded.db.rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in ("ticket", "entry")] == [300, 900]
    assert loaded.db.rows("PRAGMA foreign_key_check") == []
    assert loaded.db.rows("PRAGMA integrity_check") == [("ok",)]
    assert loaded.next_number() == f"0500-{scale_rows.FIRST_NUMBER + TICKETS}"
    assert loaded.index(0) == 0
    assert [index for (index,) in loaded.db.rows("SELECT name FROM sqlite_master WHERE name = 'ticket_status'")]


def test_loaded_words_are_those_of_the_index(loaded: Store) -> None:
    """What the loading writes into the index is what indexing by the store would."""
    before = loaded.db.rows("SELECT words FROM ticket_words WHERE rowid = 7")[0][0].split()
    with loaded.db.transaction():
        loaded.db.run("INSERT INTO search_queue (ticket_id) VALUES (7)")
    loaded.index(60)
    after = loaded.db.rows("SELECT words FROM ticket_words WHERE rowid = 7")[0][0].split()
    assert set(after) >= set(before)


FREQUENCIES = [
    (scale_reads.COMMON, 290, 300),
    (scale_reads.FREQUENT, 20, 100),
    (scale_reads.MIDDLING, 0, 20),
    (scale_rows.RARE, 20, 20),
]


@pytest.mark.parametrize(("word", "least", "most"), FREQUENCIES)
def test_words_are_as_frequent_as_they_are_called(loaded: Store, word: str, least: int, most: int) -> None:
    """Common, frequent, middling and rare words; the rare one stands in twenty tickets whatever the size."""
    assert least <= len(loaded.tickets(TicketFilter(search=word, limit=500))) <= most


def test_bounds_that_are_not_kept_are_told() -> None:
    """Reads over 20 ms and 1.5 times, filing over 1.2 times, by median or mean."""
    found = Results("sqlite", "SQLite", 1, 2)
    found.reads = {"quick": (1.0, 19.0), "steady": (20.0, 29.0), "slow": (10.0, 21.0)}
    found.filing = {"mail": Cost((1.0, 1.1), (1.0, 1.3))}
    assert found.slow() == ["slow", "filing mail, mean"]
    assert "Not kept: SQLite: slow; SQLite: filing mail, mean." in scale.markdown([found])
