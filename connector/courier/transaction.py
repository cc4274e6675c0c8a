"""One transaction with the relay: MAIL, RCPT, DATA, and what each answer means for whom (B87, B88)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from connector.courier.connection import Connection, RelayGone, RelaySilent, Reply, TimeLimits
from connector.courier.refusals import is_of_us
from connector.courier.transport import Content, Outcome

NOT_LOGGED_IN = (530, 534, 535, 538)  # to MAIL or DATA: the configuration is wrong, not the mail


@dataclass(slots=True)
class Round:
    """One transaction: whom it is to, what became of them, and who has to be tried in another one at once."""

    recipients: list[str]
    taken: list[str] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    again: list[list[str]] = field(default_factory=list)
    why: str = ""  # the relay ended the session before the mail began

    def settle(self, recipients: Sequence[str], outcome: Outcome) -> None:
        """The same outcome for all of these."""
        self.outcomes.update(dict.fromkeys(recipients, outcome))

    @property
    def open(self) -> list[str]:
        """Who has no outcome yet and is not put into another transaction."""
        later = {address for group in self.again for address in group}
        return [address for address in self.recipients if address not in self.outcomes and address not in later]


class Transaction:
    """MAIL, RCPT, DATA on one connection, writing into one round."""

    def __init__(self, connection: Connection, done: Round, limits: TimeLimits) -> None:
        self._connection = connection
        self._limits = limits
        self._done = done
        self._pipelining = "pipelining" in connection.extensions
        self._asked_for_data = False  # DATA was sent along, its reply is yet to come
        self._shared = len(done.recipients) > 1

    async def run(self, envelope_from: str, content: Content, size: int) -> bool:
        """Go through the transaction; False where the connection was dead from the start. Raises RelayGone."""
        if not await self._mail(envelope_from, size):
            return False
        if self._done.taken:
            await self._data(content, size)
        elif self._connection.usable:
            await self._nothing_to_send()
        return True

    async def _nothing_to_send(self) -> None:
        """Nobody was taken: leave the transaction, or the connection where it waits for the mail all the same."""
        if self._asked_for_data and (await self._connection.reply()).code == 354:
            self._connection.abort()  # whoever sent the final dot now could be sending an empty mail (RFC 2920, 3.1)
        else:
            await self._connection.command("RSET")

    async def _mail(self, envelope_from: str, size: int) -> bool:
        """MAIL and all RCPT; who was taken is in the round."""
        recipients = [address for address in self._done.recipients if self._can_take(address)]
        if not recipients:
            return True
        pipelined = (*map(_rcpt_command, recipients), "DATA") if self._pipelining else ()
        self._connection.write(self._mail_command(envelope_from, recipients, size), *pipelined)
        self._asked_for_data = self._pipelining
        reply = await self._first_reply()
        if reply is None:
            return False
        if reply.code >= 300:
            await self._refuse_all(recipients, reply)
            return True
        for number, address in enumerate(recipients, start=1):
            if not await self._rcpt(address, recipients[number:]):
                break
        return True

    async def _first_reply(self) -> Reply | None:
        """The reply to MAIL; None where the relay had ended the session, as it may with one that was idle."""
        try:
            reply = await self._connection.reply()
        except RelaySilent:
            raise
        except RelayGone as error:
            self._done.why = str(error)
            return None
        if reply.code == 421:
            self._done.why = str(reply)
            return None
        return reply

    def _can_take(self, address: str) -> bool:
        """Whether the relay's extensions allow the address; its outcome is settled where they do not."""
        if address.isascii() or "smtputf8" in self._connection.extensions:
            return True
        answer = "the relay takes no addresses with letters outside ASCII (it has no SMTPUTF8)"
        self._done.settle([address], Outcome("failed", answer))
        return False

    def _mail_command(self, envelope_from: str, recipients: list[str], size: int) -> str:
        extensions = self._connection.extensions
        command = f"MAIL FROM:<{envelope_from}>"
        if "size" in extensions:
            command += f" SIZE={size}"
        if "8bitmime" in extensions:
            command += " BODY=8BITMIME"
        if "smtputf8" in extensions and not all(map(str.isascii, [envelope_from, *recipients])):
            command += " SMTPUTF8"
        return command

    async def _rcpt(self, address: str, rest: list[str]) -> bool:
        """One recipient; False where the connection ended with it, and the rest needs another one."""
        try:
            if not self._pipelining:
                self._connection.write(_rcpt_command(address))
            reply = await self._connection.reply(self._limits.shared if self._shared else 0)
        except RelayGone as error:
            self._start_over(rest)
            if self._shared and isinstance(error, RelaySilent):
                self._done.again.append([address])  # with all the time there is, and nobody who waits for it
            else:
                self._done.settle([address], Outcome("deferred", str(error)))
            return False
        if reply.code < 300:
            self._done.taken.append(address)
        elif reply.code == 452 and self._done.taken:
            self._later([address])  # too many for one transaction (RFC 5321, 4.5.3.1.10)
        else:
            outcome = outcome_of(reply)
            self._done.settle([address], replace(outcome, of_recipient=outcome.state == "failed"))
        if reply.code != 421:
            return True
        self._start_over(rest)
        return False

    def _start_over(self, rest: list[str]) -> None:
        """The connection ended among the RCPTs: those taken and those not asked for go into another transaction."""
        self._later([*self._done.taken, *rest])
        self._done.taken.clear()
        self._connection.abort()

    def _later(self, recipients: list[str]) -> None:
        """Put recipients into the one transaction that follows this one."""
        if self._done.again:
            self._done.again[0].extend(recipients)
        else:
            self._done.again.append(recipients)

    async def _refuse_all(self, recipients: list[str], reply: Reply) -> None:
        """MAIL was refused: that counts for everybody, whatever the RCPTs sent along are told."""
        self._done.settle(recipients, _not_logged_in(reply) or outcome_of(reply))
        for _ in recipients if self._pipelining else ():
            await self._connection.reply()

    async def _data(self, content: Content, size: int) -> None:
        """The mail itself, and what its reply means for those who were taken."""
        done = self._done
        reply = await (self._connection.reply() if self._asked_for_data else self._connection.command("DATA"))
        if reply.code == 354:
            reply = await self._connection.send_content(content.chunks(), size)
            # failpoint: relay.answered
        elif down := _not_logged_in(reply):
            done.settle(done.taken, down)
            return
        elif reply.code < 400:
            raise RelayGone(f"the relay answered DATA with {reply}")
        if reply.code >= 500 and len(done.taken) > 1 and not is_of_us(str(reply)):
            done.again.extend([address] for address in done.taken)  # one of them may be why: each by itself
        else:
            done.settle(done.taken, outcome_of(reply))


def _rcpt_command(address: str) -> str:
    return f"RCPT TO:<{address}>"


def outcome_of(reply: Reply) -> Outcome:
    """What a reply means for a recipient: 2xx sent, 4xx later, 5xx never, unless an administrator may help."""
    if 200 <= reply.code < 300:
        return Outcome("sent", str(reply))
    never = 500 <= reply.code < 600 and reply.code not in NOT_LOGGED_IN
    if is_of_us(str(reply)):
        return Outcome("deferred", str(reply), urgent=True)
    return Outcome("failed" if never else "deferred", str(reply))


def _not_logged_in(reply: Reply) -> Outcome | None:
    """The outcome for everybody where the relay takes no mail at all without a log-in."""
    return Outcome("deferred", str(reply), down=True, urgent=True) if reply.code in NOT_LOGGED_IN else None
