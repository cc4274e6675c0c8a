"""A real Postfix as the relay: what it hands on verifies, and what it says where it is told to refuse us (B84, B87)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from connector.config.settings import Outgoing
from connector.courier.relay import Relay
from connector.courier.transport import Content, MailObject, Outcome
from tests import postfix
from tests.courier.test_round_trip import CONTENTS, mail
from tests.courier.test_sent_along import in_a_row
from tests.courier.test_signing import HEAD, SIGNER, verifies
from tests.dovecot import free_ports
from tests.service import until
from tests.sink import Sink

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(bool(postfix.missing()), reason=postfix.missing() or "Postfix runs"),
]
REFUSING = {
    "helo": "smtpd_helo_restrictions=reject_non_fqdn_helo_hostname",
    "client": "smtpd_client_restrictions=reject",
    "sender": "smtpd_sender_restrictions=check_sender_access,static:REJECT",
    "relaying": "mynetworks=192.0.2.0/24",
}
SERVICE = "127.0.0.1:{port} inet n - n - - smtpd -o {option}\n"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[dict[str, int], Sink]]:
    """The ports of one that takes all, and of those that refuse; and where its mail goes."""
    ports = dict(zip(REFUSING, free_ports(len(REFUSING)), strict=True))
    more = "".join(SERVICE.format(port=ports[name], option=option) for name, option in REFUSING.items())
    with Sink(lmtp=True).running() as sink, postfix.running(f"inet:127.0.0.1:{sink.port}", "x.example", more) as server:
        yield {"": server.port, **ports}, sink


def send(port: int, *contents: Content, to: str = "amy@x.example", **more: str) -> list[Outcome]:
    outgoing = Outgoing("smtp", host="127.0.0.1", port=port, tls="none", **more)  # type: ignore[arg-type]

    async def script() -> list[Outcome]:
        relay = Relay(outgoing, signer=SIGNER)
        mails = [MailObject("support@company.example", [to], content) for content in contents]
        tried = await in_a_row(relay.session(), mails)
        assert relay.sends_along
        await relay.close()
        return [one.outcomes[to] for one in tried]

    return asyncio.run(script())


def test_postfix__signatures_survive_it(running: tuple[dict[str, int], Sink]) -> None:
    """B84, B85: all that it hands on verifies; lines of at most 998 bytes are promised alone (docs/open.md)."""
    ports, sink = running
    names = [name for name, (_, body) in CONTENTS.items() if max(map(len, body.split(b"\n"))) < 1000]

    assert {one.state for one in send(ports[""], *map(mail, names))} == {"sent"}
    until(lambda: len(sink.mails), len(names))
    arrived = [raw[raw.index(b"DKIM-Signature:") :] for raw in sink.taken()]
    assert [raw[-100:] for raw in arrived if not verifies(raw)] == []


@pytest.mark.parametrize("name", ["helo", "client", "sender"])
def test_postfix__that_refuses_us(name: str, running: tuple[dict[str, int], Sink]) -> None:
    """B87, B107: it says so to each recipient; the mail waits, and somebody is told at once."""
    ports, _ = running
    said = {"helo": "Helo command", "client": "Client host", "sender": "Sender address"}[name]

    (outcome,) = send(ports[name], Content(HEAD, b"x\r\n"), **({"hostname": "box."} if name == "helo" else {}))

    assert (outcome.state, outcome.urgent, outcome.down) == ("deferred", True, False), outcome
    assert f"{said} rejected" in outcome.answer


def test_postfix__that_takes_no_names_without_a_dot(running: tuple[dict[str, int], Sink]) -> None:
    """RFC 5321, 4.1.3: a machine without a full name is taken by its address."""
    ports, _ = running

    assert [one.state for one in send(ports["helo"], Content(HEAD, b"x\r\n"), hostname="box")] == ["sent"]


def test_postfix__that_relays_not_for_us(running: tuple[dict[str, int], Sink]) -> None:
    """B87, B107: what is elsewhere waits, and somebody is told at once."""
    ports, _ = running

    (outcome,) = send(ports["relaying"], Content(HEAD, b"x\r\n"), to="amy@elsewhere.example")

    assert (outcome.state, outcome.urgent) == ("deferred", True), outcome
    assert "454 4.7.1 <amy@elsewhere.example>: Relay access denied" in outcome.answer
