"""The fake relay keeps to SMTP where it is told nothing else: the standard library's client gets along with it."""

from __future__ import annotations

import asyncio
import smtplib

import pytest

from tests.fakes.relay import FakeRelay, Taken


def test_relay__takes_mail_and_undoes_dots() -> None:
    """B88: what it took is what the client meant to send."""
    fake = FakeRelay()

    def client(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.sendmail("a@x.example", ["b@x.example"], b".\r\n..x\r\n")

    async def main() -> None:
        async with fake.running():
            await asyncio.to_thread(client, fake.port)

    asyncio.run(main())

    assert fake.taken == [Taken("a@x.example", ("b@x.example",), b".\r\n..x\r\n")]


def test_relay__plays_a_script_so_often() -> None:
    """B87: a scripted failure ends after its times."""
    fake = FakeRelay()

    def client(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                smtp.sendmail("a@x.example", ["rcpt-451-1.b@x.example"], b"x\r\n")
            smtp.sendmail("a@x.example", ["rcpt-451-1.b@x.example"], b"x\r\n")

    async def main() -> None:
        async with fake.running():
            await asyncio.to_thread(client, fake.port)

    asyncio.run(main())

    assert len(fake.taken) == 1
