"""How a connection to the relay is opened: aiosmtplib does connecting, EHLO, TLS and AUTH by a password."""

from __future__ import annotations

import asyncio
import base64
import ssl

import aiosmtplib

from connector.config.settings import Outgoing
from connector.courier.connection import Connection, RelayDown, TimeLimits, why_of
from connector.oauth import sasl
from connector.oauth.errors import OAuthFailed
from connector.oauth.tokens import Tokens

SUCCESS = 235
AUTH_LINE = 334
"""The relay has told in base64 why it refuses a token, and waits for an answer."""


async def open_connection(
    settings: Outgoing, context: ssl.SSLContext, limits: TimeLimits, tokens: Tokens | None = None
) -> Connection:
    """Connect, secure and log in as configured, with no fall-back to clear text. Raises RelayDown."""
    password = _password(settings)
    secrets = [password] if password else []
    try:
        client = _client(settings, password, context, limits)
        async with asyncio.timeout(3 * limits.connect):
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
            if tokens is not None:
                await _log_in(client, settings, tokens, secrets)
    except OAuthFailed as error:
        raise RelayDown(f"relay {settings.host}:{settings.port}: {error}", urgent=error.urgent) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        why = why_of(error, secrets)
        raise RelayDown(f"relay {settings.host}:{settings.port}: {why}", urgent=_needs_somebody(error)) from error
    assert isinstance(client.transport, asyncio.Transport)
    return Connection(client.transport, dict(client.esmtp_extensions), limits)


async def _log_in(client: aiosmtplib.SMTP, settings: Outgoing, tokens: Tokens, secrets: list[str]) -> None:
    """By a token, and by another one where it is refused; what must not be shown is added to `secrets`."""
    token = await asyncio.to_thread(tokens.get)
    try:
        await _authenticate(client, settings, token, secrets)
    except aiosmtplib.SMTPAuthenticationError as error:
        if error.code < 500:
            raise
        token = await asyncio.to_thread(tokens.other_than, token)
        await _authenticate(client, settings, token, secrets)


async def _authenticate(client: aiosmtplib.SMTP, settings: Outgoing, token: str, secrets: list[str]) -> None:
    mechanism = sasl.mechanism([name.upper() for name in client.server_auth_methods])
    response = sasl.initial_response(mechanism, settings.user, token, settings.host, settings.port)
    secrets.append(token)
    reply = await client.execute_command(b"AUTH", mechanism.encode(), base64.b64encode(response))
    if reply.code == AUTH_LINE:
        reply = await client.execute_command(base64.b64encode(sasl.error_answer(mechanism)))
    if reply.code != SUCCESS:
        raise aiosmtplib.SMTPAuthenticationError(reply.code, reply.message)


def _password(settings: Outgoing) -> str | None:
    try:
        return settings.password_file.read_text(encoding="utf-8").strip() if settings.password_file else None
    except (OSError, UnicodeDecodeError) as error:
        raise RelayDown(f"the relay's password cannot be read: {why_of(error)}", urgent=True) from error


def _client(settings: Outgoing, password: str | None, context: ssl.SSLContext, limits: TimeLimits) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        username=(settings.user or None) if settings.oauth is None else None,
        password=password,
        use_tls=settings.tls == "tls",
        start_tls=settings.tls == "starttls",
        tls_context=context,
        timeout=limits.connect,
    )


def _needs_somebody(error: BaseException | None) -> bool:
    """Whether the relay will not come back by itself: TLS withheld or wrong, the log-in or all we say refused."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return False  # cut off in the middle
    if isinstance(error, ssl.SSLError):
        return True
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code >= 500
    if type(error) is aiosmtplib.SMTPException:
        return True  # the library's own: the relay lacks STARTTLS, AUTH, or any way to log in that we know
    return error is not None and _needs_somebody(error.__cause__)


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()
