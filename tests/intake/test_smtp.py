"""SMTP intake on real sockets: what is taken, what is refused and how, and what 250 means."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from pathlib import Path

import pytest
import structlog

from connector import spool_queue
from connector.mail.model import Envelope
from connector.spool_file import IN_MEMORY, IncomingFile, SpoolError, SpoolFull
from tests.intake.talking import START, Client, Service, running, scenario


def test_250__means_that_the_mail_is_in_the_spool(tmp_path: Path) -> None:
    """B1, B2, B4: after 250 the spool holds bytes and envelope; the reply and the call name the mail."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        reply = await client.say("Subject: x\r\n\r\n..stuffed\r\n.\r\n")

        (mail,) = service.spool.waiting()
        spooled = spool_queue.read(service.spool, mail)
        assert reply == f"250 2.0.0 accepted as {mail}"
        assert service.accepted == [mail]
        assert spooled.raw == b"Subject: x\r\n\r\n.stuffed\r\n"
        assert spooled.envelope == Envelope(
            "amy@x.example", ("support@company.example",), "smtp", True, "127.0.0.1", "mx.x.example"
        )

    scenario(tmp_path, script)


def test_ehlo__announces_what_there_is(tmp_path: Path) -> None:
    """B6: SIZE tells the limit; 8BITMIME, SMTPUTF8, PIPELINING and enhanced codes are there."""

    async def script(service: Service, client: Client) -> None:
        lines = (await client.command("EHLO x.example")).split("\n")

        assert [line[4:] for line in lines] == [
            "mx.company.example", "SIZE 1000000", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES", "HELP",
        ]  # fmt: skip

    scenario(tmp_path, script)


def test_pipelined__two_mails_in_one_write(tmp_path: Path) -> None:
    """B6: commands that come together with the end of the mail before them are not lost (RFC 2920)."""
    mail = "Subject: {}\r\n\r\n.\r\n"
    second = START.partition("\r\n")[2]

    async def script(service: Service, client: Client) -> None:
        reply = await client.say(START + mail.format(1) + second + mail.format(2) + "QUIT\r\n", replies=10)

        assert reply == "221 2.0.0 Bye"
        assert service.mails() == [b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n"]

    scenario(tmp_path, script)


def test_pipelined__replies_go_out_together(tmp_path: Path) -> None:
    """RFC 2920, 3.2: commands that came together are answered in one segment; none waits for half a command."""

    async def script(service: Service, client: Client) -> None:
        await client.command("EHLO x.example")
        recipient = "RCPT TO:<support@company.example>\r\n"
        before = _segments(client)
        reply = await client.say(f"MAIL FROM:<amy@x.example>\r\n{recipient}{recipient}DATA\r\n", replies=4)
        assert (reply[:3], _segments(client) - before) == ("354", 1)
        await client.say(b".\r\n")
        client.writer.write(f"MAIL FROM:<amy@x.example>\r\n{recipient}DA".encode())
        assert (await client.reply(), await client.reply()) == ("250 2.1.0 sender ok", "250 2.1.5 recipient ok")

    scenario(tmp_path, script)


def _segments(client: Client) -> int:
    """How many TCP segments with data the client has received: tcpi_data_segs_in of Linux's struct tcp_info."""
    told = client.writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    return int(struct.unpack_from("I", told, 152)[0])


@pytest.mark.parametrize("content", [b"", b"x" * 200_000 + b"\r\n", bytes(range(14, 256)) + b"\r\n"])
def test_content__any_bytes_and_line_lengths(tmp_path: Path, content: bytes) -> None:
    """B6, B8: an empty mail, lines of any length and any 8-bit bytes are taken."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)

        assert (await client.say(content + b".\r\n")).startswith("250 2.0.0")
        assert service.mails() == [content]

    scenario(tmp_path, script)


@pytest.mark.parametrize("bad", [b"\r", b"\n", b"\0", b"\n.\n", b"\n.\r\nMAIL FROM:<x@x.example>", b"\r\n.\r"])
def test_content__bare_line_ends_and_nul_are_refused(tmp_path: Path, bad: bytes) -> None:
    """B6: 550 5.5.2 after the mail was read to its end; the dialogue goes on and nothing is kept."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)

        assert (await client.say(b"Subject: x\r\n\r\na" + bad + b"b\r\n.\r\n")).startswith("550 5.5.2")
        assert await client.command("NOOP") == "250 2.0.0 OK"
        assert service.mails() == list(service.spool.tmp.iterdir()) == []

    scenario(tmp_path, script)


@pytest.mark.parametrize("size", [1001, IN_MEMORY * 3])
def test_size__too_much_is_refused_after_data(tmp_path: Path, size: int) -> None:
    """B6: 552 5.3.4 for a mail beyond the limit, read to its end, none of it kept."""
    limit = size - 1

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)

        assert (await client.say(b"x" * (size - 2) + b"\r\n.\r\n")).startswith("552 5.3.4")
        assert await client.command("NOOP") == "250 2.0.0 OK"
        assert service.mails() == list(service.spool.tmp.iterdir()) == []

    scenario(tmp_path, script, max_message_size=limit)


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL FROM:<a@x.example> SIZE=1000001", "552 5.3.4"),
        ("MAIL FROM:<a@x.example> SIZE=99999999999999999999", "552 5.3.4"),
        ("MAIL FROM:<a@x.example> SIZE=1000000 BODY=8BITMIME SMTPUTF8", "250 2.1.0"),
        ("MAIL FROM:<>", "250 2.1.0"),
        ("mail from: <a@x.example>", "250 2.1.0"),
        ('MAIL FROM:<"a b"@x.example>', "250 2.1.0"),
        ("MAIL FROM:<ärmel@x.example> SMTPUTF8", "250 2.1.0"),
        ("MAIL FROM:<\udcff@x.example>", "501 5.1.7"),
        ("MAIL FROM:a@x.example", "501 5.1.7"),
        ("MAIL FROM:<a@x.example> SIZE=x", "555 5.5.4"),
        ("MAIL FROM:<a@x.example> RET=HDRS", "555 5.5.4"),
        ("MAIL", "501 5.1.7"),
        (f"MAIL FROM:<{'a' * 400}@x.example>", "501 5.1.7"),
        ("RCPT TO:<support@company.example>", "503 5.5.1"),
        ("DATA", "503 5.5.1"),
        ("EXPN staff", "502 5.5.1"),
        ("NONSENSE", "500 5.5.2"),
        (f"NOOP {'x' * 3000}", "500 5.5.2"),
    ],
)
def test_command__reply(tmp_path: Path, command: str, reply: str) -> None:
    """B6: each command has the reply of its case; a size that is told and too large is refused at MAIL FROM."""

    async def script(service: Service, client: Client) -> None:
        await client.command("EHLO x.example")

        assert (await client.command(command)).startswith(reply)

    scenario(tmp_path, script)


@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("support@company.example", "250 2.1.5"),
        ("SUPPORT@COMPANY.EXAMPLE", "250 2.1.5"),
        ("support+ticket@company.example", "250 2.1.5"),
        ("@relay.example:support@company.example", "250 2.1.5"),
        ("amy@company.example", "550 5.1.1"),
        ("support@company.example.evil.example", "550 5.1.1"),
        ("support%evil.example@x.example", "550 5.1.1"),
        ("support2@company.example", "550 5.1.1"),
        ("support+a+b@company.example", "250 2.1.5"),
        ("support", "550 5.1.1"),
        ("", "550 5.1.1"),
        ("supp\udcffort@company.example", "550 5.1.1"),
    ],
)
def test_recipient__public_addresses_alone(tmp_path: Path, recipient: str, reply: str) -> None:
    """B6: mail is taken for public addresses and their plus-forms, in any letter case; it is never a relay."""

    async def script(service: Service, client: Client) -> None:
        await client.say("EHLO x.example\r\nMAIL FROM:<>\r\n", replies=2)

        assert (await client.command(f"RCPT TO:<{recipient}>")).startswith(reply)

    scenario(tmp_path, script)


def test_recipients__are_capped(tmp_path: Path) -> None:
    """B6: past MaxRecipients the rest is put off with 452 4.5.3, and those before it get the mail."""

    async def script(service: Service, client: Client) -> None:
        await client.say("EHLO x.example\r\nMAIL FROM:<>\r\n", replies=2)
        replies = [await client.command(f"RCPT TO:<support+{number}@company.example>") for number in range(4)]

        assert [reply[:9] for reply in replies] == ["250 2.1.5"] * 3 + ["452 4.5.3"]
        assert (await client.say("DATA\r\n.\r\n", replies=2)).startswith("250")

    scenario(tmp_path, script)


def test_null_sender__is_kept_as_such(tmp_path: Path) -> None:
    """B10: the null return path of reports reaches the stages as an empty sender that was given."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START.replace("amy@x.example", "") + ".\r\n", replies=5)

        envelope = spool_queue.read(service.spool, service.accepted[0]).envelope
        assert (envelope.mail_from, envelope.has_sender) == ("", True)

    scenario(tmp_path, script)


def test_connections__are_capped(tmp_path: Path) -> None:
    """B6: past MaxConnections a client is told to come back with 421 4.3.2; when one has left, there is room."""

    async def script(service: Service, client: Client) -> None:
        others = [await service.connect() for _ in range(4)]
        late = Client(*await asyncio.open_connection("127.0.0.1", service.intake.port))

        assert (await late.reply()).startswith("421 4.3.2")
        assert await late.reply() == "closed"
        await others[0].command("QUIT")
        assert await others[0].reply() == "closed"
        assert await (await service.connect()).command("NOOP") == "250 2.0.0 OK"

    scenario(tmp_path, script)


@pytest.mark.parametrize(
    ("error", "reply"),
    [(SpoolFull("full"), "452 4.3.1"), (SpoolError("broken"), "451 4.3.0"), (KeyError("defect"), "451 4.3.0")],
)
def test_fault__is_temporary(tmp_path: Path, error: Exception, reply: str) -> None:
    """B6: a full disk and any fault of ours are 452 and 451, never 5xx, and the dialogue goes on."""

    async def fail(incoming: IncomingFile, envelope: Envelope) -> str:
        incoming.discard()
        raise error

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)

        assert (await client.say("x\r\n.\r\n")).startswith(reply)
        assert await client.command("NOOP") == "250 2.0.0 OK"
        assert service.accepted == []

    scenario(tmp_path, script, accept=fail)


def test_fault__full_disk_in_the_middle_of_a_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B6: a disk that fills up while a large mail comes in is 452 4.3.1, after the mail was read to its end."""

    def fail(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        monkeypatch.setattr("connector.spool_file.os.write", fail)

        assert (await client.say(b"x" * IN_MEMORY * 2 + b"\r\n.\r\n")).startswith("452 4.3.1")
        assert list(service.spool.tmp.iterdir()) == []

    scenario(tmp_path, script)


def test_disconnect__during_the_write_does_not_cancel_it(tmp_path: Path) -> None:
    """B6: a client that goes away while its mail is being written loses the reply, not the mail."""
    begun, go_on, written = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(incoming: IncomingFile, envelope: Envelope) -> str:
        begun.set()
        await go_on.wait()
        written.set()
        incoming.discard()
        return "id"

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        client.writer.write(b"x\r\n.\r\n")
        await begun.wait()
        client.writer.transport.abort()
        while service.intake.sessions:
            await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait_for(written.wait(), 5)
        await asyncio.sleep(0)

        assert service.accepted == ["id"]

    scenario(tmp_path, script, accept=slow)


@pytest.mark.parametrize("content", [b"half a mail\r\n", b"x" * IN_MEMORY * 2])
def test_disconnect__within_a_mail_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    """B2: a mail without its end is no mail; nothing of it stays."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        client.writer.write(content)
        await client.writer.drain()
        client.writer.close()
        while service.intake.sessions:
            await asyncio.sleep(0)

        assert service.mails() == list(service.spool.tmp.iterdir()) == []

    scenario(tmp_path, script)


def test_stop__lets_a_mail_in_progress_finish(tmp_path: Path) -> None:
    """B103: who is in the middle of a mail gets 250 and then goodbye; idle clients and new ones are sent away."""

    async def run() -> None:
        async with running(tmp_path) as service:
            idle, busy = await service.connect(), await service.connect()
            await busy.say(START, replies=4)
            port = service.intake.port
            stop = asyncio.create_task(service.intake.stop(5))

            assert (await idle.reply()).startswith("421 4.3.2")
            assert (await busy.say("x\r\n.\r\n")).startswith("250 2.0.0")
            assert (await busy.reply()).startswith("421 4.3.2")
            await stop
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))

    asyncio.run(run())


def test_stop__does_not_wait_for_ever(tmp_path: Path) -> None:
    """B103: a client that never ends its mail is cut off when the time is over."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)

        await service.intake.stop(0.01)

        assert await client.reply() == "closed"
        assert service.mails() == []

    scenario(tmp_path, script)


def test_log__one_line_a_mail_with_its_id(tmp_path: Path) -> None:
    """B104: an accepted mail is one line with its id; a refused recipient is one line with the reply."""

    async def script(service: Service, client: Client) -> None:
        await client.say(START + ".\r\n", replies=5)
        await client.say("MAIL FROM:<>\r\nRCPT TO:<amy@x.example>\r\n", replies=2)

    with structlog.testing.capture_logs() as lines:
        scenario(tmp_path, script)

    accepted, refused = lines
    assert (accepted["event"], accepted["size"], accepted["client"]) == ("accepted", 0, "127.0.0.1")
    assert accepted["mail"]
    assert (refused["event"], refused["recipient"], refused["reply"][:3]) == ("refused", "amy@x.example", "550")
