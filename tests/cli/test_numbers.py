"""The number of the next ticket, shown and raised."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cli.conftest import Desk

BOB = "bob@company.example"


def test_next_number_is_shown(desk: Desk, ticket: str) -> None:
    """B90: for people and for programs."""
    assert desk.done("numbers") == "the next ticket is 0500-1001\n"
    assert desk.json("numbers") == {"next": "0500-1001", "raised": []}


def test_number_is_raised_and_the_history_kept(desk: Desk, ticket: str) -> None:
    """B90, interface: by the next counter or the next whole number; who, when, old and new are told."""
    assert desk.done("numbers", "raise", "2000", "--as", BOB) == "the next ticket is 0500-2000\n"
    assert desk.done("numbers", "raise", "0500-10000") == "the next ticket is 0500-10000\n"
    desk.take("next.eml", subject="Scanner")
    assert desk.json("tickets")[0]["number"] == "0500-10000"
    raised = desk.json("numbers")["raised"]
    assert [(row["by"], row["old"], row["new"]) for row in raised] == [
        (BOB, "0500-1001", "0500-2000"),
        ("administrator", "0500-2000", "0500-10000"),
    ]
    assert all(row["at"].endswith("Z") for row in raised)
    shown = desk.done("numbers", "list")
    assert shown.startswith("the next ticket is 0500-10001\n")
    assert BOB in shown


def test_number_never_goes_down(desk: Desk, ticket: str) -> None:
    """B90: exit status 1, with the number that stays."""
    for number in ("1000", "0500-1000", "0"):
        assert "the next one is 0500-1001 already, and it is never lowered" in desk.refused("numbers", "raise", number)
    assert desk.done("numbers", "raise", "1001") == "the next ticket is 0500-1001\n"
    assert desk.json("numbers") == {"next": "0500-1001", "raised": []}


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("0600-2000", "numbers start with 0500 (NumberPrefix in [TICKETS])"),
        ("2000x", "allowed are a counter such as 2000, and a number such as 0500-2000"),
        ("-2000", "No such option"),
        ("٢٠٠٠", "allowed are a counter"),
        ("123456789", "allowed are a counter"),
        ("", "allowed are a counter"),
    ],
)
def test_what_is_no_number_is_wrong_use(desk: Desk, number: str, reason: str) -> None:
    """interface: exit status 2."""
    assert reason in desk.refused("numbers", "raise", number, status=2)


def test_number_that_no_answer_could_bring_back_is_refused(build: Callable[..., Desk]) -> None:
    """B30, B90: TicketSubjectPattern must find the number, or every answer would open a ticket."""
    desk = build(EMAILCONNECTOR__TicketSubjectPattern=r"\[(?P<number>\d{4}-\d{4,6})\]")
    desk.done("numbers", "raise", "999999")
    reason = desk.refused("numbers", "raise", "1000000")
    assert "TicketSubjectPattern does not find it in 'Ticket [0500-1000000]'" in reason


def test_number_is_raised_with_the_privilege(desk: Desk) -> None:
    """B96: increment-ticket-number; everyone sees the number."""
    alice = "alice@company.example"
    assert "the privilege increment-ticket-number is missing" in desk.refused("numbers", "raise", "2000", "--as", alice)
    assert desk.done("numbers", "--as", alice) == "the next ticket is 0500-1000\n"
