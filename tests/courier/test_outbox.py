"""The outbox is a Maildir of what a relay would get."""

from __future__ import annotations

import asyncio
import errno
import mailbox
import os
from pathlib import Path

import pytest

from connector.courier.outbox import Outbox
from connector.courier.transport import Content, MailObject

CONTENT = Content(b"Subject: x\r\n\r\n", b".dots\nand bare line feeds")


def send(outbox: Outbox, *recipients: str, sender: str = "support@company.example") -> dict[str, str]:
    outcomes = asyncio.run(outbox.send(MailObject(sender, recipients, CONTENT))).outcomes
    return {address: outcome.state for address, outcome in outcomes.items()}


def test_send__one_file_with_the_envelope_on_top(tmp_path: Path) -> None:
    """B85, B88: one file a transaction: two envelope lines, then the very bytes that a relay would get."""
    assert send(Outbox(tmp_path), "amy@x.example", "bob@x.example") == {
        "amy@x.example": "sent",
        "bob@x.example": "sent",
    }

    (file,) = (tmp_path / "new").iterdir()
    assert file.read_bytes() == (
        b"X-Envelope-From: support@company.example\r\nX-Envelope-To: amy@x.example, bob@x.example\r\n"
        b"Subject: x\r\n\r\n.dots\r\nand bare line feeds\r\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600


def test_send__is_a_maildir(tmp_path: Path) -> None:
    """Mail programs can open the outbox; the null return path is shown as <>."""
    send(Outbox(tmp_path / "outbox"), "amy@x.example", sender="")

    (mail,) = mailbox.Maildir(str(tmp_path / "outbox"), create=False)
    assert (mail["X-Envelope-From"], mail["Subject"]) == ("<>", "x")
    assert list((tmp_path / "outbox" / "tmp").iterdir()) == []


def test_send__unsafe_address_is_left_out(tmp_path: Path) -> None:
    """An address that could add a line fails alone; the others get the mail."""
    outcomes = send(Outbox(tmp_path), "amy@x.example", "x@x.example\r\nBcc: evil@x.example")

    assert sorted(outcomes.values()) == ["failed", "sent"]
    (file,) = (tmp_path / "new").iterdir()
    assert b"evil" not in file.read_bytes()


def test_send__unsafe_sender_sends_nothing(tmp_path: Path) -> None:
    """An envelope sender that could add a line lets nothing out."""
    assert send(Outbox(tmp_path), "amy@x.example", sender="a\r\nX: y") == {"amy@x.example": "failed"}
    assert not (tmp_path / "new").exists()


def test_send__full_disk_is_no_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B87: an outbox that cannot be written to is down: tried again, at no mail's cost, nothing half written."""

    def fail(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)

    outcome = asyncio.run(Outbox(tmp_path).send(MailObject("", ["amy@x.example"], CONTENT))).outcomes["amy@x.example"]

    assert (outcome.state, outcome.down) == ("deferred", True)
    assert "No space left on device" in outcome.answer
    assert list((tmp_path / "tmp").iterdir()) == list((tmp_path / "new").iterdir()) == []
