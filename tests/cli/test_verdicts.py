"""How sure a sender is, and characters that nobody sees, as commands show them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.mail.clean import is_hidden
from tests.cli.conftest import Desk
from tests.house import mail_bytes

FAIL = b"Authentication-Results: mx.example.com; dmarc=fail header.from="
HIDDEN = "\u200b\u202e\U000e0041"  # no width, right to left, a tag


@pytest.fixture
def trusting(build: Callable[..., Desk]) -> Desk:
    """An installation that believes mx.example.com."""
    return build(EMAILCONNECTOR__TrustedAuthservId="mx.example.com")


def test_verdict__of_a_customer_is_shown_with_its_reason(trusting: Desk) -> None:
    """B26: `history show` says what was looked at, the ticket marks who is refuted, `--dry-run` says both."""
    raw = FAIL + b"acme.example\r\n" + mail_bytes("Jane Doe <jane@acme.example>")
    why = "mx.example.com found that it is not from acme.example: dmarc=fail (acme.example)"

    assert why in " ".join(trusting.done("process", "-", "--dry-run", stdin=raw, width=200).split())
    trusting.done("process", "-", stdin=raw)

    shown = " ".join(trusting.done("history", "show", "1", width=300).split())
    assert "failed; " in shown
    assert why in shown
    assert "jane@acme.example (refuted)" in trusting.done("ticket", "show", "0500-1000", "--peek", width=250)
    assert trusting.json("history", "0500-1000")[0]["authentication"] == "failed"


def test_verdict__of_a_forged_employee_is_shown_in_the_queue(trusting: Desk) -> None:
    """B9, B26: a held mail says that it is not proved, and what was found."""
    trusting.done("process", "-", stdin=FAIL + b"company.example\r\n" + mail_bytes("alice@company.example"))
    [row] = trusting.json("queue")

    shown = " ".join(trusting.done("queue", "show", row["id"], width=200).split())

    assert "it is not proved that the employee wrote" in shown
    assert "mx.example.com found that it is not from company.example" in shown


def test_hidden_characters_are_escaped_wherever_from_is_shown(build: Callable[..., Desk]) -> None:
    """B27: in dry run, queue, entries, tickets and listings no hidden character of From reaches the terminal."""
    desk = build(EMAILCONNECTOR__UnknownSender="hold")
    raw = mail_bytes(f"Al{HIDDEN}ice <alice@company.example>", Message_ID="<1@x.example>")
    outputs = [desk.done("process", "-", "--dry-run", stdin=raw, width=300)]
    assert all(sign in outputs[0] for sign in ("\\u200b", "\\u202e", "\\U000e0041", "control-characters"))
    desk.done("process", "-", stdin=raw)
    [held] = desk.json("queue")
    outputs += [desk.done("queue", width=300), desk.done("queue", "show", held["id"], width=300)]
    assert "\\u200b" in outputs[2]

    filed = build()
    filed.done("process", "-", stdin=raw)
    listings = (("history", "0500-1000"), ("history", "show", "1"), ("tickets",), ("inbox",))
    outputs += [filed.done(*words, width=300) for words in (*listings, ("ticket", "show", "0500-1000", "--peek"))]
    outputs += [filed.done(*words, "--json") for words in listings]

    assert "\\u200b" in outputs[4]
    assert not any(is_hidden(letter) and letter != "\n" for output in outputs for letter in output)


def test_reply_by_command_is_logged_in(build: Callable[..., Desk]) -> None:
    """B26: whoever replies by command is known to be that employee, also where proof is required."""
    desk = build(EMAILCONNECTOR__EmployeeAuthentication="required")
    desk.done("process", "-", stdin=mail_bytes("Jane Doe <jane@acme.example>"))

    desk.done("ticket", "reply", "0500-1000", "It is on its way.", "--as", "alice@company.example")

    assert desk.json("history", "0500-1000")[-1]["authentication"] == "authentic"
