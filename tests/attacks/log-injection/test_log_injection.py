"""What a mail holds, in the log of the service."""

from __future__ import annotations

import json

import pytest
import structlog

from connector import finishing, logs
from connector.finishing import Recorded, finish
from connector.mail.clean import is_hidden
from connector.spool import Spool
from tests.attacks.scene import Scene, envelope_of

FORGED = "at=2026-03-02T09:00:00Z level=info event=filed mail=forged"
EVIL = f"x\n{FORGED}\r\n{FORGED}\x1b[2J\u2028{FORGED}\u202e\x9b\x85{FORGED}"
IN_A_LINE = EVIL.replace("\r", "").replace("\n", "\r\n ")
SENDERS = (f"{IN_A_LINE} <jane@acme.example>", f'"{IN_A_LINE}"@acme.example', "jane@acme.example")


@pytest.mark.parametrize("form", ["text", "json"])
def test_one_line_an_event(
    scene: Scene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """B104: every line is the program's own, whatever stands in a mail or its envelope; none moves a cursor."""
    logs.configure(form, "info")
    monkeypatch.setattr(finishing, "log", structlog.get_logger("finishing"))  # one that wrote before is bound for good
    spool = Spool(scene.settings.store.spool)
    envelope = envelope_of(mail_from=EVIL, helo=EVIL, client=EVIL, auth_user=EVIL, release="as-is", released_by=EVIL)
    for number, sender in enumerate(SENDERS):
        head = f"From: {sender}\r\nTo: support@example.com\r\nSubject: {IN_A_LINE}\r\n"
        raw = f"{head}Message-ID: <{IN_A_LINE}{number}@x.example>\r\n\r\n{EVIL}\r\n".encode()
        ended = finish(spool.accept_claimed(raw, envelope), lambda: scene.processor, 3, Recorded())
        assert ended.outcome == "filed", ended
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(SENDERS)
    assert not {char for line in lines for char in line if is_hidden(char)}
    if form == "json":
        assert {json.loads(line)["event"] for line in lines} == {"filed"}
        assert "forged" not in {json.loads(line)["mail"] for line in lines}
    else:
        assert all(line.partition(" ")[0] != FORGED.partition(" ")[0] for line in lines)
