"""How a mailbox is logged in to: by a password out of a file, or by a token (B102)."""

from __future__ import annotations

import base64
import imaplib
import poplib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from imapclient import IMAPClient

from connector.config.secrets import hidden
from connector.config.settings import Mailbox
from connector.intake.dialing import shown, words_of
from connector.intake.roads import RoadFailed
from connector.oauth import sasl
from connector.oauth.errors import OAuthFailed
from connector.oauth.tokens import Tokens

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
    if mailbox.oauth is not None:
        return Token(mailbox, Tokens(mailbox.oauth))
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


class Token:
    """A token of OAuth 2: by XOAUTH2 or OAUTHBEARER. Where it is refused, a new one is asked for, once."""

    def __init__(self, mailbox: Mailbox, tokens: Tokens) -> None:
        self._mailbox = mailbox
        self._tokens = tokens

    def log_in_imap(self, client: IMAPClient) -> None:
        """By AUTHENTICATE (RFC 3501, section 6.2.2)."""
        offered = [name.decode().upper().removeprefix("AUTH=") for name in client.capabilities()]

        def attempt(mechanism: str, response: bytes) -> None:
            answers = iter((response,))
            client.sasl_login(mechanism, lambda challenge: next(answers, sasl.error_answer(mechanism)))

        self._log_in(sasl.mechanism(offered), attempt)

    def log_in_pop3(self, client: poplib.POP3) -> None:
        """By AUTH (RFC 5034)."""

        def attempt(mechanism: str, response: bytes) -> None:
            say = client._shortcmd  # type: ignore[attr-defined]  # the library knows no AUTH
            say(f"AUTH {mechanism}")
            if not say(base64.b64encode(response).decode()).startswith(b"+OK"):
                say(base64.b64encode(sasl.error_answer(mechanism)).decode())
                raise poplib.error_proto("-ERR the token was refused")

        self._log_in(sasl.mechanism(_sasl_of(client)), attempt)

    def _log_in(self, mechanism: str, attempt: Callable[[str, bytes], None]) -> None:
        try:
            token = self._tokens.get()
            if (error := self._refusal(mechanism, attempt, token)) and error.urgent:
                error = self._refusal(mechanism, attempt, self._tokens.other_than(token))
        except OAuthFailed as failure:
            raise RoadFailed(f"no token to log in with: {failure}", urgent=failure.urgent) from None
        if error:
            raise error

    def _refusal(self, mechanism: str, attempt: Callable[[str, bytes], None], token: str) -> RoadFailed | None:
        """Try one token; what the server said against it, where the connection goes on."""
        box = self._mailbox
        response = sasl.initial_response(mechanism, box.user, token, box.host, box.port)
        try:
            attempt(mechanism, response)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, poplib.error_proto) as error:
            if "EOF" in str(error):
                raise
            return refused(error, token)
        return None


def _sasl_of(client: poplib.POP3) -> list[str]:
    """The mechanisms that a server names (RFC 5034, section 3); it need not name any."""
    try:
        return [name.upper() for name in client.capa().get("SASL", [])]
    except poplib.error_proto as error:
        if "EOF" in str(error):
            raise
        return []


def refused(error: Exception, secret: str) -> RoadFailed:
    """The log-in was refused: urgent, unless the server says that this will pass. No secret is told."""
    said = hidden(words_of(error), secret)
    return RoadFailed(
        f"the log-in was refused: {shown(said)}", urgent=not any(code in said.upper() for code in NOT_NOW)
    )
