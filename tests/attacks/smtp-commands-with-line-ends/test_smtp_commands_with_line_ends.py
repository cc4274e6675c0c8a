"""Commands that try to be more than one, and recipients that are not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.talking import Client, Service, scenario

RECIPIENTS = [
    "victim@v.example",
    "support@company.example@v.example",
    "@v.example:support@company.example",
    "victim%v.example@relay.example",
    "v.example!victim",
    "<support@company.example>victim@v.example",
    '"victim@v.example"',
    "support@company.example,victim@v.example",
    "support@company.example\rRCPT TO:<victim@v.example>",
    "support@company.example\nRCPT TO:<victim@v.example>",
    "support@company.example\0@v.example",
]


@pytest.mark.parametrize("recipient", RECIPIENTS, ids=ascii)
def test_recipient_is_refused(tmp_path: Path, recipient: str) -> None:
    """B6: never an open relay, whatever the spelling; whoever is taken is a public address."""

    async def script(service: Service, client: Client) -> None:
        await client.command("EHLO mx.x.example")
        await client.command("MAIL FROM:<m@evil.example>")
        first = await client.command(f"RCPT TO:<{recipient}>")
        assert first[:1] == "5" or recipient.startswith("@v.example:")
        assert (await client.command("NOOP"))[:1] in "25"

    scenario(tmp_path, script)
