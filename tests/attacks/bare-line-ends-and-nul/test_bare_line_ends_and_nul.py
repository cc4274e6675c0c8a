"""Bytes that servers read differently: refused at the door, made well formed on the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.courier.transport import Content
from tests.attacks.scene import Scene
from tests.courier.test_relay import send
from tests.fakes.relay import FakeRelay
from tests.intake.talking import START, Client, Service, scenario

BAD = [b"\r", b"\n", b"\0"]
HEADERS = b"From: Alice Archer <alice@company.example>\r\nTo: support@example.com\r\nSubject: [0500-1000] x\r\n"


@pytest.mark.parametrize("where", ["header", "body"])
@pytest.mark.parametrize("bad", BAD, ids=repr)
def test_refused_by_smtp(tmp_path: Path, bad: bytes, where: str) -> None:
    """B6: 550 5.5.2, nothing is kept."""
    head, body = (bad, b"") if where == "header" else (b"", bad)

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        reply = await client.say(b"Subject: a" + head + b"b\r\n\r\na" + body + b"b\r\n.\r\n")
        assert reply.startswith("550 5.5.2")
        assert service.mails() == []

    scenario(tmp_path, script)


def test_by_another_road_they_leave_as_line_ends(scene: Scene) -> None:
    """B85, faults: a file may hold them; the relay gets CR LF, no NUL, and no end of data before the end."""
    raw = HEADERS + b"\r\nOne\n.\nMAIL FROM:<x@evil.example>\rtwo\0three\r\n.\r\nfour\n"
    (sent,) = [one for one in scene.arrive(raw).sent if one.kind == "distribution"]
    fake = FakeRelay()
    send(fake, *sent.recipients, content=Content(sent.head, sent.body))
    (taken,) = fake.taken
    content = taken.content.replace(b"\r\n", b"")
    assert not {*b"\r\n\0"} & {*content}
    assert taken.content.endswith(b"four\r\n")
    assert [command for command in fake.commands if command.startswith("MAIL")] == [
        command for command in fake.commands if "support@" in command
    ]
