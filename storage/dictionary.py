"""The data dictionary in README.md, made from the schema and the descriptions beside it (B97).

`python -m storage.dictionary` writes it anew between its two marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee

from storage import models, models_people
from storage.dictionary_tables import TABLES
from storage.dictionary_views import VIEWS
from storage.times import UtcField

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- dictionary: python -m storage.dictionary -->", "<!-- end of dictionary -->"
TYPES: tuple[tuple[type, str], ...] = (
    (models_people.Flag, "flag"),
    (UtcField, "time"),
    (peewee.BlobField, "bytes"),
    (peewee.ForeignKeyField, "id"),
    (peewee.AutoField, "id"),
    (peewee.IntegerField, "integer"),
)
"""What a field is called, by the first class it belongs to; all others are text."""


def view_columns(view: str) -> list[tuple[str, str, str]]:
    """Name, type and description of each column of a view."""
    return [_three(line) for line in VIEWS[view][1].strip().split("\n")]


def _three(line: str) -> tuple[str, str, str]:
    name, type_, text = line.split(" | ", 2)
    return name, type_, text


def table_columns(table: str) -> dict[str, str]:
    """The description of each column of a table."""
    lines = (line.partition(" | ") for line in TABLES[table].strip().split("\n")[1:])
    return {name: text for name, _, text in lines}


def page() -> str:
    """The section between the marks."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for view, (row, _) in VIEWS.items():
        yield from (f"### `{view}`: {row}", "", "| column | type | what it holds |", "|---|---|---|")
        yield from (f"| `{name}` | {_words(type_)} | {text} |" for name, type_, text in view_columns(view))
        yield ""
    yield from ("## Tables", "", "For whoever works on the program; they may change with any version.", "")
    for model in models.TABLES:
        yield from _table(model)


def _table(model: Any) -> Iterator[str]:
    table = model._meta.table_name
    described = table_columns(table)
    yield from (f"### `{table}`: {TABLES[table].strip().partition(chr(10))[0]}", "")
    yield from ("| column | type | what it holds |", "|---|---|---|")
    for field in model._meta.sorted_fields:
        null = " null" if field.null else ""
        yield f"| `{field.column_name}` | {_words(_type(field) + null)} | {described[field.column_name]} |"
    yield ""


def _type(field: peewee.Field) -> str:
    if isinstance(field, peewee.ForeignKeyField):
        return f"id of `{field.rel_model._meta.table_name}`"
    return next((name for class_, name in TYPES if isinstance(field, class_)), "text")


def _words(type_: str) -> str:
    """A type as it is shown: `text, or null`."""
    return type_.replace(" null", ", or null")


def written(text: str) -> str:
    """The README with its section made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{page()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
