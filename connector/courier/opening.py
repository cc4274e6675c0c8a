"""How a connection to the relay is opened: aiosmtplib does connecting, EHLO and TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl

import aiosmtplib

from connector.config.settings import Outgoing
from connector.courier.connection import Connection, RelayDown, TimeLimits, why_of
from connector.courier.login import by_password, by_token
from connector.oauth.errors import OAuthFailed
from connector.oauth.tokens import Tokens


async def open_connection(
    settings: Outgoing, context: ssl.SSLContext, limits: TimeLimits, tokens: Tokens | None = None
) -> Connection:
    """Connect, secure and log in as configured, with no fall-back to clear text. Raises RelayDown."""
    password = _password(settings)
    secrets = [password] if password else []
    try:
        client = _client(settings, await asyncio.to_thread(own_name, settings), context, limits)
        async with asyncio.timeout(3 * limits.connect):
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
            if tokens is not None:
                await by_token(client, settings, tokens, secrets)
            elif settings.user:
                await by_password(client, settings.user, password or "", encrypted=settings.tls != "none")
    except OAuthFailed as error:
        raise RelayDown(f"relay {settings.host}:{settings.port}: {error}", urgent=error.urgent) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        why = why_of(_in_words(error), secrets)
        raise RelayDown(f"relay {settings.host}:{settings.port}: {why}", urgent=_needs_somebody(error)) from error
    assert isinstance(client.transport, asyncio.Transport)
    return Connection(client.transport, dict(client.esmtp_extensions), limits)


def own_name(settings: Outgoing) -> str:
    """What is said in EHLO: a full host name, or the machine's address where it has none (RFC 5321, section 4.1.3).

    Relays may refuse a name without a dot, and refuse each mail then, not the connection. Asks the DNS for the relay.
    """
    if "." in settings.hostname:
        return settings.hostname
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as line:
            line.connect(place)  # sends nothing; the machine chooses the address that it would send from
            address = line.getsockname()[0]
    except OSError:
        return "[127.0.0.1]"
    return f"[IPv6:{address}]" if family == socket.AF_INET6 else f"[{address}]"


def _password(settings: Outgoing) -> str | None:
    try:
        return settings.password_file.read_text(encoding="utf-8").strip() if settings.password_file else None
    except (OSError, UnicodeDecodeError) as error:
        raise RelayDown(f"the relay's password cannot be read: {why_of(error)}", urgent=True) from error


def _client(settings: Outgoing, name: str, context: ssl.SSLContext, limits: TimeLimits) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        local_hostname=name,
        use_tls=settings.tls == "tls",
        start_tls=settings.tls == "starttls",
        tls_context=context,
        timeout=limits.connect,
    )


def _in_words(error: BaseException) -> BaseException:
    """A reply as the relay gave it; anything else as it is."""
    return OSError(f"{error.code} {error.message}") if isinstance(error, aiosmtplib.SMTPResponseException) else error


def _needs_somebody(error: BaseException | None) -> bool:
    """Whether the relay will not come back by itself: TLS withheld or wrong, the log-in or all we say refused."""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return False  # cut off in the middle
    if isinstance(error, ssl.SSLError):
        return True
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code >= 500
    if type(error) is aiosmtplib.SMTPException:
        return True  # the relay lacks STARTTLS, or any way to log in that we know
    return error is not None and _needs_somebody(error.__cause__)


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()
