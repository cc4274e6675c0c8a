"""The directory as a CSV file, in and out (interface: People). What is wrong is said with its line, all at once."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from connector.config.values import boolean, names
from connector.privileges import group_named
from storage.people_rows import AccountRow, ContactRow, EmployeeRow, PeopleRefused, PersonRow
from storage.records import MAIL_OPTIONS

COLUMNS = (
    "kind", "name", "email1", "email2", "account", "active", "privileges", "mail_option", "manager", "main", "domain",
)  # fmt: skip
KINDS = ("employee", "account", "contact")

FORMULA = re.compile(r"'*[=+\-@\t\uff1d\uff0b\uff0d\uff20]")
"""The start of a cell that a spreadsheet would take for a formula, however often it is guarded already.

Some take the wide forms of the signs for the signs.
"""

Cells = Mapping[str, str]


def read_people(file: Path, groups: Iterable[str]) -> list[PersonRow]:
    """The rows of a CSV file; PeopleRefused with a line for each bad one, and nothing is imported then."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return _rows(opened, tuple(groups))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PeopleRefused([f"{file}: cannot be read: {error}"]) from error


def _rows(opened: TextIO, groups: Sequence[str]) -> list[PersonRow]:
    reader = csv.DictReader(opened, strict=True)
    wrong = sorted(set(COLUMNS) ^ set(reader.fieldnames or ()))
    if wrong:
        raise PeopleRefused([f"line 1: columns missing or unknown: {', '.join(wrong)}; expected {','.join(COLUMNS)}"])
    rows: list[PersonRow] = []
    problems: list[str] = []
    for cells in reader:
        line = reader.line_num
        if None in cells or None in cells.values():
            problems.append(f"line {line}: has not {len(COLUMNS)} columns")
            continue
        try:
            rows.append(_row({key: _unguarded(value.strip()) for key, value in cells.items()}, groups, line))
        except ValueError as error:
            problems.append(f"line {line}: {error}")
    if problems:
        raise PeopleRefused(problems)
    return rows


def _row(cells: Cells, groups: Sequence[str], line: int) -> PersonRow:
    kind = cells["kind"].lower()
    if kind == "employee":
        return _employee(cells, groups, line)
    if kind == "account":
        domains = tuple(domain.lower() for domain in names(cells["domain"]))
        return AccountRow(cells["name"], cells["email1"], cells["email2"], domains, cells["manager"], line)
    if kind == "contact":
        main = _flag(cells, "main", default=False)
        return ContactRow(cells["name"], cells["account"], cells["email1"], cells["email2"], main, line)
    raise ValueError(f"kind: found {cells['kind']!r}; allowed {', '.join(KINDS)}")


def _employee(cells: Cells, groups: Sequence[str], line: int) -> EmployeeRow:
    group = group_named(cells["privileges"] or "Full", groups)
    if group is None:
        raise ValueError(f"privileges: found {cells['privileges']!r}; allowed {', '.join(groups)}")
    option = cells["mail_option"].lower() or "manager"
    if option not in MAIL_OPTIONS:
        raise ValueError(f"mail_option: found {cells['mail_option']!r}; allowed {', '.join(MAIL_OPTIONS)}")
    active = _flag(cells, "active", default=True)
    return EmployeeRow(cells["name"], cells["email1"], cells["email2"], active, group, option, line)


def _flag(cells: Cells, column: str, *, default: bool) -> bool:
    try:
        return boolean(cells[column], Path()) if cells[column] else default
    except ValueError as error:
        raise ValueError(f"{column}: found {cells[column]!r}; allowed {error}") from error


def write_people(rows: Iterable[PersonRow], out: TextIO) -> None:
    """The rows as a CSV file that `read_people` reads back the same, and in which a spreadsheet finds no formula."""
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _guarded(value) for name, value in _cells(row)} for row in rows)


def _guarded(value: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would calculate it."""
    return f"'{value}" if FORMULA.match(value) else value


def _unguarded(value: str) -> str:
    """The cell without the apostrophe that `_guarded` put there."""
    return value[1:] if value.startswith("'") and FORMULA.match(value) else value


def _cells(row: PersonRow) -> Iterator[tuple[str, str]]:
    yield from (("name", row.name), ("email1", row.email1), ("email2", row.email2))
    if isinstance(row, EmployeeRow):
        yield from (("kind", "employee"), ("active", "Y" if row.active else "N"))
        yield from (("privileges", row.group), ("mail_option", row.mail_option))
    elif isinstance(row, AccountRow):
        yield from (("kind", "account"), ("manager", row.manager), ("domain", ";".join(row.domains)))
    else:
        yield from (("kind", "contact"), ("account", row.account), ("main", "Y" if row.main else ""))
