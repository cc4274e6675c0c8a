"""Spellings of the end of data that only some servers take for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.talking import START, Client, Service, scenario

SECOND = (
    b"MAIL FROM:<alice@company.example>\r\nRCPT TO:<support@company.example>\r\nDATA\r\n"
    b"From: Alice Archer <alice@company.example>\r\n\r\nSmuggled.\r\n"
)
ENDS = [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\n.\r", b"\r.\n"]
NO_ENDS = [b"\r\n..\r\n", b"\r\n. \r\n", b"\r\n.\t\r\n", b"\r\n .\r\n", "\r\n\u2028.\r\n".encode()]
ENDS += [b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\x85.\x85\n"]


@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_second_mail_is_none(tmp_path: Path, end: bytes) -> None:
    """B6: the whole is one mail, and refused with 550 5.5.2; nothing is kept, the dialogue goes on."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        reply = await client.say(b"From: m@evil.example\r\n\r\nFirst." + end + SECOND + b".\r\n")
        assert reply.startswith("550 5.5.2")
        assert await client.command("NOOP") == "250 2.0.0 OK"
        assert service.mails() == []

    scenario(tmp_path, script)


@pytest.mark.parametrize("end", NO_ENDS, ids=repr)
def test_line_that_only_looks_like_the_end(tmp_path: Path, end: bytes) -> None:
    """B6: a line with a dot and more is content; there is one mail, and the commands are in it."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        reply = await client.say(b"From: m@evil.example\r\n\r\nFirst." + end + SECOND + b".\r\n")
        assert reply.startswith("250")
        (mail,) = service.mails()
        assert b"RCPT TO" in mail

    scenario(tmp_path, script)
