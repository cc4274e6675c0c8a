"""People in and out, and their listings."""

from __future__ import annotations

from tests.cli.conftest import Desk
from tests.house import PEOPLE


def test_import_counts_and_a_second_one_changes_nothing(empty: Desk) -> None:
    """interface: counts by kind; shared addresses and domains are warned of (B22, B24)."""
    first = empty.type("people", "import", str(PEOPLE))
    assert "employees  10 new, 0 changed, 0 same" in first.stdout
    assert "desk@company.example" in first.stderr
    assert "twins.example" in first.stderr
    assert "employees  0 new, 0 changed, 10 same" in empty.done("people", "import", str(PEOPLE))


def test_bad_row_is_told_with_its_line(desk: Desk) -> None:
    """interface: a bad row is reported with its line, and nothing is imported."""
    file = desk.folder / "people.csv"
    lines = PEOPLE.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], "employee,New,new@company.example,,,Y,Full,manager,,,", "robot" + "," * 10]))
    assert "line 3: kind: found 'robot'" in desk.refused("people", "import", str(file))
    assert "New" not in [row["name"] for row in desk.json("employees")]
    assert "cannot be read" in desk.refused("people", "import", "gone.csv")


def test_import_needs_every_privilege(desk: Desk) -> None:
    """B96: who imports gives privileges away; the refusal names the missing one."""
    reason = desk.refused("people", "import", str(PEOPLE), "--as", "alice@company.example")
    assert "the privilege increment-ticket-number is missing" in reason
    desk.done("people", "import", str(PEOPLE), "--as", "bob@company.example")


def test_export_is_what_import_reads(desk: Desk) -> None:
    """interface: to standard output or into a new file; importing it changes nothing."""
    desk.done("people", "export", "out.csv")
    assert (desk.folder / "out.csv").read_text(encoding="utf-8") == desk.done("people", "export")
    assert "10 same" in desk.done("people", "import", "out.csv")
    assert "is not overwritten" in desk.refused("people", "export", "out.csv")


def test_employees(desk: Desk) -> None:
    """B89, B96: addresses, group and mail option."""
    row = next(row for row in desk.json("employees") if row["name"] == "Dave Dunn")
    assert row == {
        "name": "Dave Dunn",
        "email1": "dave@company.example",
        "email2": "",
        "active": False,
        "privileges": "Full",
        "mail_option": "manager",
    }
    assert "Alice Archer" in desk.done("employees")


def test_accounts(desk: Desk) -> None:
    """B24, B63: manager, domains, main contact."""
    row = next(row for row in desk.json("accounts") if row["name"] == "Borealis GmbH")
    assert (row["manager"], row["domains"], row["main_contact"]) == (
        "judy@company.example",
        ["borealis.example", "twins.example"],
        "birgit@borealis.example",
    )
    assert "Corvus SA" in desk.done("accounts")


def test_nobody_is_no_error(empty: Desk) -> None:
    """interface: an empty listing is an empty array, and a hint for people."""
    assert empty.json("employees") == []
    assert "people import" in empty.done("accounts")
