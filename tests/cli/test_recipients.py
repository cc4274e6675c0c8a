"""Both recipient lists of a ticket, by command."""

from __future__ import annotations

import pytest

from storage.views import COLUMNS
from tests.cli.conftest import Desk

CAROL = "carol@company.example"


def lists(desk: Desk, ticket: str) -> set[tuple[str, str | None, str]]:
    return {(row["list"], row["type"], row["address"]) for row in desk.json("recipients", ticket)}


def test_lists_are_rows_of_the_view(desk: Desk, ticket: str) -> None:
    """B97: recipient_v1; `list` may be said or not."""
    rows = desk.json("recipients", ticket)
    assert list(rows[0]) == COLUMNS["recipient_v1"].split()
    assert desk.json("recipients", ticket, "list") == rows


def test_add_and_remove_addresses(desk: Desk, ticket: str) -> None:
    """B64, B71: several separated by comma or semicolon, To, Cc or Bcc; each change is in the history."""
    desk.done("recipients", ticket, "add", "A@B.example; c@d.example", "e@f.example", "--type", "bcc")
    added = {("external", "bcc", address) for address in ("a@b.example", "c@d.example", "e@f.example")}
    assert added <= lists(desk, ticket)
    desk.done("recipients", ticket, "remove", "a@b.example,c@d.example")
    assert added & lists(desk, ticket) == {("external", "bcc", "e@f.example")}
    changes = [row["text"] for row in desk.json("history", ticket) if row["actor"] == "administrator"]
    assert "recipients: – → bcc a@b.example" in changes
    assert "recipients: bcc a@b.example → –" in changes


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("Bob <bob@x.example>", "'Bob <bob@x.example>' is not a plain address"),
        ("good@x.example, bad", "'bad' is not a plain address"),
        ("support@example.com", "is a public address"),
        ("Support+x@example.com", "is a public address"),
        ("alice@company.example", "is an employee's address"),
    ],
)
def test_what_is_no_external_recipient(desk: Desk, ticket: str, address: str, reason: str) -> None:
    """B64, B61: the error names the address; nothing is added."""
    before = lists(desk, ticket)
    assert reason in desk.refused("recipients", ticket, "add", address)
    assert lists(desk, ticket) == before


def test_employees_and_roles(desk: Desk, ticket: str) -> None:
    """B64: employees by address, and by role."""
    desk.done("recipients", ticket, "remove", "manager,account-manager")
    names = {row["name"] for row in desk.json("recipients", ticket)}
    assert not names & {"Ticket Manager", "Account Manager"}
    desk.done("recipients", ticket, "add-employee", f"{CAROL},manager;account-manager")
    names = {row["name"] for row in desk.json("recipients", ticket)}
    assert {"Ticket Manager", "Account Manager", "Carol Clark"} <= names
    desk.done("recipients", ticket, "remove", CAROL)
    assert ("employee", None, CAROL) not in lists(desk, ticket)


def test_unknown_employee_is_refused(desk: Desk, ticket: str) -> None:
    """B64: nothing is added where one of them is wrong."""
    before = lists(desk, ticket)
    assert "no employee" in desk.refused("recipients", ticket, "add-employee", f"{CAROL},x@y.example")
    assert lists(desk, ticket) == before


def test_removing_who_is_not_there(desk: Desk, ticket: str) -> None:
    """interface: exit status 1, and nobody is removed."""
    before = lists(desk, ticket)
    assert "not among its recipients" in desk.refused("recipients", ticket, "remove", "jane@acme.example,x@y.example")
    assert lists(desk, ticket) == before


def test_subscribe_oneself(desk: Desk, ticket: str) -> None:
    """B64: employees subscribe and unsubscribe themselves; the administrator is none."""
    desk.done("recipients", ticket, "subscribe", "--as", CAROL)
    assert ("employee", None, CAROL) in lists(desk, ticket)
    desk.done("recipients", ticket, "unsubscribe", "--as", CAROL)
    assert ("employee", None, CAROL) not in lists(desk, ticket)
    assert "say with --as" in desk.refused("recipients", ticket, "subscribe", status=2)


def test_remove__who_left_the_house(desk: Desk, ticket: str) -> None:
    """B64: an employee who is not active any more can be taken off, and found by the filter."""
    desk.done("recipients", ticket, "add-employee", "carol@company.example")
    desk.done("ticket", "assign", ticket, "carol@company.example")
    file = desk.folder / "left.csv"
    file.write_text(
        "kind,name,email1,email2,account,active,privileges,mail_option,manager,main,domain\n"
        "employee,Carol Clark,carol@company.example,,,N,Partial,subscribed,,,\n"
    )
    desk.done("people", "import", str(file))
    assert [row["number"] for row in desk.json("tickets", "--manager", "carol@company.example")] == [ticket]
    desk.done("ticket", "assign", ticket, "nobody")
    desk.done("recipients", ticket, "remove", "carol@company.example")
    assert "carol@company.example" not in desk.done("recipients", ticket)


def test_add__nothing_is_wrong_use(desk: Desk, ticket: str) -> None:
    """B64: an empty list says so instead of done."""
    assert "no employee was given" in desk.refused("recipients", ticket, "add-employee", ",", status=2)
    assert "no address was given" in desk.refused("recipients", ticket, "add", ",")
