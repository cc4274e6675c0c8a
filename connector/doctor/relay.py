"""The relay: reached, encrypted, logged in to, as the courier does it; nothing is sent."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator

from connector.config.settings import Outgoing
from connector.courier.connection import RelayDown, TimeLimits
from connector.courier.opening import open_connection
from connector.doctor.findings import Finding, ok, problem, skipped, warning
from connector.doctor.hints import what_to_do
from connector.oauth.tokens import Tokens

ABOUT = "relay"
LIMITS = TimeLimits(connect=10.0, command=10.0)
WANTED = {
    "size": "a mail that is too large for it is only refused once all of it is sent",
    "8bitmime": "mails that hold more than ASCII may be damaged or refused",
    "pipelining": "each mail takes longer",
}
"""What EHLO should announce, and what its lack means."""


def check(outgoing: Outgoing) -> Iterator[Finding]:
    """The whole way to where a mail would be handed over."""
    if outgoing.transport != "smtp":
        yield skipped(ABOUT, "there is none: Transport is outbox")
        return
    place = f"{outgoing.host}:{outgoing.port}"
    try:
        extensions = asyncio.run(_extensions(outgoing))
    except RelayDown as error:
        secret = "PasswordFile" if outgoing.oauth is None else "the tokens of OAuth"
        otherwise = f"look at Host, Port, Tls, User and {secret} in [OUTGOING]"
        yield problem(ABOUT, str(error), what_to_do(str(error), otherwise))
        return
    secured = "in the clear" if outgoing.tls == "none" else "encrypted, its certificate is good"
    yield ok(ABOUT, f"{place}: {secured}{', logged in' if outgoing.user else ''}")
    if "." not in outgoing.hostname:
        what = (
            f"this machine's name, {outgoing.hostname or 'which is empty'}, has no dot; the relay is told its address"
        )
        yield warning(ABOUT, what, "set Hostname in [SMTPIN] to the full name: some relays refuse mail of others")
    for name, lack in WANTED.items():
        if name not in extensions:
            yield warning(ABOUT, f"{place} does not announce {name.upper()}: {lack}", "ask whoever runs the relay")


async def _extensions(outgoing: Outgoing) -> dict[str, str]:
    tokens = Tokens(outgoing.oauth) if outgoing.oauth else None
    connection = await open_connection(outgoing, ssl.create_default_context(), LIMITS, tokens)
    try:
        return connection.extensions
    finally:
        await connection.quit()
