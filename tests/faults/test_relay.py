"""A relay that hangs, trickles, closes or refuses before the first mail: at each step, within one time limit (B87)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from connector.courier.connection import TimeLimits
from connector.courier.transport import Outcome
from tests.authority import Authority
from tests.courier.test_relay import CONTENT, SENDER, relay_to, sent
from tests.fakes.relay import FakeRelay
from tests.planted import MARK

SHORT = TimeLimits(connect=0.3, command=0.3, shared=0.1, dot=0.3, transaction=1)
ENDLESS = b"220-relay.example\r\n" * 500_000


@pytest.mark.parametrize("how", ["hang", "drop", "trickle", "421", "451", "554"])
@pytest.mark.parametrize("verb", ["EHLO", "STARTTLS", "AUTH"])
def test_opening__stuck_at_a_step(authority: Authority, tmp_path: Path, verb: str, how: str) -> None:
    """B87: no connection is had, which is no mail's try; nothing is said in the clear, and nothing waits for ever."""
    (tmp_path / "password").write_text(MARK)
    fake = FakeRelay(tls=authority.certificate().context(), users={"connector": MARK}, stuck_at=verb, stuck_by=how)

    async def script() -> Outcome:
        async with fake.running(), asyncio.timeout(5):
            relay = relay_to(
                fake, "starttls", authority.trusting(), user="connector", password_file=tmp_path / "password"
            )
            relay._limits = SHORT
            return (await sent(relay, SENDER, ["amy@x.example"], CONTENT))["amy@x.example"]

    found = asyncio.run(script())
    assert (found.state, found.down) == ("deferred", True)
    assert fake.taken == []
    assert not any(command.startswith("MAIL") for command in fake.commands)


def test_opening__ten_megabytes_of_greeting() -> None:
    """B87: a greeting that never ends is cut off within the time for opening a connection."""
    fake = FakeRelay(banner=ENDLESS)

    async def script() -> Outcome:
        async with fake.running():
            relay = relay_to(fake)
            relay._limits = SHORT
            return (await sent(relay, SENDER, ["amy@x.example"], CONTENT))["amy@x.example"]

    found = asyncio.run(script())
    assert (found.state, found.down, len(found.answer) < 600) == ("deferred", True, True)
