"""The IMAP protocol on a connection of our own making: checked, with time limits, nothing longer than it may be."""

from __future__ import annotations

import imaplib
import select
import ssl
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from connector.config.settings import ImapIn
from connector.intake.dialing import TimeLimits, dial, tls_context
from connector.intake.roads import RoadFailed
from connector.intake.watchdog import Watchdog

LONGEST_LINE = 32 * 1024 * 1024


NO_SENSE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What the libraries raise on answers that make no sense."""


class TooLarge(RoadFailed):
    """The server began to send a mail that is larger than it had said, and than we take."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the server began to send {size} bytes")
        self.size = size


class _Imap4(imaplib.IMAP4):
    """The protocol on a connection of our own making; no literal is longer than a mail may be."""

    def __init__(self, mailbox: ImapIn, watchdog: Watchdog, limits: TimeLimits, longest: int) -> None:
        self._mailbox, self._watchdog, self._limits, self._longest = mailbox, watchdog, limits, longest
        self._most = self._come = 0  # bytes that a command may bring, and has brought
        self.begin_command()
        super().__init__(mailbox.host, mailbox.port)

    def begin_command(self) -> None:
        """Count from here what comes."""
        self._most, self._come = self._longest + 2 * LONGEST_LINE, 0

    def _count(self, data: bytes) -> bytes:
        """Nothing keeps a server from saying so much that there is no memory left, except this."""
        self._come += len(data)
        if self._come > self._most:
            raise self.abort(f"more than {self._most} bytes in answer to one command")
        return data

    def _create_socket(self, timeout: float | None = None) -> Any:
        return dial(self._mailbox, tls_context(), self._watchdog, self._limits)

    def readline(self) -> bytes:
        """Read a line; the answer to a search has seven bytes and more for each mail."""
        line: bytes = self.file.readline(LONGEST_LINE + 1)  # type: ignore[assignment]
        if len(line) > LONGEST_LINE:
            raise self.abort(f"a line of more than {LONGEST_LINE} bytes")
        return self._count(line)

    def _get_response(self) -> Any:
        """Read one response; after one that makes no sense nobody knows where the next begins."""
        try:
            return super()._get_response()  # type: ignore[misc]
        except NO_SENSE as error:
            raise self.abort(f"an answer that makes no sense: {error}") from error

    def read(self, size: int) -> bytes:
        """Read a literal."""
        if size > self._longest:
            raise TooLarge(size)
        return self._count(super().read(size))


class Client(IMAPClient):  # type: ignore[misc]
    """imapclient on that protocol; what the library has no word for is reached here."""

    def __init__(self, mailbox: ImapIn, watchdog: Watchdog, limits: TimeLimits, longest: int) -> None:
        self._how = (mailbox, watchdog, limits, longest)
        self._limits = limits
        super().__init__(mailbox.host, mailbox.port, ssl=False, timeout=SocketTimeout(limits.connect, limits.read))

    def _create_IMAP4(self) -> _Imap4:
        return _Imap4(*self._how)

    def begin_command(self) -> None:
        """What comes from here on is counted."""
        self._imap.begin_command()

    def idle(self) -> None:
        """Begin IDLE; what the server tells before it agrees is kept, as `idle_done` keeps what it tells later.

        The library takes that for a refusal. Raises IMAP4.error where it really is one.
        """
        self._idle_tag = self._imap._command("IDLE")
        while self._imap._get_response():
            if answer := self._imap.tagged_commands[self._idle_tag]:
                del self._imap.tagged_commands[self._idle_tag]
                raise imaplib.IMAP4.error(f"IDLE: {answer[0]} {answer[1]}")

    def forget_untagged(self) -> None:
        """Let go of what the server said without being asked."""
        self._imap.untagged_responses.clear()

    @property
    def tells_of_mail(self) -> bool:
        """Whether it said meanwhile that there is new mail."""
        return "EXISTS" in self._imap.untagged_responses

    def says_something(self, seconds: float) -> bool:
        """Whether there is anything to read, the end of the connection too, within so many seconds.

        `idle_check` waits for the socket alone, though the line may have been read from it already, and takes the end
        of the connection for silence.
        """
        return self._has_read() or (self._moves(seconds) and not self._half_read())

    def _moves(self, seconds: float) -> bool:
        """Whether anything comes, or the connection ends, within so many seconds; with files of any number."""
        poll = select.poll()
        poll.register(self.socket(), select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _has_read(self) -> bool:
        return bool(self._peek())

    def _half_read(self) -> bool:
        """Whether what came is no more than a part of an encrypted record."""
        return self._peek() is None

    def _peek(self) -> bytes | None:
        line = self.socket()
        line.setblocking(False)
        try:
            return bytes(self._imap.file.peek(1))
        except ssl.SSLWantReadError:
            return None
        finally:
            line.settimeout(self._limits.read)
