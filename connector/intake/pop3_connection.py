"""One POP3 connection, logged in (RFC 1939): every command has a time limit, and every error is a RoadFailed."""

from __future__ import annotations

import poplib
import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from connector.config.settings import Pop3In
from connector.intake.credentials import Credentials
from connector.intake.dialing import BYTES_PER_SECOND, TimeLimits, dial, failed, shown, tls_context, words_of
from connector.intake.roads import RoadFailed
from connector.intake.watchdog import Watchdog

LIST_BYTES = 64 * 1024 * 1024
"""What a server may answer to one command that is not for a mail."""
LIST_LINE = re.compile(rb"\s*(\d{1,9})\s+(\d{1,18})\b")
UIDL_LINE = re.compile(rb"\s*(\d{1,9})\s+(\S+)")


class Refused(RoadFailed):
    """The server said no; the connection goes on."""


class Waiting(NamedTuple):
    """A mail in the mailbox; its number holds for this connection alone."""

    number: int
    name: str  # what it is called on every connection (UIDL), or nothing where the server has no name for it alone
    size: int  # bytes, as the server says it

    @property
    def key(self) -> str:
        """What it is called here: likely the same on every connection, and no other mail's."""
        return f"{self.name or f'number {self.number}'} ({self.size} bytes)"


class _Pop3(poplib.POP3):
    """The protocol on a connection of our own making; the lines of a mail may be as long as they are."""

    def __init__(self, mailbox: Pop3In, watchdog: Watchdog, limits: TimeLimits) -> None:
        self._mailbox, self._watchdog, self._limits = mailbox, watchdog, limits
        self._come = 0
        super().__init__(mailbox.host, mailbox.port)

    def begin_command(self) -> None:
        """Count from here what comes."""
        self._come = 0

    def _getline(self) -> tuple[bytes, int]:
        line, octets = super()._getline()  # type: ignore[misc]
        self._come += octets
        if self._come > LIST_BYTES:
            raise poplib.error_proto(f"more than {LIST_BYTES} bytes in answer to one command")
        return line, octets

    def _create_socket(self, timeout: float) -> socket.socket:
        return dial(self._mailbox, tls_context(), self._watchdog, self._limits)

    def content(self, number: int, largest: int) -> bytes | None:
        """The whole mail; None where it turns out to be larger than that: then the connection is of no use any more.

        Raises error_proto, also where the connection ends before the mail does.
        """
        self._shortcmd(f"RETR {number}")  # type: ignore[attr-defined]
        lines: list[bytes] = []
        size = 0
        while True:
            line = self.file.readline(largest + 4)
            if not line.endswith(b"\n"):
                if len(line) > largest:
                    return None
                raise poplib.error_proto("-ERR EOF within a mail")
            if line in (b".\r\n", b".\n"):
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
            size += len(lines[-1])
            if size > largest:
                return None


class Pop3Connection:
    """Open and logged in. For one thread."""

    def __init__(self, mailbox: Pop3In, credentials: Credentials, watchdog: Watchdog, limits: TimeLimits) -> None:
        self._watchdog = watchdog
        self._limits = limits
        with self._asked(f"no connection to {mailbox.host}:{mailbox.port}"):
            self._client = _Pop3(mailbox, watchdog, limits)
        try:
            if mailbox.tls == "starttls":
                self._start_tls()
            with self._asked("log-in"):
                credentials.log_in_pop3(self._client)
        except BaseException:
            self.close()
            raise

    def _start_tls(self) -> None:
        with self._asked("STLS"):
            try:
                self._client.stls(tls_context())
            except poplib.error_proto as error:
                why = f"the server offers no STLS, and nothing is sent in the clear: {shown(words_of(error))}"
                raise RoadFailed(why, urgent=True) from error

    def close(self) -> None:
        """End the connection; what was deleted on it is there again (RFC 1939, section 6)."""
        with suppress(OSError):
            self._client.close()

    def waiting(self) -> list[Waiting]:
        """All mails, the oldest first. A line of LIST that makes no sense is passed over.

        A name that several mails have (RFC 1939 lets copies share one, and servers do worse) gets their sizes added.
        """
        with self._asked("LIST"):
            listed = self._client.list()[1]
        with self._asked("UIDL"):
            names = self._names()
        sizes = dict(_pairs(LIST_LINE, listed))
        if listed and not sizes:
            raise RoadFailed(f"LIST: the answer makes no sense: {shown(words_of(ValueError(listed[0])))}")
        count = Counter(names.values())
        return [
            Waiting(int(number), _unique(names.get(number, b""), size, count), int(size))
            for number, size in sizes.items()
        ]

    def _names(self) -> dict[bytes, bytes]:
        try:
            return dict(_pairs(UIDL_LINE, self._client.uidl()[1]))
        except poplib.error_proto as error:
            if not _is_refusal(error):
                raise
            return {}  # it has none

    def content(self, mail: Waiting, largest: int) -> bytes | None:
        """The whole mail; None where it is larger than the server had said, and than that."""
        with self._asked(f"RETR of mail {mail.key}", mail.size / BYTES_PER_SECOND):
            return self._client.content(mail.number, largest)

    def delete(self, mail: Waiting) -> None:
        """Mark it as deleted: `quit` deletes it."""
        with self._asked(f"DELE of mail {mail.key}"):
            self._client.dele(mail.number)

    def quit(self) -> None:
        """Delete what is marked, and end the connection."""
        with self._asked("QUIT"):
            self._client.quit()

    @contextmanager
    def _asked(self, what: str, more_seconds: float = 0) -> Iterator[None]:
        try:
            with self._watchdog.limit(self._limits.command + more_seconds):
                if client := getattr(self, "_client", None):
                    client.begin_command()
                yield
        except (OSError, ValueError, poplib.error_proto) as error:
            told = failed(what, error, self._watchdog)
            if _is_refusal(error) and not self._watchdog.cut_short:
                raise Refused(str(told), urgent=told.urgent) from error
            raise told from error


def _is_refusal(error: Exception) -> bool:
    """Whether the server said no; the library raises the same of a connection that is of no use any more."""
    return isinstance(error, poplib.error_proto) and bool(error.args) and isinstance(error.args[0], bytes)


def _pairs(pattern: re.Pattern[bytes], lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Number and value of each line of LIST and UIDL."""
    for line in lines:
        if match := pattern.match(line):
            yield match[1], match[2]


def _unique(name: bytes, size: bytes, count: Counter[bytes]) -> str:
    text = name.decode("latin-1")
    return f"{text} {int(size)}" if count[name] > 1 else text
