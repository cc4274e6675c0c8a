"""Commands behind STARTTLS; the listener offers none yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.test_smtp import Client, Service, scenario


def test_commands_behind_starttls_are_thrown_away(tmp_path: Path) -> None:
    """B6: nothing that came before the handshake counts after it."""

    async def script(service: Service, client: Client) -> None:
        if "STARTTLS" not in await client.command("EHLO mx.x.example"):
            assert (await client.command("STARTTLS"))[:3] != "220"
            pytest.skip("the listener does not offer STARTTLS yet")
        await client.say("STARTTLS\r\nMAIL FROM:<evil@evil.example>\r\n")
        raise AssertionError("the listener offers STARTTLS: play the attack here")

    scenario(tmp_path, script)
