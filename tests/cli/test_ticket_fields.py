"""Labels, dispatching, priority, type, due date and description, by command."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Desk

ALICE = "alice@company.example"


def changes(desk: Desk, ticket: str, actor: str = "administrator") -> list[str]:
    """What the history says that somebody changed."""
    entries = desk.json("history", ticket)
    return [row["text"] for row in entries if row["kind"] == "change" and row["actor"] == actor]


def test_labels_go_on_and_off(desk: Desk, ticket: str) -> None:
    """B90, B71, B94: several at once, in order; one history entry with both lists; `--label` finds the ticket."""
    told = desk.done("ticket", "label", ticket, "--add", "vip", "--add", "printer", "--as", ALICE)
    assert told == f"labels of ticket {ticket}: printer, vip\n"
    assert [row["number"] for row in desk.json("tickets", "--label", "vip")] == [ticket]
    assert desk.done("ticket", "label", ticket, "--add", "late", "--remove", "vip") == (
        f"labels of ticket {ticket}: late, printer\n"
    )
    assert desk.json("tickets", "--label", "vip") == []
    assert changes(desk, ticket, ALICE) == ["labels: – → printer,vip"]
    assert changes(desk, ticket) == ["labels: printer,vip → late,printer"]
    assert "none" in desk.done("ticket", "label", ticket, "--remove", "late", "--remove", "printer")


def test_wrong_labels_are_refused(desk: Desk, ticket: str) -> None:
    """B97: no comma, not empty; no label at all is wrong use."""
    assert "has no comma" in desk.refused("ticket", "label", ticket, "--add", "a,b")
    assert "is not empty" in desk.refused("ticket", "label", ticket, "--add", " ")
    assert "name at least one option" in desk.refused("ticket", "label", ticket, status=2)


def test_dispatching_is_a_view(desk: Desk, ticket: str) -> None:
    """B90, B94, B71: For Dispatching lists the ticket for as long as it waits."""
    assert "waits for dispatching" in desk.done("ticket", "dispatch", ticket, "on")
    assert [row["number"] for row in desk.json("tickets", "--view", "dispatching")] == [ticket]
    assert "waits for dispatching" in desk.done("ticket", "show", ticket)
    desk.done("ticket", "dispatch", ticket, "OFF", "--as", ALICE)
    assert desk.json("tickets", "--view", "dispatching") == []
    assert changes(desk, ticket) + changes(desk, ticket, ALICE) == ["dispatching: off → on", "dispatching: on → off"]
    desk.refused("ticket", "dispatch", ticket, "maybe", status=2)


def test_fields_are_set_and_shown(desk: Desk, ticket: str) -> None:
    """B90, B71: each a history entry; an empty text clears."""
    words = (
        "--priority",
        "very  high",
        "--type",
        "repair",
        "--due",
        "2026-12-01",
        "--description",
        "It burns.\nStill.",
    )
    assert desk.done("ticket", "set", ticket, *words, "--as", ALICE) == (
        f"ticket {ticket}: priority, type, due, description set\n"
    )
    row = desk.json("ticket", "show", ticket)
    assert (row["priority"], row["type"], row["description"]) == ("very high", "repair", "It burns.\nStill.")
    assert changes(desk, ticket, ALICE)[:2] == ["priority: – → very high", "type: – → repair"]
    shown = desk.done("ticket", "show", ticket)
    assert all(part in shown for part in ("very high", "repair", "2026-12-01 00:00", "It burns.\nStill."))
    desk.done("ticket", "set", ticket, "--priority", "", "--due", "")
    row = desk.json("ticket", "show", ticket)
    assert (row["priority"], row["type"], row["due_at"]) == ("", "repair", None)
    assert changes(desk, ticket) == ["priority: very high → –", "due: 2026-12-01T00:00:00.000Z → –"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2026-12-01", "2026-12-01T00:00:00.000Z"),
        (" 2026-12-01T14:30 ", "2026-12-01T14:30:00.000Z"),
        ("2026-12-01T14:30:15Z", "2026-12-01T14:30:15.000Z"),
        ("2026-12-01T14:30+01:00", "2026-12-01T13:30:00.000Z"),
    ],
)
def test_due_is_a_date_or_a_time(desk: Desk, ticket: str, typed: str, stored: str) -> None:
    """B90: ISO 8601; a date is its first moment, and without a zone it is UTC."""
    desk.done("ticket", "set", ticket, "--due", typed)
    assert desk.json("ticket", "show", ticket)["due_at"] == stored


@pytest.mark.parametrize("typed", ["tomorrow", "2026-13-01", "01.12.2026", "0001-01-01T00:00+14:00"])
def test_wrong_due_dates_say_what_is_allowed(desk: Desk, ticket: str, typed: str) -> None:
    """interface: exit status 2, and nothing is set."""
    reason = desk.refused("ticket", "set", ticket, "--due", typed, "--priority", "high", status=2)
    assert f"--due '{typed}': allowed are 2026-12-01" in reason
    assert desk.json("ticket", "show", ticket)["priority"] == ""


def test_description_comes_from_standard_input(desk: Desk, ticket: str) -> None:
    """interface: `-` for TEXT reads standard input."""
    desk.done("ticket", "set", ticket, "--description", "-", stdin="Two\nlines\n")
    assert desk.json("ticket", "show", ticket)["description"] == "Two\nlines"


def test_nothing_to_set_is_wrong_use(desk: Desk, ticket: str) -> None:
    """interface: exit status 2."""
    assert "name at least one option" in desk.refused("ticket", "set", ticket, status=2)


def test_unknown_ticket_is_refused(desk: Desk) -> None:
    """interface: exit status 1."""
    for words in (
        ("label", "0500-7777", "--add", "x"),
        ("dispatch", "0500-7777", "on"),
        ("set", "0500-7777", "--type", "x"),
    ):
        assert "0500-7777: there is none" in desk.refused("ticket", *words)
