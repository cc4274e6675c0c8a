"""A ticket's entries, and what belongs to one."""

from __future__ import annotations

import json
from email.message import EmailMessage
from pathlib import Path

import pytest

from storage.views import COLUMNS
from tests.cli.conftest import Desk
from tests.house import mail_bytes


@pytest.fixture
def raw(desk: Desk) -> bytes:
    """A processed mail with two attachments of one evil name; entry 1."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Jane Doe <jane@acme.example>", "support@example.com", "Two files"
    mail.set_content("See both.\n")
    mail.add_attachment(b"first\0", "application", "octet-stream", filename="../../a.bin")
    mail.add_attachment(b"second", "application", "octet-stream", filename="../../a.bin")
    raw = mail.as_bytes()
    desk.done("process", "-", stdin=raw)
    return raw


def test_list_has_the_columns_of_the_view(desk: Desk, ticket: str) -> None:
    """B97: history_v1; `history N`, `history N list` and `history list N` are one."""
    rows = desk.json("history", ticket)
    assert list(rows[0]) == COLUMNS["history_v1"].split()
    assert rows == desk.json("history", ticket, "list") == desk.json("history", "list", ticket)
    assert "It does not print." in desk.done("history", ticket, width=200)


def test_show_lists_attachments(desk: Desk, raw: bytes) -> None:
    """B73: sender, subject, date, attachments by number, text."""
    shown = desk.done("history", "show", "1")
    assert all(part in shown for part in ("Jane Doe <jane@acme.example>", "Two files", "See both.", "(UTC)", "public"))
    assert "Attachment 1  " in shown
    assert "(application/octet-stream, 6 bytes)" in shown


def test_original_byte_for_byte(desk: Desk, raw: bytes) -> None:
    """B4: the very bytes."""
    result = desk.type("history", "show", "1", "--original")
    assert result.stdout_bytes == raw


def test_attachment_is_taken_out_under_a_safe_name(desk: Desk, raw: bytes) -> None:
    """B73: in the folder asked for, never elsewhere, never over another file."""
    folder = desk.folder / "out"
    folder.mkdir()
    desk.done("history", "show", "1", "--attachment", "1", "--to", str(folder))
    assert [(file.name, file.read_bytes()) for file in folder.iterdir()] == [("a.bin", b"first\0")]
    reason = desk.refused("history", "show", "1", "--attachment", "2", "--to", str(folder))
    assert "is not overwritten" in reason
    desk.done("history", "show", "1", "--attachment", "2", "--to", str(folder / "b.bin"))
    assert (folder / "b.bin").read_bytes() == b"second"
    assert (folder / "a.bin").read_bytes() == b"first\0"


def test_attachment_that_is_not_there(desk: Desk, raw: bytes) -> None:
    """interface: exit status 1, with how many there are."""
    assert "the mail has 2" in desk.refused("history", "show", "1", "--attachment", "3")


def test_decision_names_its_entry(desk: Desk, raw: bytes) -> None:
    """interface: the JSON of one processed mail, `entry` filled in."""
    told = json.loads(desk.done("history", "show", "1", "--decision"))
    assert (told["outcome"], told["entry"], told["match"]["ticket"]) == ("filed", 1, "0500-1000")


def test_change_has_no_original(desk: Desk, ticket: str) -> None:
    """interface: exit status 1 for what an entry does not have."""
    entry = next(str(row["id"]) for row in desk.json("history", ticket) if row["kind"] == "change")
    assert "is no mail" in desk.refused("history", "show", entry, "--original")
    assert "is no mail" in desk.refused("history", "show", entry, "--decision")
    assert "inbox: out → in" in desk.done("history", "show", entry)


def test_original_that_is_lost_is_told(desk: Desk, raw: bytes) -> None:
    """B4: a missing original is named with its path."""
    (file,) = desk.settings.store.originals.glob("*/*.eml")
    Path(file).unlink()
    assert file.name in desk.refused("history", "show", "1", "--original").replace("\n", "")


def test_one_thing_at_a_time(desk: Desk, raw: bytes) -> None:
    """interface: wrong use is exit status 2."""
    desk.refused("history", "show", "1", "--original", "--decision", status=2)
    desk.refused("history", "show", "1", "--to", "x", status=2)
    desk.refused("history", "show", "one", status=2)


def test_unknown_entry(desk: Desk) -> None:
    """interface: exit status 1 where it is not found."""
    assert "entry 77: there is none" in desk.refused("history", "show", "77")


def test_forwarded_mail_shows_both(desk: Desk) -> None:
    """B37: whoever looks at the ticket sees who forwarded the mail and who wrote it."""
    block = "From: Jane Doe <jane@acme.example>\r\nDate: 2 March 2026 09:12\r\nSubject: Printer\r\n\r\nHello\r\n"
    desk.done("process", "-", stdin=mail_bytes("alice@company.example", subject="Fwd: Printer", body=block))

    assert "Forwarded from  Jane Doe <jane@acme.example>" in desk.done("history", "show", "1")
    assert desk.json("history", "show", "1")["on_behalf_address"] == "jane@acme.example"
    for command in (("ticket", "show", "0500-1000"), ("history", "0500-1000")):
        assert "alice@company.example from jane@acme.example" in desk.done(*command, width=200)
    report = desk.done("ticket", "report", "0500-1000")
    assert "<alice@company.example>, forwarded from Jane Doe <jane@acme.example>" in " ".join(report.split())
