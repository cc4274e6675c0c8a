"""The relay: one mail to several recipients in one transaction, and who needs another one (B87, B88)."""

from __future__ import annotations

import asyncio
import ssl

import structlog

from connector.config.settings import Outgoing
from connector.courier.connection import Connection, RelayDown, RelayGone, TimeLimits
from connector.courier.fitting import Unsendable, fitted
from connector.courier.opening import open_connection
from connector.courier.signing import Signer
from connector.courier.transaction import Round, Transaction
from connector.courier.transport import Following, MailObject, Outcome, Tried, checked, nothing
from connector.oauth.tokens import Tokens

KEEP_SECONDS = 20.0  # an idle connection is used again within this time
BYTES_PER_SECOND = 64 * 1024  # the slowest relay that a large mail is given time for
MAYBE = "; it may have been delivered"
log = structlog.get_logger("courier")


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
        self.in_use = 0
        self.sends_along = True  # the beginning of a mail, with the dot of the one before

    def session(self) -> RelaySession:
        """For mails that go one after the other."""
        return RelaySession(self, self._limits, self._signer)

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in idle))

    # -- connections, for sessions -----------------------------------------------------------------------------

    def kept(self) -> Connection | None:
        """The idle connection that was used last, if it is fresh enough."""
        oldest = asyncio.get_running_loop().time() - KEEP_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.abort()
        return None

    def keep(self, connection: Connection) -> None:
        """Keep one for the next session."""
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)

    def stop_sending_along(self) -> None:
        """From now on a mail begins when the one before has ended: something on the way loses what comes early."""
        if self.sends_along:
            self.sends_along = False
            log.warning("the relay does not take MAIL along with a final dot: mails go more slowly")

    async def open(self) -> Connection:
        """A new one. Raises RelayDown."""
        return await open_connection(self._settings, self._context, self._limits, self._tokens)


class RelaySession:
    """Mails one after the other; where it can, MAIL, RCPT and DATA of the next leave with the dot of the one before.

    So most transactions cost one round trip (RFC 2920, 3.1: DATA is the last of a group, a MAIL may be in its midst).
    """

    def __init__(self, relay: Relay, limits: TimeLimits, signer: Signer | None) -> None:
        self._relay = relay
        self._limits = limits
        self._signer = signer
        self._following: Following = nothing
        self._begun: Transaction | None = None  # MAIL is sent

    async def send(self, mail: MailObject, following: Following = nothing) -> Tried:
        """Send one mail in one transaction. Raises OSError where the mail itself cannot be read."""
        outcomes, good = checked(mail)
        if not good:
            return Tried(outcomes)
        self._following = following
        done = await self._send_round(mail, good)
        return Tried(outcomes | done.outcomes, tuple(tuple(group) for group in done.again if group))

    def end(self) -> None:
        """Cut the connection on which a mail was begun that does not follow: nothing of it was sent."""
        if self._begun is not None:
            self._begun.connection.abort()
            self._begun = None

    async def _send_round(self, mail: MailObject, recipients: list[str]) -> Round:
        """One transaction, on a new connection where a kept one, or the one it was begun on, turns out to be dead."""
        begun = self._taken_up(mail)
        if begun is not None and await self._use(begun.connection, mail, begun.done, begun):
            return begun.done
        if begun is None or not begun.unread:
            return await self._send_anew(mail, recipients)
        self._following = nothing
        done = await self._send_anew(mail, recipients)
        if done.taken:
            self._relay.stop_sending_along()
        return done

    async def _send_anew(self, mail: MailObject, recipients: list[str]) -> Round:
        while (kept := self._relay.kept()) is not None:
            done = Round(recipients)
            if await self._use(kept, mail, done):
                return done
        done = Round(recipients)
        others = self._relay.in_use
        try:
            connection = await self._relay.open()
        except RelayDown as error:
            # a relay that refuses one connection more while it serves others is not down
            closed = not others
            done.settle(recipients, Outcome("deferred", str(error), down=closed, urgent=closed and error.urgent))
            return done
        if not await self._use(connection, mail, done):
            done.settle(done.open, Outcome("deferred", done.why))
        return done

    def _taken_up(self, mail: MailObject) -> Transaction | None:
        """The transaction that was begun for the mail; one that was begun for another is over."""
        if self._begun is not None and self._begun.mail is not mail:
            self.end()
        begun, self._begun = self._begun, None
        return begun

    async def _use(
        self, connection: Connection, mail: MailObject, done: Round, begun: Transaction | None = None
    ) -> bool:
        """One transaction on a connection, from where it was begun to; False where nothing came of it there."""
        self._relay.in_use += 1
        alive = False
        try:
            transaction = begun or await self._transaction(connection, mail, done)
            seconds = self._limits.transaction + transaction.size / BYTES_PER_SECOND
            connection.ends_at = asyncio.get_running_loop().time() + seconds
            counts = await transaction.run(self._begin_next)
            alive = counts and connection.usable
            return counts
        except Unsendable as error:
            done.settle(done.open, Outcome("failed", str(error)))
            alive = True
            return True
        except (RelayGone, TimeoutError) as error:
            why = str(error) or "the relay took too long over the mail"
            done.settle(done.open, Outcome("deferred", why + MAYBE if connection.dot_written else why))
            return True
        finally:
            self._relay.in_use -= 1
            if not alive:
                connection.abort()
                self._begun = None
            elif self._begun is None:
                self._relay.keep(connection)

    async def _transaction(self, connection: Connection, mail: MailObject, done: Round) -> Transaction:
        content = await fitted(mail.content, connection.extensions, self._signer)
        return Transaction(connection, done, self._limits, mail, content)

    async def _begin_next(self, connection: Connection) -> bytes:
        """What begins the next mail; nothing where there is none, or where it has to wait for its turn."""
        try:
            mail = self._following() if self._relay.sends_along else None
            good = checked(mail)[1] if mail else []
            if mail is None or not good:
                return b""
            begun = await self._transaction(connection, mail, Round(good))
        except Exception:  # whatever it is must not touch the mail before, and is met again when its turn comes
            return b""
        commands = begun.begin()
        self._begun = begun if commands else None
        return commands
