"""Containers: archives stay closed, winmail.dat and nested mails are listed with a cap."""

from __future__ import annotations

import base64
import io
import zipfile

from tests.attacks.scene import HEAD, Scene
from tests.house import ROOT

TNEF = ROOT / "tests" / "mail" / "regressions" / "tnef-billions-of-properties.eml"


def bomb(levels: int) -> bytes:
    """Zeros in archives in archives: a few kilobytes that become gigabytes."""
    content = b"\0" * 1_000_000
    for _ in range(levels):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in range(10):
                archive.writestr(f"{name}.zip", content)
        content = out.getvalue()
    return content


def attached(name: str, type_: str, content: bytes) -> bytes:
    return (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n--b\r\n"
        + f"Content-Type: {type_}; name={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
        + base64.encodebytes(content).replace(b"\n", b"\r\n") + b"--b--\r\n"
    )  # fmt: skip


def test_archive_is_listed_and_not_opened(scene: Scene) -> None:
    """faults: one attachment, with the size it has here; the text is what was written."""
    content = bomb(2)
    mail = scene.arrive(attached("a.zip", "application/zip", content)).decision.mail
    assert [(one.name, one.size) for one in mail.attachments] == [("a.zip", len(content))]
    assert mail.text.strip() == "See below."


def test_encoded_bomb_is_no_text(scene: Scene) -> None:
    """faults: a Content-Encoding is not followed."""
    raw = attached("a.html", "text/html", bomb(1)).replace(b"name=", b"content-encoding=gzip; name=")
    assert scene.arrive(raw).decision.record.outcome == "filed"


def test_winmail_of_billions_of_properties(scene: Scene) -> None:
    """B73, faults: what it claims to hold is not believed."""
    arrived = scene.arrive(TNEF.read_bytes())
    assert arrived.decision.record.outcome in ("filed", "held")
    assert len(arrived.decision.mail.attachments) <= 500


def test_mails_in_mails_are_listed(scene: Scene) -> None:
    """B73: nested mails are listed, with a cap; nobody in them is the sender or a recipient."""
    inner = b"From: alice@company.example\r\nTo: support@example.com, victim@v.example\r\nSubject: x\r\n"
    raw = HEAD
    for number in range(60):
        opening = "Content-Type: multipart/mixed; boundary=b{0}\r\n\r\n--b{0}\r\nContent-Type: message/rfc822\r\n\r\n"
        raw += opening.format(number).encode() + inner
    arrived = scene.arrive(raw + b"\r\nHello.\r\n")
    assert (arrived.decision.record.outcome, arrived.decision.sender.kind) == ("filed", "contact")
    assert scene.outsiders("0500-1000") == {"jane@acme.example"}
    assert arrived.receivers() == {"alice@company.example", "bob@company.example"}
