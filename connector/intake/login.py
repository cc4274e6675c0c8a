"""Log-in by SMTP: what the client says (RFC 4616, RFC 4954), and whether it is true (B26, B102)."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from connector import users_file
from connector.intake.limits import Limits
from storage.addresses import normalise

REMEMBERED = 10_000  # clients whose wrong log-ins are counted
FORGET_SECONDS = 900.0
UNREADABLE = "501 5.5.2 that is no base64"


class LoginFailed(Exception):
    """The dialogue of the log-in has gone wrong; the text is the reply."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who somebody says he is; nothing shows the password."""

    user: str
    password: str = field(repr=False)


class Asking(Protocol):
    """A dialogue that can ask the client something."""

    async def ask(self, challenge: str) -> bytes:
        """Send a challenge (334); the line that comes back."""


async def read_credentials(client: Asking, mechanism: str, response: str | None = None) -> Credentials:
    """Go through the dialogue of PLAIN or LOGIN; `response` came with the command. Raises LoginFailed."""
    read = MECHANISMS.get(mechanism.upper())
    if read is None:
        raise LoginFailed("504 5.5.4 PLAIN and LOGIN are known here")

    async def say(challenge: str, said: str | None = None) -> str:
        return _decoded(said if said is not None else (await client.ask(challenge)).decode("ascii", "replace"))

    return await read(say, response)


Say = Callable[..., Awaitable[str]]


async def _plain(say: Say, response: str | None) -> Credentials:
    for_whom, _, rest = (await say("", response)).partition("\0")
    user, nul, password = rest.partition("\0")
    if not nul or "\0" in password or for_whom.lower() not in ("", user.lower()):
        raise LoginFailed("501 5.5.2 PLAIN takes user and password, and logs in for oneself alone")
    return Credentials(user, password)


async def _login(say: Say, response: str | None) -> Credentials:
    user = await say("Username:", response)
    return Credentials(user, await say("Password:"))


MECHANISMS = {"PLAIN": _plain, "LOGIN": _login}


def _decoded(said: str) -> str:
    said = said.strip()
    if said == "*":
        raise LoginFailed("501 5.7.0 log-in broken off")
    try:
        return base64.b64decode("" if said == "=" else said, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise LoginFailed(UNREADABLE) from error


@dataclass(slots=True)
class _Wrong:
    times: int
    at: float


class Logins:
    """Checks passwords in a thread of its own. A refusal comes later with each one that the same client had.

    The file is read at each log-in, so that it may change at any time.
    """

    def __init__(self, file: Path, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._thread = ThreadPoolExecutor(1, "log-ins")
        self._wrong: dict[str, _Wrong] = {}  # by client, the latest last

    async def user(self, credentials: Credentials, client: str) -> str:
        """Who has logged in; "" where user or password is wrong. Raises OSError, UsersFileError."""
        loop = asyncio.get_running_loop()
        user = normalise(credentials.user)
        good = await loop.run_in_executor(self._thread, users_file.check, self._file, user, credentials.password)
        if good:
            return user
        await asyncio.sleep(self.pause(client, loop.time()))
        return ""

    def pause(self, client: str, now: float) -> float:
        """Seconds that a refusal waits; what happened a while ago is forgotten."""
        before = self._wrong.pop(client, None)
        times = before.times + 1 if before and now - before.at < FORGET_SECONDS else 1
        self._wrong[client] = _Wrong(times, now)
        if len(self._wrong) > REMEMBERED:
            del self._wrong[next(iter(self._wrong))]
        return min(self._limits.log_in_pause * 2.0 ** min(times - 1, 30), self._limits.longest_pause)

    def close(self) -> None:
        """Take no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
