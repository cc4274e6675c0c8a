"""Commands behind STARTTLS, in the clear, that would count as said in TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authority import Authority
from tests.intake.talking import Client, Service, scenario

EVIL = "EHLO e.example\r\nMAIL FROM:<evil@e.example>\r\nRCPT TO:<support@company.example>\r\nDATA\r\nevil\r\n.\r\n"


@pytest.mark.parametrize("greeting", ["", "EHLO mx.x.example\r\n"])
@pytest.mark.parametrize("behind", [EVIL, "NOOP\r\n", "M", "AUTH PLAIN AGEAYg==\r\n"])
def test_commands_behind_starttls_end_the_connection(
    tmp_path: Path, authority: Authority, greeting: str, behind: str
) -> None:
    """B6: who sends on before TLS has begun is sent away: none of it is answered, and nothing is taken."""
    made = authority.certificate()

    async def script(service: Service, client: Client) -> None:
        if greeting:
            await client.say(greeting)
        assert (await client.say(f"STARTTLS\r\n{behind}")).startswith("421 4.7.0")
        assert await client.reply() == "closed"
        assert service.mails() == []

    scenario(tmp_path, script, tls_certificate=made.certificate, tls_key=made.key)
