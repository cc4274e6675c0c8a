"""Log-ins by tokens at a relay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from connector.config.settings import OAuth, Outgoing
from connector.courier.relay import Relay
from connector.courier.transport import Content, MailObject, Outcome
from connector.doctor import relay
from connector.doctor.findings import Finding
from tests.fakes.relay import FakeRelay
from tests.fakes.token_server import USER, TokenServer, refusal
from tests.planted import shows

CONTENT = Content(b"Subject: x\r\n\r\n", b"Hello\r\n")


def send(fake: FakeRelay, oauth: OAuth) -> Outcome:
    async def script() -> Outcome:
        async with fake.running():
            settings = Outgoing("smtp", host="localhost", port=fake.port, tls="none", user=USER, oauth=oauth)
            relay = Relay(settings)
            tried = await relay.session().send(MailObject(USER, ["amy@x.example"], CONTENT))
            await relay.close()
            return tried.outcomes["amy@x.example"]

    return asyncio.run(script())


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_send__by_token(mechanism: str, section: Callable[[str], OAuth], server: TokenServer) -> None:
    """B87: with a token; one that is refused is renewed, once, on the same connection."""
    fake, oauth = FakeRelay(good_tokens=server.good, token_mechanism=mechanism), section("client credentials")

    assert send(fake, oauth).state == "sent"
    server.good.clear()
    assert send(fake, oauth).state == "sent"
    assert (fake.logins, fake.connections, len(server.asked)) == ([USER, USER], 2, 2)


@pytest.mark.parametrize(("reply", "asked", "urgent"), [("535 5.7.3 no {line}", 2, True), ("454 4.7.0 busy", 1, False)])
def test_send__refused(
    reply: str, asked: int, urgent: bool, section: Callable[[str], OAuth], server: TokenServer
) -> None:
    """B87, B102: refused for good, or for now: the relay is down, a person called for the first; no secret is told."""
    outcome = send(FakeRelay(good_tokens={}, login_reply=reply), section("client credentials"))

    assert (outcome.state, outcome.down, outcome.urgent) == ("deferred", True, urgent)
    assert not shows(outcome.answer)
    assert len(server.asked) == asked


def test_send__no_token(section: Callable[[str], OAuth], server: TokenServer) -> None:
    """B87, B102: without a token nothing is said to the relay; the alarm is at once where a person is needed."""
    server.next.append(refusal("invalid_client", 401))
    fake = FakeRelay(good_tokens={})

    outcome = send(fake, section("client credentials"))

    assert (outcome.down, outcome.urgent) == (True, True)
    assert "invalid_client" in outcome.answer
    assert not shows(outcome.answer)
    assert not any(command.startswith("AUTH") for command in fake.commands)


def test_doctor__logs_in_by_token(section: Callable[[str], OAuth], server: TokenServer) -> None:
    """B106, B102: as the courier does; why not, and what to do about it, with no secret."""
    oauth = section("client credentials")

    def look() -> Finding:
        async def script() -> list[Finding]:
            fake = FakeRelay(good_tokens=server.good)
            async with fake.running():
                own = Outgoing(
                    "smtp", host="localhost", port=fake.port, tls="none", user=USER, oauth=oauth, hostname="a.b"
                )
                return await asyncio.to_thread(lambda: list(relay.check(own)))

        (found,) = asyncio.run(script())
        assert not shows(str(found))
        return found

    assert (look().level, look().what.endswith("logged in")) == ("ok", True)
    oauth.cache.unlink()
    server.next.append(refusal("invalid_client", 401, "AADSTS7000222: the secret has expired"))
    found = look()
    assert (found.level, found.todo) == ("problem", "make a new client secret, and write its value into the file")
