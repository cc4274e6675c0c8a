"""LMTP on real sockets: one answer to each recipient, whatever becomes of the mail."""

from __future__ import annotations

import asyncio
import errno
import os
import smtplib
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
import structlog

from connector import spool_queue
from connector.config.settings import LmtpIn
from connector.intake.limits import Limits
from connector.intake.lmtp import bind
from connector.mail.model import Envelope
from connector.spool_file import IN_MEMORY, IncomingFile, SpoolError, SpoolFull
from tests.intake.talking import Client, Service, running, scenario

HERE = LmtpIn(True, ("127.0.0.1", 0))
START = "LHLO mx.x.example\r\nMAIL FROM:<amy@x.example>\r\n"
GOOD = ("support@company.example", "support+a@company.example", "support@company.example")


async def begin(client: Client, recipients: int = 3) -> None:
    """To the point where the mail comes, for so many recipients."""
    await client.say(START, replies=2)
    for address in GOOD[:recipients]:
        assert (await client.command(f"RCPT TO:<{address}>")).startswith("250 2.1.5")
    assert (await client.command("DATA")).startswith("354")


async def answers(client: Client, number: int) -> list[str]:
    """So many replies, and that there are no more of them: the next one is NOOP's."""
    replies = [await client.reply() for _ in range(number)]
    assert await client.command("NOOP") == "250 2.0.0 OK"
    return replies


@pytest.mark.parametrize("recipients", [1, 2, 3])
def test_accepted__one_answer_to_each(tmp_path: Path, recipients: int) -> None:
    """B1, B2, B6: one mail in the spool for all of them, and as many times 250, when it is safe."""

    async def script(service: Service, client: Client) -> None:
        await begin(client, recipients)
        client.writer.write(b"Subject: x\r\n\r\n..\r\n.\r\n")
        replies = await answers(client, recipients)

        (mail,) = service.spool.waiting()
        assert replies == [f"250 2.0.0 accepted as {mail}"] * recipients
        spooled = spool_queue.read(service.spool, mail)
        assert spooled.raw == b"Subject: x\r\n\r\n.\r\n"
        assert spooled.envelope == Envelope(
            "amy@x.example", GOOD[:recipients], "lmtp", True, "127.0.0.1", "mx.x.example"
        )

    scenario(tmp_path, script, lmtp=HERE)


@pytest.mark.parametrize("recipients", [1, 3])
@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (b"x" * 2000 + b"\r\n", "552 5.3.4"),
        (b"x" * IN_MEMORY * 2 + b"\r\n", "552 5.3.4"),
        (b"a\nb\r\n", "550 5.5.2"),
        (b"a\0b\r\n", "550 5.5.2"),
    ],
)
def test_refused_content__one_answer_to_each(tmp_path: Path, content: bytes, reply: str, recipients: int) -> None:
    """B6: size and bad line ends are told to each recipient (aiosmtpd issue 517: to one)."""

    async def script(service: Service, client: Client) -> None:
        await begin(client, recipients)
        client.writer.write(content + b".\r\n")
        assert [one[:9] for one in await answers(client, recipients)] == [reply] * recipients
        assert service.mails() == list(service.spool.tmp.iterdir()) == []

    scenario(tmp_path, script, lmtp=HERE, max_message_size=1000)


@pytest.mark.parametrize(
    ("error", "reply"),
    [(SpoolFull("full"), "452 4.3.1"), (SpoolError("broken"), "451 4.3.0"), (KeyError("defect"), "451 4.3.0")],
)
def test_fault__one_answer_to_each(tmp_path: Path, error: Exception, reply: str) -> None:
    """B6: so are a full disk, and any defect of ours."""

    async def fail(incoming: IncomingFile, envelope: Envelope) -> str:
        incoming.discard()
        raise error

    async def script(service: Service, client: Client) -> None:
        await begin(client)
        client.writer.write(b"x\r\n.\r\n")
        assert [one[:9] for one in await answers(client, 3)] == [reply] * 3

    scenario(tmp_path, script, lmtp=HERE, accept=fail)


@pytest.mark.parametrize(
    ("error", "reply"), [(OSError(errno.ENOSPC, "full"), "452 4.3.1"), (ZeroDivisionError("defect"), "451 4.3.0")]
)
def test_fault__in_the_middle_of_a_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reply: str
) -> None:
    """B6: the mail is read to its end before it is answered, so that none of it is taken for commands."""

    def fail(fd: int, data: bytes) -> int:
        raise error

    async def script(service: Service, client: Client) -> None:
        await begin(client)
        monkeypatch.setattr("connector.spool_file.os.write", fail)
        client.writer.write(b"x" * IN_MEMORY * 2)
        await client.writer.drain()
        client.writer.write(b"\r\nRSET\r\nQUIT\r\n.\r\n")
        assert [one[:9] for one in await answers(client, 3)] == [reply] * 3
        assert list(service.spool.tmp.iterdir()) == []

    scenario(tmp_path, script, lmtp=HERE)


def test_refused_recipients__get_no_answer_after_the_mail(tmp_path: Path) -> None:
    """B6, RFC 2033, 4.2: who was refused at RCPT, or asked for once too often, is not answered again."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=2)
        recipients = ("support@company.example", "amy@x.example", "support@company.example", "", *GOOD)
        replies = [await client.command(f"RCPT TO:<{address}>") for address in recipients]
        assert [reply[:3] for reply in replies] == ["250", "550", "250", "550", "250", "452", "452"]
        await client.command("DATA")
        client.writer.write(b".\r\n")
        assert [one[:3] for one in await answers(client, 3)] == ["250"] * 3

    scenario(tmp_path, script, lmtp=HERE)


def test_nobody__no_mail_is_asked_for(tmp_path: Path) -> None:
    """RFC 2033, 4.2: DATA without a recipient that was taken is 503."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START + "RCPT TO:<amy@x.example>\r\n", replies=3)
        assert (await client.command("DATA")).startswith("503 5.5.1")

    scenario(tmp_path, script, lmtp=HERE)


def test_refusals_of_one_mail_are_one_error(tmp_path: Path) -> None:
    """B6: a mail to many that is refused is answered to the end, and does not count as many errors."""

    async def script(service: Service, client: Client) -> None:
        for _ in range(3):
            await begin(client)
            client.writer.write(b"a\nb\r\n.\r\n")
            assert len(await answers(client, 3)) == 3

    scenario(tmp_path, script, lmtp=HERE, limits=Limits(errors=5))


def test_many_mails_at_once__as_many_answers_as_recipients(tmp_path: Path) -> None:
    """B6: whatever comes of each, in one write: no answer is missing and none is one too many (RFC 2033, RFC 2920)."""
    rng = Random(1)
    contents = {
        b"x\r\n": "250",
        b"a\rb\r\n": "550",
        b"x" * 2000 + b"\r\n": "552",
        b"full\r\n": "452",
        b"bad\r\n": "451",
    }
    faults = {6: SpoolFull("full"), 5: KeyError("defect")}  # by size

    async def accept(incoming: IncomingFile, envelope: Envelope) -> str:
        if fault := faults.get(incoming.size):
            raise fault
        return "id"

    async def script(service: Service, client: Client) -> None:
        said, expected = b"LHLO mx.x.example\r\n", ["250"]
        for _ in range(100):
            recipients = [rng.choice((GOOD[0], GOOD[1], "amy@x.example")) for _ in range(rng.randint(1, 5))]
            good = [address in GOOD for address in recipients]
            content = rng.choice(list(contents))
            said += b"MAIL FROM:<>\r\n" + b"".join(b"RCPT TO:<%s>\r\n" % one.encode() for one in recipients)
            said += b"DATA\r\n" + (content + b".\r\n" if any(good) else b"RSET\r\n")
            expected += ["250", *("250" if one else "550" for one in good)]
            expected += ["354", *[contents[content]] * sum(good)] if any(good) else ["503", "250"]
        client.writer.write(said)
        assert [(await client.reply())[:3] for _ in expected] == expected
        assert await client.command("NOOP") == "250 2.0.0 OK"

    many = Limits(errors=10_000, commands=10_000)
    with structlog.testing.capture_logs():
        scenario(tmp_path, script, lmtp=HERE, accept=accept, limits=many, max_message_size=1000, max_recipients=5)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("EHLO x.example", "500 5.5.2"),
        ("HELO x.example", "500 5.5.2"),
        ("MAIL FROM:<>", "503 5.5.1 Error: send LHLO first"),
        ("LHLO", "501 5.5.4"),
        ("AUTH PLAIN AGEAYg==", "503 5.5.1"),
    ],
)
def test_greeting__is_lhlo(tmp_path: Path, command: str, reply: str) -> None:
    """RFC 2033, 4.1: EHLO and HELO do not exist, nothing begins without LHLO."""

    async def script(service: Service, client: Client) -> None:
        assert (await client.command(command)).startswith(reply)

    scenario(tmp_path, script, lmtp=HERE)


def test_lhlo__announces_what_there_is(tmp_path: Path) -> None:
    """B6, RFC 2033, 5: pipelining and enhanced status codes, as it must be."""

    async def script(service: Service, client: Client) -> None:
        said = (await client.command("LHLO x.example")).split("\n")
        assert [line[4:] for line in said[1:]] == [
            "SIZE 1000000", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES", "HELP",
        ]  # fmt: skip

    scenario(tmp_path, script, lmtp=HERE)


# -- the socket --------------------------------------------------------------------------------------------------


@pytest.fixture
def place() -> Iterator[Path]:
    """A path that is short enough for a socket (108 bytes)."""
    with TemporaryDirectory(prefix="lmtp") as folder:
        yield Path(folder) / "s"


def test_socket__a_mail_by_the_standard_library(tmp_path: Path, place: Path) -> None:
    """B1: a mail server's client gets along with it; the socket is for owner and group, and goes with the service."""

    def client() -> None:
        with smtplib.LMTP(os.fspath(place)) as lmtp:
            assert lmtp.sendmail("amy@x.example", ["support@company.example"], b"Subject: x\r\n\r\n.\r\n") == {}

    async def main() -> None:
        async with running(tmp_path, lmtp=LmtpIn(True, place)) as service:
            assert stat.S_IMODE(place.stat().st_mode) == 0o660
            await asyncio.to_thread(client)
            assert service.mails() == [b"Subject: x\r\n\r\n.\r\n"]
            envelope = spool_queue.read(service.spool, service.accepted[0]).envelope
            assert (envelope.road, envelope.client) == ("lmtp", "")

    asyncio.run(main())
    assert not place.exists()


def test_socket__one_that_a_crash_left_gives_way(tmp_path: Path, place: Path) -> None:
    """B103: after kill -9 the service starts again by itself."""
    bind(place).close()
    assert place.exists()

    async def main() -> None:
        async with running(tmp_path, lmtp=LmtpIn(True, place)):
            socket.socket(socket.AF_UNIX).connect(os.fspath(place))

    asyncio.run(main())


def test_socket__of_somebody_who_listens_stays(place: Path) -> None:
    """Two services do not take each other's mail away."""
    theirs = bind(place)
    theirs.listen()

    with pytest.raises(OSError, match="somebody listens there"):
        bind(place)
    assert place.exists()
    theirs.close()


def test_socket__what_is_none_stays(place: Path) -> None:
    """A file at the socket's place is never removed."""
    place.write_text("precious")

    with pytest.raises(OSError, match="no socket"):
        bind(place)
    assert place.read_text() == "precious"


def test_socket__one_that_took_its_place_stays(tmp_path: Path, place: Path) -> None:
    """A service that ends removes its own socket alone."""

    async def main() -> None:
        async with running(tmp_path, lmtp=LmtpIn(True, place)):
            place.unlink()
            place.write_text("another's")

    asyncio.run(main())
    assert place.read_text() == "another's"
