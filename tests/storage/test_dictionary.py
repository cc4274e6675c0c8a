"""The data dictionary in storage/README.md is made from the schema, and says the truth about it (B97)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage import dictionary, models, times, views
from storage.store import Store
from tests.storage import make, versions

PYTHON = {"text": str, "time": str, "integer": int, "flag": int}


@pytest.fixture
def filled(backend: str, empty_url: str) -> Iterator[Store]:
    """A store in which every column that can be null is null somewhere."""
    versions.load(versions.newest(), backend, empty_url)
    store = Store.open(empty_url)
    make.open_ticket(store)  # without contact and manager
    yield store
    store.close()


def test_dictionary__the_readme_is_what_is_made() -> None:
    """B97: `python -m storage.dictionary` writes the section between the marks."""
    text = dictionary.README.read_text(encoding="utf-8")
    assert text.count(dictionary.BEGIN) == text.count(dictionary.END) == 1
    assert dictionary.written(text) == text


def test_dictionary__views_are_described_as_they_are(filled: Store) -> None:
    """B97: every column of every view on both databases, in order."""
    assert set(dictionary.VIEWS) == set(views.COLUMNS)
    for view in dictionary.VIEWS:
        columns = [str(column[0]) for column in filled.db.run(f"SELECT * FROM {view}").description]
        described = dictionary.view_columns(view)
        assert [name for name, _, _ in described] == columns == views.COLUMNS[view].split()
        assert all(text for _, _, text in described)


def test_dictionary__types_and_nulls_of_views_are_true(filled: Store) -> None:
    """B97: a column that can be null is null somewhere in the filled store, and no other one is anywhere."""
    for view in dictionary.VIEWS:
        rows = list(zip(*filled.db.rows(f"SELECT * FROM {view}"), strict=True))
        for values, (name, type_, _) in zip(rows, dictionary.view_columns(view), strict=True):
            kind, _, null = type_.partition(" ")
            assert (None in values) == bool(null), (view, name)
            there = [value for value in values if value is not None]
            assert {type(value) for value in there} == {PYTHON[kind]}, (view, name)
            assert kind != "flag" or set(there) <= {0, 1}, (view, name)
            assert kind != "time" or all(times.from_text(value) for value in there), (view, name)


def test_dictionary__tables_are_described_as_they_are(filled: Store) -> None:
    """B97: every table but those that libraries keep, and every column of each."""
    kept = ("schema_migration", "ticket_words", "sqlite_")
    tables = [name for name in filled.db.peewee.get_tables() if not name.startswith(kept)]
    assert sorted(dictionary.TABLES) == sorted(tables) == sorted(model._meta.table_name for model in models.TABLES)
    for table in tables:
        columns = {column.name for column in filled.db.peewee.get_columns(table)}
        described = dictionary.table_columns(table)
        assert set(described) == columns
        assert all(described.values())
