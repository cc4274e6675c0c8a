"""What a client may use up: errors, commands, time, connections (B6)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connector.intake.limits import Limits
from connector.intake.listener import network_of
from tests.intake.talking import START, Client, Service, scenario

MAIL = START.partition("\r\n")[2] + ".\r\n"
AWAY = "421 4.7.0"


@pytest.mark.parametrize("bad", ["VRFY", "RCPT TO:<a@x.example>", "MAIL", "", "é", "EXPN staff", "NOOP " + "x" * 3000])
def test_errors__so_many_and_then_goodbye(tmp_path: Path, bad: str) -> None:
    """B6: a client that makes nothing but errors is sent away, and none of its commands counts any more."""

    async def script(service: Service, client: Client) -> None:
        await client.command("EHLO x.example")
        client.writer.write(f"{bad}\r\n".encode() * 5 + MAIL.encode())
        replies = [await client.reply() for _ in range(6)]
        assert [reply[:1] for reply in replies] == ["5"] * 5 + ["4"]
        assert replies[5].startswith(AWAY)
        assert await client.reply() == "closed"
        assert service.mails() == []

    scenario(tmp_path, script, limits=Limits(errors=5))


def test_errors__unknown_commands(tmp_path: Path) -> None:
    """B6: five commands that do not exist are enough."""

    async def script(service: Service, client: Client) -> None:
        replies = [await client.command("GET / HTTP/1.1") for _ in range(5)]
        assert [reply[:9] for reply in replies] == ["500 5.5.2"] * 4 + [AWAY]
        assert await client.reply() == "closed"

    scenario(tmp_path, script)


def test_commands__so_many_without_a_mail(tmp_path: Path) -> None:
    """B6: small talk ends; a mail that is taken begins a new count."""

    async def script(service: Service, client: Client) -> None:
        await client.command("EHLO x.example")
        for _ in range(3):
            assert (await client.say("NOOP\r\n" * 5 + MAIL, replies=9)).startswith("250 2.0.0 accepted")
        client.writer.write(b"NOOP\r\n" * 20)
        replies = [await client.reply() for _ in range(10)]
        assert [reply[:3] for reply in replies] == ["250"] * 9 + ["421"]

    scenario(tmp_path, script, limits=Limits(commands=10))


def test_commands__recipients_are_not_counted(tmp_path: Path) -> None:
    """B6: a mail to many is no small talk, and recipients that are too many for it are no errors."""

    async def script(service: Service, client: Client) -> None:
        await client.say("EHLO x.example\r\nMAIL FROM:<>\r\n", replies=2)
        await client.say("RCPT TO:<support@company.example>\r\n" * 30, replies=30)
        assert (await client.say("DATA\r\n.\r\n", replies=2)).startswith("250")

    scenario(tmp_path, script, limits=Limits(errors=5, commands=10))


@pytest.mark.parametrize("said", ["", "NOO", f"{START[:-2]}", START, START + "half a mail"])
def test_time__of_silence_is_over(tmp_path: Path, said: str) -> None:
    """B6: who says nothing more is told why it ends; nothing of a half mail stays."""

    async def script(service: Service, client: Client) -> None:
        client.writer.write(said.encode())
        rest = (await asyncio.wait_for(client.reader.read(), 5)).decode()
        assert rest.endswith("421 4.4.2 too slow, try again later\r\n")
        assert service.mails() == list(service.spool.tmp.iterdir()) == []

    scenario(tmp_path, script, limits=Limits(command=0.05))


def test_time__of_a_mail_in_total_is_over(tmp_path: Path) -> None:
    """B6: a mail that comes a byte at a time ends, although there is never silence for long."""

    async def trickle(client: Client) -> None:
        while True:
            client.writer.write(b"x")
            await asyncio.sleep(0.005)

    async def script(service: Service, client: Client) -> None:
        await client.say(START, replies=4)
        trickling = asyncio.create_task(trickle(client))
        assert (await client.reply()).startswith("421 4.4.2")
        trickling.cancel()
        assert service.mails() == []

    scenario(tmp_path, script, limits=Limits(command=5, mail=0.1))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:a:b:c:d", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_connections__a_client_is_its_network(address: str, network: str) -> None:
    """B6: whoever has one address of IPv6 has as many of them as there are stars."""
    assert network_of(address) == network


def test_connections__of_one_client_are_capped(tmp_path: Path) -> None:
    """B6: one address gets MaxConnectionsPerClient, and another one is served all the same."""

    async def script(service: Service, client: Client) -> None:
        second = await service.connect()
        third = Client(*await asyncio.open_connection("127.0.0.1", service.intake.port))
        assert (await third.reply()).startswith("421 4.3.2 too many connections from this address")
        other = Client(*await asyncio.open_connection("127.0.0.1", service.intake.port, local_addr=("127.0.0.2", 0)))
        assert (await other.reply()).startswith("220")
        await second.command("QUIT")
        assert await second.reply() == "closed"
        assert await (await service.connect()).command("NOOP") == "250 2.0.0 OK"

    scenario(tmp_path, script, max_connections_per_client=2)
