"""How a mailbox is logged in to: by a password out of a file (B102)."""

from __future__ import annotations

import imaplib
import poplib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from imapclient import IMAPClient

from connector.config.secrets import hidden
from connector.config.settings import Mailbox
from connector.intake.dialing import shown, words_of
from connector.intake.roads import RoadFailed

NOT_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[SYS/TEMP]", "[IN-USE]", "[LOGIN-DELAY]")
"""What servers say of a log-in that may be right a little later (RFC 5530, RFC 3206, RFC 2449)."""


class Credentials(Protocol):
    """Logs in on an open connection, which is encrypted already where that is asked for. Raises RoadFailed."""

    def log_in_imap(self, client: IMAPClient) -> None:
        """Authenticate by IMAP."""

    def log_in_pop3(self, client: poplib.POP3) -> None:
        """Authenticate by POP3."""


def credentials_of(mailbox: Mailbox) -> Credentials:
    """How this mailbox is logged in to."""
    if mailbox.password_file is None:
        raise ValueError(f"{mailbox.name} has no password")  # the check of the configuration lets none such through
    return Password(mailbox.user, mailbox.password_file)


@dataclass(frozen=True, slots=True)
class Password:
    """A user and the file that holds the password; it is read at each log-in."""

    user: str
    file: Path

    def log_in_imap(self, client: IMAPClient) -> None:
        """By AUTHENTICATE PLAIN (RFC 4616), which takes every character; by LOGIN where the server lacks that."""
        password = self._read()
        try:
            if client.has_capability("AUTH=PLAIN"):
                client.plain_login(self.user, password)
            else:
                client.login(self.user, password)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, UnicodeError) as error:
            raise refused(error, password) from None

    def log_in_pop3(self, client: poplib.POP3) -> None:
        """By USER and PASS (RFC 1939)."""
        password = self._read()
        try:
            client.user(self.user)
            client.pass_(password)
        except (poplib.error_proto, ValueError) as error:
            if "EOF" in str(error):
                raise
            raise refused(error, password) from None

    def _read(self) -> str:
        try:
            return self.file.read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeError) as error:
            raise RoadFailed(
                f"the password cannot be read from {self.file}: {type(error).__name__}", urgent=True
            ) from None


def refused(error: Exception, secret: str) -> RoadFailed:
    """The log-in was refused: urgent, unless the server says that this will pass. No secret is told."""
    said = hidden(words_of(error), secret)
    return RoadFailed(
        f"the log-in was refused: {shown(said)}", urgent=not any(code in said.upper() for code in NOT_NOW)
    )
