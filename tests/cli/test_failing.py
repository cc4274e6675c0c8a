"""Addresses that mail does not reach, as people and monitoring see them (B11, B106)."""

from __future__ import annotations

import json

from tests.cli.conftest import Desk

JANE, ALICE = "jane@acme.example", "alice@company.example"


def test_suspended_and_resumed(desk: Desk) -> None:
    """B11: the list, for people and programs; one command ends it."""
    desk.fail(JANE, 3, suspend=True)
    desk.fail(ALICE, 1)

    assert desk.json("deliveries", "suspended") == [
        {
            "address": JANE,
            "failures": 3,
            "failed_at": "2026-03-02T09:00:00.000Z",
            "suspended_at": "2026-03-02T09:00:00.000Z",
            "employee": "",
            "last_answer": "550 5.1.1 no such user",
        },
        {
            "address": ALICE,
            "failures": 1,
            "failed_at": "2026-03-02T09:00:00.000Z",
            "suspended_at": None,
            "employee": "Alice Archer",
            "last_answer": "550 5.1.1 no such user",
        },
    ]
    assert JANE in desk.done("deliveries", "suspended", width=200)

    assert desk.done("deliveries", "resume", "Jane@ACME.example", ALICE).splitlines() == [
        "mail is sent to Jane@ACME.example again",
        f"mail is sent to {ALICE} again",
    ]
    assert desk.json("deliveries", "suspended") == []
    assert f"mail to {JANE} has not failed" in desk.refused("deliveries", "resume", JANE)


def test_resume_tells_what_was_not_sent(desk: Desk) -> None:
    """B11: what was not sent meanwhile is not sent later, and stands there."""
    desk.fail(ALICE, 1, suspend=True)
    desk.take(subject="Printer")

    assert "1 mails were not sent to it, and are not sent now" in desk.done("deliveries", "resume", ALICE)
    (row,) = desk.json("deliveries", "--state", "suspended")
    assert row["recipient"] == ALICE


def test_deliveries_are_listed_without_a_further_word(desk: Desk) -> None:
    """B87: options of the list stand behind the group's name as before."""
    desk.take(subject="Printer")

    assert desk.json("deliveries", "--state", "pending") == desk.json("deliveries", "list", "--state", "pending") != []


def test_status_warns(desk: Desk) -> None:
    """B106: exit status 1, and how many there are."""
    desk.fail(JANE, 3, suspend=True)
    desk.fail(ALICE, 1)

    result = desk.type("status", "--json")

    told = json.loads(result.stdout)
    assert (result.exit_code, told["counts"]["suspended"], told["counts"]["failing_employees"]) == (1, 1, 1)
    assert told["reasons"] == [
        "1 suspended address: see `deliveries suspended`",
        "1 employee's failing address: see `deliveries suspended`",
    ]


def test_alarm_is_rendered_for_a_ticket(desk: Desk, ticket: str) -> None:
    """B11: as its manager would get it, about the first External Recipient."""
    told = desk.json("templates", "test", "suspended-address", ticket)

    assert (told["envelope_from"], told["envelope_to"]) == ("", [ALICE])
    assert f"email-connector deliveries resume {JANE}" in told["body"]
