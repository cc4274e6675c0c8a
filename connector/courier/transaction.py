"""One transaction with the relay: MAIL, RCPT, DATA, and what each answer means for whom (B87, B88)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from connector.courier.connection import Connection, RelayGone, RelaySilent, Reply, TimeLimits, lines
from connector.courier.refusals import is_of_us
from connector.courier.transport import Content, MailObject, Outcome

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


async def nothing_behind(_: Connection) -> bytes:
    """The dot goes alone."""
    return b""


class Transaction:
    """MAIL, RCPT, DATA on one connection, writing into one round; `content` is the mail's as this relay can take it."""

    def __init__(
        self, connection: Connection, done: Round, limits: TimeLimits, mail: MailObject, content: Content
    ) -> None:
        self.connection = connection
        self.done = done
        self.mail = mail
        self.size = content.size()
        self._content = content
        self._limits = limits
        self._pipelining = "pipelining" in connection.extensions
        self._recipients = [address for address in done.recipients if self._can_take(address)]
        self._asked_for_data = self._pipelining and bool(self._recipients)  # DATA is sent along with the RCPTs
        self._shared = len(done.recipients) > 1
        self._begun = False  # it was sent along with the dot of the mail before
        self.unread = False  # what was sent along was answered with no, or not at all

    async def run(self, behind: Callable[[Connection], Awaitable[bytes]] = nothing_behind) -> bool:
        """Go through the transaction; False where it has to be done on another connection, for nothing of it counts.

        `behind` gives the commands to send along with the final dot. Raises RelayGone.
        """
        if self._recipients and not await self._mail():
            return False
        if self.done.taken:
            await self._data(behind)
        elif self.connection.usable:
            await self._nothing_to_send()
        return True

    def begin(self) -> bytes:
        """What begins it, to be sent before its turn; empty where it cannot be begun in one go."""
        self._begun = self._asked_for_data
        return self._beginning() if self._begun else b""

    def _beginning(self) -> bytes:
        pipelined = (*map(_rcpt_command, self._recipients), "DATA") if self._pipelining else ()
        return lines(self._mail_command(), *pipelined)

    async def _nothing_to_send(self) -> None:
        """Nobody was taken: leave the transaction, or the connection where it waits for the mail all the same."""
        if self._asked_for_data and (await self.connection.reply()).code == 354:
            self.connection.abort()  # whoever sent the final dot now could be sending an empty mail (RFC 2920, 3.1)
        else:
            await self.connection.command("RSET")

    async def _mail(self) -> bool:
        """MAIL and all RCPT; who was taken is in the round."""
        recipients = self._recipients
        if not self._begun:
            self.connection.write(self._beginning())
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
        """The reply to MAIL; None where the relay had ended the session, as it may with one that was idle.

        None too for one that was sent along and is not taken: the relay may not have been able to read it there.
        """
        try:
            reply = await self.connection.reply(self._limits.shared if self._begun else 0)
        except RelaySilent:
            if not self._begun:
                raise
            self.unread = True
            return None
        except RelayGone as error:
            self.done.why = str(error)
            return None
        self.unread = self._begun and reply.code >= 300 and reply.code != 421
        if reply.code == 421 or self.unread:
            self.done.why = str(reply)
            return None
        return reply

    def _can_take(self, address: str) -> bool:
        """Whether the relay's extensions allow the address; its outcome is settled where they do not."""
        if address.isascii() or "smtputf8" in self.connection.extensions:
            return True
        answer = "the relay takes no addresses with letters outside ASCII (it has no SMTPUTF8)"
        self.done.settle([address], Outcome("failed", answer))
        return False

    def _mail_command(self) -> str:
        extensions = self.connection.extensions
        command = f"MAIL FROM:<{self.mail.envelope_from}>"
        if "size" in extensions:
            command += f" SIZE={self.size}"
        if "8bitmime" in extensions:
            command += " BODY=8BITMIME"
        if "smtputf8" in extensions and not all(map(str.isascii, [self.mail.envelope_from, *self._recipients])):
            command += " SMTPUTF8"
        return command

    async def _rcpt(self, address: str, rest: list[str]) -> bool:
        """One recipient; False where the connection ended with it, and the rest needs another one."""
        try:
            if not self._pipelining:
                self.connection.write(lines(_rcpt_command(address)))
            reply = await self.connection.reply(self._limits.shared if self._shared else 0)
        except RelayGone as error:
            self._start_over(rest)
            if self._shared and isinstance(error, RelaySilent):
                self.done.again.append([address])  # with all the time there is, and nobody who waits for it
            else:
                self.done.settle([address], Outcome("deferred", str(error)))
            return False
        if reply.code < 300:
            self.done.taken.append(address)
        elif reply.code == 452 and self.done.taken:
            self._later([address])  # too many for one transaction (RFC 5321, 4.5.3.1.10)
        else:
            outcome = outcome_of(reply)
            self.done.settle([address], replace(outcome, of_recipient=outcome.state == "failed"))
        if reply.code != 421:
            return True
        self._start_over(rest)
        return False

    def _start_over(self, rest: list[str]) -> None:
        """The connection ended among the RCPTs: those taken and those not asked for go into another transaction."""
        self._later([*self.done.taken, *rest])
        self.done.taken.clear()
        self.connection.abort()

    def _later(self, recipients: list[str]) -> None:
        """Put recipients into the one transaction that follows this one."""
        if self.done.again:
            self.done.again[0].extend(recipients)
        else:
            self.done.again.append(recipients)

    async def _refuse_all(self, recipients: list[str], reply: Reply) -> None:
        """MAIL was refused: that counts for everybody, whatever the RCPTs sent along are told."""
        self.done.settle(recipients, _not_logged_in(reply) or outcome_of(reply))
        for _ in recipients if self._pipelining else ():
            await self.connection.reply()

    async def _data(self, behind: Callable[[Connection], Awaitable[bytes]]) -> None:
        """The mail itself, and what its reply means for those who were taken."""
        done = self.done
        reply = await (self.connection.reply() if self._asked_for_data else self.connection.command("DATA"))
        if reply.code == 354:
            commands = await behind(self.connection)
            reply = await self.connection.send_content(self._content.chunks(), self.size, commands)
            # failpoint: relay.answered
            self._settle_taken(reply)
            return
        if reply.code < 400:
            raise RelayGone(f"the relay answered DATA with {reply}")
        if down := _not_logged_in(reply):
            done.settle(done.taken, down)
        else:
            self._settle_taken(reply)
        await self.connection.command("RSET")  # the relay has its sender still, and would refuse another one

    def _settle_taken(self, reply: Reply) -> None:
        done = self.done
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
