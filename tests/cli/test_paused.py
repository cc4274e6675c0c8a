"""Paused pairs of sender and ticket, as people and monitoring see them (B13, B106)."""

from __future__ import annotations

import json

from tests.cli.conftest import Desk

JANE, ROBOT = "jane@acme.example", "robot@else.example"


def test_one_mail_too_many_and_back(build: object) -> None:
    """B13, B106: paused by a mail, shown by `ticket show` and `status`, ended by `ticket resume`."""
    desk: Desk = build(EMAILCONNECTOR__MailsPerTicketPerHour="2")  # type: ignore[operator]
    for n in range(4):
        desk.take(f"{n}.eml", subject=f"[0500-1000] {n}")
    (paused,) = desk.json("ticket", "show", "0500-1000")["paused"]
    assert paused["sender"] == JANE
    words = f"mails of {JANE} since {paused['since'][:16].replace('T', ' ')}"
    shown = " ".join(desk.done("ticket", "show", "0500-1000", "--peek").split())
    assert f"Paused {words}: filed, nobody is sent them; `ticket resume 0500-1000 {JANE}` ends it" in shown

    told = desk.done("ticket", "resume", "0500-1000", "Jane@Acme.example")
    assert told.splitlines() == [
        "ticket 0500-1000: mails of Jane@Acme.example are distributed again",
        "2 mails were filed meanwhile and not distributed; `ticket show 0500-1000` has them",
    ]
    assert desk.json("ticket", "show", "0500-1000")["paused"] == []
    assert f"{JANE} is not paused" in desk.refused("ticket", "resume", "0500-1000", JANE)


def test_status_warns(desk: Desk, ticket: str) -> None:
    """B106: exit status 1, how many there are, the newest by name; for people and for programs."""
    for n in range(6):
        desk.pause(ticket, f"{n}@else.example")
    result = desk.type("status", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["counts"]["paused"]) == (1, 6)
    named = ", ".join(f"{n}@else.example on {ticket}" for n in (5, 4, 3, 2, 1))
    assert told["reasons"] == [f"6 paused pairs of sender and ticket: {named} and 1 more"]
    assert "paused pairs" in desk.type("status").stdout


def test_alarm_is_rendered_for_a_ticket(desk: Desk, ticket: str) -> None:
    """B86: as its manager would get it, about whoever wrote the first mail."""
    told = desk.json("templates", "test", "paused-pair", ticket)
    assert (told["envelope_from"], told["envelope_to"]) == ("", ["alice@company.example"])
    assert f"email-connector ticket resume {ticket} {JANE}" in told["body"]
    desk.done("accounts", "add", "Empty Inc")
    number = desk.done("ticket", "new", "--account", "Empty Inc", "--subject", "By hand", "--no-alert").strip()
    assert "has no manager" in desk.refused("templates", "test", "paused-pair", number)
