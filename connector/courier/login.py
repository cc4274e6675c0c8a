"""How the relay is logged in to: by a password (PLAIN, LOGIN, CRAM-MD5) or a token (XOAUTH2, OAUTHBEARER)."""

from __future__ import annotations

import asyncio
import base64

import aiosmtplib

from connector.config.settings import Outgoing
from connector.oauth import sasl
from connector.oauth.tokens import Tokens

SUCCESS = 235
AUTH_LINE = 334
"""The relay has told in base64 why it refuses a token, and waits for an answer."""
ENCRYPTED = ("plain", "login", "cram-md5")
IN_THE_CLEAR = ("cram-md5", "plain", "login")
"""Ways to say a password, the first that is offered: CRAM-MD5 does not say it, and is of use where nothing hides it."""


async def by_password(client: aiosmtplib.SMTP, user: str, password: str, *, encrypted: bool) -> None:
    """One try, by one mechanism: a second one could lock the account, and would hide what the first was told."""
    known = [name for name in (ENCRYPTED if encrypted else IN_THE_CLEAR) if name in client.server_auth_methods]
    if not known:
        offered = ", ".join(client.server_auth_methods).upper() or "no log-in at all"
        raise aiosmtplib.SMTPException(f"AUTH: it takes no password, but offers {offered}")
    say = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}[known[0]]
    await say(user, password)


async def by_token(client: aiosmtplib.SMTP, settings: Outgoing, tokens: Tokens, secrets: list[str]) -> None:
    """By a token, and by another one where it is refused; what must not be shown is added to `secrets`."""
    token = await asyncio.to_thread(tokens.get)
    try:
        await _say_token(client, settings, token, secrets)
    except aiosmtplib.SMTPAuthenticationError as error:
        if error.code < 500:
            raise
        token = await asyncio.to_thread(tokens.other_than, token)
        await _say_token(client, settings, token, secrets)


async def _say_token(client: aiosmtplib.SMTP, settings: Outgoing, token: str, secrets: list[str]) -> None:
    mechanism = sasl.mechanism([name.upper() for name in client.server_auth_methods])
    response = sasl.initial_response(mechanism, settings.user, token, settings.host, settings.port)
    secrets.append(token)
    reply = await client.execute_command(b"AUTH", mechanism.encode(), base64.b64encode(response))
    if reply.code == AUTH_LINE:
        reply = await client.execute_command(base64.b64encode(sasl.error_answer(mechanism)))
    if reply.code != SUCCESS:
        raise aiosmtplib.SMTPAuthenticationError(reply.code, reply.message)
