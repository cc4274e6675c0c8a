"""One mail through the way out at once, with each step told: to see whether the configuration is right."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from connector.config.settings import Outgoing
from connector.courier.connection import Connection, RelayDown, RelayGone, TimeLimits
from connector.courier.fitting import Unsendable, fitted
from connector.courier.opening import open_connection, own_name
from connector.courier.outbox import Outbox
from connector.courier.signing import Signer, signer_of
from connector.courier.transaction import Round, Transaction
from connector.courier.transport import Content, MailObject, Outcome
from connector.oauth.tokens import Tokens

Tell = Callable[[str], None]
SAID = ("size", "8bitmime", "smtputf8", "pipelining")
"""Extensions that make a difference to us."""


async def trial(settings: Outgoing, sender: str, recipient: str, content: Content, tell: Tell) -> Outcome:
    """Send it; nothing is tried twice. Raises UnfitKey where the key for signatures is none."""
    signer = signer_of(settings)
    if settings.transport != "smtp":
        tell(_signature(signer))
        tried = await Outbox(settings.outbox, signer).send(MailObject(sender, [recipient], content))
        return tried.outcomes[recipient]
    limits = TimeLimits()
    tokens = Tokens(settings.oauth) if settings.oauth else None
    try:
        connection = await open_connection(settings, ssl.create_default_context(), limits, tokens)
    except RelayDown as error:
        return Outcome("failed", str(error))
    try:
        _tell_connection(connection, settings, tell)
        content = await fitted(content, connection.extensions, signer)
        tell(_signature(signer))
        done = Round([recipient])
        async with asyncio.timeout(limits.transaction):
            await Transaction(connection, done, limits, MailObject(sender, [recipient], content), content).run()
    except (RelayGone, Unsendable, TimeoutError) as error:
        return Outcome("failed", str(error) or "the relay took too long over the mail")
    finally:
        await connection.quit()
    return done.outcomes.get(recipient, Outcome("failed", done.why))


def _tell_connection(connection: Connection, settings: Outgoing, tell: Tell) -> None:
    tell(f"connected to {settings.host}:{settings.port}, which is told that we are {own_name(settings)}")
    version, names = connection.encryption
    tell(f"encrypted by {version}, with the certificate of {names}" if version else "not encrypted (Tls is none)")
    how = "by a token" if settings.oauth else "by a password"
    logged_in = settings.user and (settings.oauth or settings.password_file)
    tell(f"logged in as {settings.user} {how}" if logged_in else "not logged in (no User and PasswordFile)")
    said = [f"{name} {connection.extensions[name]}".strip() for name in SAID if name in connection.extensions]
    tell(f"the relay says: {', '.join(said).upper() or 'no extensions'}")


def _signature(signer: Signer | None) -> str:
    if signer is None:
        return "not signed (no DkimKeyFile)"
    return f"signed by {signer.domain} with the key {signer.selector} ({signer.key.algorithm})"
