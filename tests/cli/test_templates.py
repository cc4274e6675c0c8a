"""The texts that go to customers: which there are, and what one says of a ticket."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.templates import PURPOSES
from tests.cli.conftest import Desk
from tests.house import ROOT


def own_rules(desk: Desk, file: str, text: str) -> None:
    """Give the installation rules of its own, one template in them changed."""
    shutil.copytree(ROOT / "rules", desk.folder / "own")
    (desk.folder / "own" / "templates" / file).write_text(text, encoding="utf-8")
    ini = desk.file.read_text(encoding="utf-8").replace(str(ROOT / "rules"), "own")
    desk.file.write_text(ini, encoding="utf-8")


def nothing_new(desk: Desk) -> list[str]:
    """What would show that something was sent or changed."""
    store = desk.store()
    rows = [str(store.history("0500-1000")), str(store.deliveries()), str(store.ticket("0500-1000"))]
    store.close()
    return rows


def test_list_says_when_and_with_what(desk: Desk) -> None:
    """B86: name, file, when it is used, and each name it may use with what it stands for."""
    rows = desk.json("templates")
    assert [f"{row['name']}.txt" for row in rows] == list(PURPOSES)
    assert all(Path(row["file"]).exists() and row["when"] for row in rows)
    assert rows[0]["names"]["follows"].startswith("the number of the closed ticket")
    shown = desk.done("templates", "list")
    assert all(word in shown for row in rows for word in (row["name"], *row["names"]))


def test_response_is_shown_as_it_was_sent(desk: Desk, ticket: str) -> None:
    """B86: envelope, headers and text of the answer to the mail that opened the ticket; nothing is sent."""
    before = nothing_new(desk)
    told = desk.json("templates", "test", "response", ticket)
    assert (told["template"], told["ticket"]) == ("response", ticket)
    assert (told["envelope_from"], told["envelope_to"]) == ("", ["jane@acme.example"])
    assert told["subject"] == "Ticket [0500-1000] Printer"
    assert "To: Jane Doe <jane@acme.example>\n" in told["head"]
    assert "In-Reply-To: <mail.eml@acme.example>\n" in told["head"]
    assert "Auto-Submitted: auto-replied\n" in told["head"]
    assert told["body"].startswith("Hello Jane Doe,\n\nthank you for your message. It is now ticket 0500-1000.\n")
    assert nothing_new(desk) == before


@pytest.mark.parametrize("name", ["new-ticket", "closed-ticket.txt"])
def test_alert_goes_to_the_external_recipients(desk: Desk, ticket: str, name: str) -> None:
    """B86: to all of them, in To and Cc as set, from the public address; nothing is sent."""
    desk.done("recipients", ticket, "add", "boss@acme.example", "--type", "cc")
    desk.done("recipients", ticket, "add", "audit@acme.example", "--type", "bcc")
    before = nothing_new(desk)
    told = desk.json("templates", "test", name, ticket)
    assert told["envelope_from"] == "support@example.com"
    assert sorted(told["envelope_to"]) == ["audit@acme.example", "boss@acme.example", "jane@acme.example"]
    assert "Cc: boss@acme.example\n" in told["head"]
    assert "audit@" not in told["head"]
    assert told["body"].startswith("Hello,\n")
    assert nothing_new(desk) == before


def test_on_the_terminal(desk: Desk, ticket: str) -> None:
    """B86: envelope, header and body, for people."""
    shown = desk.done("templates", "test", "closed-ticket", ticket)
    assert shown.startswith("Envelope from  support@example.com")
    assert "\nSubject: Ticket [0500-1000] Printer\n" in shown
    assert "\n\nHello Jane Doe,\n\nticket 0500-1000 is completed: Printer\n" in shown


def test_follows_is_known_from_the_decision(build: Callable[..., Desk]) -> None:
    """B35, B86: the answer to a mail on a ticket that was closed long ago names that ticket."""
    desk = build(EMAILCONNECTOR__ReopenDays="0")
    desk.take(subject="Printer")
    desk.done("ticket", "status", "0500-1000", "Completed", "--no-alert")
    desk.take("second.eml", subject="Re: Ticket [0500-1000] Printer")
    assert "It follows ticket 0500-1000" in desk.json("templates", "test", "response", "0500-1001")["body"]


def test_wrong_template_is_told_with_its_place(desk: Desk, ticket: str) -> None:
    """B100: file, line, what was found and what is allowed; by `config check` and by the test."""
    own_rules(desk, "closed-ticket.txt", "Hello\n{{ nmae }}\n{{ description }}\n")
    for words in (("config", "check"), ("templates", "test", "response", ticket)):
        reason = desk.refused(*words, status=2)
        assert "closed-ticket.txt:2: found the unknown name 'nmae'; allowed text," in reason
        assert "closed-ticket.txt:3: found the unknown name 'description'" in reason
        assert "the names number, subject, name, account, from_name" in reason


def test_changed_template_is_used(desk: Desk, ticket: str) -> None:
    """B86: administrators' own words, with what they may use."""
    own_rules(desk, "new-ticket.txt", "{{ account|upper }}: {% if description %}{{ description }}{% endif %}")
    assert desk.json("templates", "test", "new-ticket", ticket)["body"] == "ACME LTD: It does not print.\n"


def test_line_ends_in_values_reach_no_header(desk: Desk) -> None:
    """faults: a subject with an encoded line end stays one header line, the name of a contact too."""
    desk.done("contacts", "set", "jane@acme.example", "--name", "Jane\r\nBcc: x@evil.example")
    raw = (
        b"From: jane@acme.example\r\nTo: support@example.com\r\n"
        b"Subject: =?utf-8?q?Printer=0D=0ABcc:_x@evil.example=0A=0Abody?=\r\n\r\nHello.\r\n"
    )
    desk.done("process", "-", stdin=raw)
    for name in ("response", "new-ticket", "closed-ticket"):
        told = desk.json("templates", "test", name, "0500-1000")
        assert [line for line in told["head"].splitlines() if line.lower().startswith(("bcc", "body"))] == []
        assert "\n\n" not in told["head"]
        assert told["envelope_to"] == ["jane@acme.example"]
        assert told["body"].splitlines()[0].startswith("Hello")


def test_refusals(desk: Desk, ticket: str) -> None:
    """interface: an unknown name is wrong use; a ticket without a mail to answer or people to tell is refused."""
    assert "allowed are response, new-ticket, closed-ticket" in desk.refused("templates", "test", "x", ticket, status=2)
    assert "there is none with this number" in desk.refused("templates", "test", "response", "0500-9999")
    desk.done("accounts", "add", "Empty Inc")
    number = desk.done("ticket", "new", "--account", "Empty Inc", "--subject", "By hand", "--no-alert").strip()
    assert "was not opened by a mail" in desk.refused("templates", "test", "response", number)
    assert "no External Recipient" in desk.refused("templates", "test", "new-ticket", number)
