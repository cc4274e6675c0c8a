"""The directory as a CSV file: what is wrong is said with its line, and nothing is imported then."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from connector.people import COLUMNS, read_people, write_people
from connector.privileges import GROUPS
from storage.people_rows import AccountRow, ContactRow, EmployeeRow, PeopleRefused
from tests.house import PEOPLE

HEAD = ",".join(COLUMNS)


def read(folder: Path, *lines: str) -> list[object]:
    file = folder / "people.csv"
    file.write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
    return list(read_people(file, GROUPS))


def problems(folder: Path, *lines: str) -> tuple[str, ...]:
    with pytest.raises(PeopleRefused) as refused:
        read(folder, *lines)
    return tuple(refused.value.problems)


def test_rows_of_each_kind(tmp_path: Path) -> None:
    """Every kind of row becomes what it says; empty cells are the defaults."""
    rows = read(
        tmp_path,
        "employee,Ann,ann@house.example,ann@home.example,,N,limited,ALL,,,",
        "account,Acme,,,,,,,ann@house.example,,acme.example; ACME.test",
        "contact,Jane,jane@acme.example,,Acme,,,,,Y,",
    )
    assert rows == [
        EmployeeRow("Ann", "ann@house.example", "ann@home.example", active=False, group="Limited", mail_option="all"),
        AccountRow("Acme", domains=("acme.example", "acme.test"), manager="ann@house.example"),
        ContactRow("Jane", "Acme", "jane@acme.example", main=True),
    ]


def test_all_bad_rows_are_told_with_their_lines(tmp_path: Path) -> None:
    """Each bad row is reported with its line, what was found and what is allowed."""
    told = problems(
        tmp_path,
        "robot,R2,,,,,,,,,",
        "employee,Ann,ann@house.example,,,maybe,,,,,",
        "employee,Bob,bob@house.example,,,,Kings,,,,",
        "employee,Eve,eve@house.example,,,,,sometimes,,,",
        "contact,Jane",
    )
    assert [line.partition(":")[0] for line in told] == ["line 2", "line 3", "line 4", "line 5", "line 6"]
    assert "'robot'; allowed employee, account, contact" in told[0]
    assert "'Kings'; allowed SysAdmin" in told[2]


def test_wrong_columns_are_told(tmp_path: Path) -> None:
    """A file with other columns is refused as a whole, with the columns expected."""
    file = tmp_path / "people.csv"
    file.write_text("kind,name,mail\n", encoding="utf-8")
    with pytest.raises(PeopleRefused, match="expected kind,name,email1"):
        read_people(file, GROUPS)


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A file that is not there is refused by name."""
    with pytest.raises(PeopleRefused, match=r"nobody\.csv"):
        read_people(tmp_path / "nobody.csv", GROUPS)


def test_written_rows_are_read_back_the_same(tmp_path: Path) -> None:
    """An export can be imported again."""
    rows = read_people(PEOPLE, GROUPS)
    out = io.StringIO()
    write_people(rows, out)
    again = tmp_path / "again.csv"
    again.write_text(out.getvalue(), encoding="utf-8")
    assert read_people(again, GROUPS) == rows


DANGEROUS = ("=SUM(A1)", "+1", "-2+3", "@cmd", "'=already", "''=twice")
HARMLESS = ("'t Hooft", "O'Neill", "a=b", "Ann")


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """interface: what a spreadsheet would calculate is written behind an apostrophe, and read back without it."""
    rows = [AccountRow(name, domains=("-x.example",)) for name in (*DANGEROUS, *HARMLESS)]
    out = io.StringIO()
    write_people(rows, out)
    cells = [cell for row in csv.reader(out.getvalue().splitlines()) for cell in row]
    assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t")] == []
    assert set(HARMLESS) <= set(cells)
    file = tmp_path / "again.csv"
    file.write_text(out.getvalue(), encoding="utf-8")
    assert read_people(file, GROUPS) == rows


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_each_start_of_a_formula_is_guarded(start: str) -> None:
    """interface: also the ones that no stored name begins with."""
    out = io.StringIO()
    write_people([EmployeeRow(f"{start}1", "ann@house.example")], out)
    _, row = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert row[1] == f"'{start}1"
