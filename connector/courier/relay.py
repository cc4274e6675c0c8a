"""The relay: one mail to several recipients in one transaction, and who needs another one (B87, B88)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

from connector.config.settings import Outgoing
from connector.courier.connection import Connection, RelayDown, RelayGone, TimeLimits
from connector.courier.fitting import Unsendable, fitted
from connector.courier.opening import open_connection
from connector.courier.signing import Signer
from connector.courier.transaction import Round, Transaction
from connector.courier.transport import Content, Outcome, Tried, unsafe
from connector.oauth.tokens import Tokens

KEEP_SECONDS = 20.0  # an idle connection is used again within this time
BYTES_PER_SECOND = 64 * 1024  # the slowest relay that a large mail is given time for
MAYBE = "; it may have been delivered"


class Relay:
    """A relay that takes our mail by SMTP; connections are kept open and used again."""

    def __init__(
        self,
        settings: Outgoing,
        context: ssl.SSLContext | None = None,
        limits: TimeLimits | None = None,
        signer: Signer | None = None,
    ) -> None:
        self._settings = settings
        self._signer = signer
        self._context = context or ssl.create_default_context()
        self._limits = limits or TimeLimits()
        self._tokens = Tokens(settings.oauth) if settings.oauth else None
        self._idle: list[Connection] = []
        self._in_use = 0

    async def send(self, envelope_from: str, recipients: Sequence[str], content: Content) -> Tried:
        """Send one mail in one transaction. Raises OSError where the mail itself cannot be read."""
        outcomes = {address: bad for address in recipients if (bad := unsafe(address))}
        good = [address for address in dict.fromkeys(recipients) if address not in outcomes]
        if envelope_from and (bad := unsafe(envelope_from)):
            return Tried(outcomes | dict.fromkeys(good, bad))
        if not good:
            return Tried(outcomes)
        done = await self._send_round(envelope_from, good, content)
        return Tried(outcomes | done.outcomes, tuple(tuple(group) for group in done.again if group))

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in idle))

    # -- connections --------------------------------------------------------------------------------------------

    async def _send_round(self, envelope_from: str, recipients: list[str], content: Content) -> Round:
        """One transaction, on a new connection where a kept one turns out to be dead."""
        while (kept := self._kept()) is not None:
            done = Round(recipients)
            if await self._use(kept, envelope_from, done, content):
                return done
        done = Round(recipients)
        others = self._in_use
        try:
            connection = await open_connection(self._settings, self._context, self._limits, self._tokens)
        except RelayDown as error:
            # a relay that refuses one connection more while it serves others is not down
            closed = not others
            done.settle(recipients, Outcome("deferred", str(error), down=closed, urgent=closed and error.urgent))
            return done
        if not await self._use(connection, envelope_from, done, content):
            done.settle(done.open, Outcome("deferred", done.why))
        return done

    def _kept(self) -> Connection | None:
        """The idle connection that was used last, if it is fresh enough."""
        oldest = asyncio.get_running_loop().time() - KEEP_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.abort()
        return None

    async def _use(self, connection: Connection, envelope_from: str, done: Round, content: Content) -> bool:
        """One transaction on a connection; False where the relay was gone before it began."""
        self._in_use += 1
        alive = False
        try:
            content = await fitted(content, connection.extensions, self._signer)
            size = content.size()
            seconds = self._limits.transaction + size / BYTES_PER_SECOND
            connection.ends_at = asyncio.get_running_loop().time() + seconds
            begun = await Transaction(connection, done, self._limits).run(envelope_from, content, size)
            alive = begun and connection.usable
            return begun
        except Unsendable as error:
            done.settle(done.open, Outcome("failed", str(error)))
            alive = True
            return True
        except (RelayGone, TimeoutError) as error:
            why = str(error) or "the relay took too long over the mail"
            done.settle(done.open, Outcome("deferred", why + MAYBE if connection.dot_written else why))
            return True
        finally:
            self._in_use -= 1
            if alive:
                connection.idle_since = asyncio.get_running_loop().time()
                self._idle.append(connection)
            else:
                connection.abort()
