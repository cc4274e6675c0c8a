"""A connection to a mailbox's server: with time-outs, encrypted and its certificate checked where that is asked for."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from connector.config.settings import Mailbox
from connector.intake.roads import RoadFailed
from connector.intake.watchdog import Watchdog
from connector.mail.clean import escape_for_terminal

BYTES_PER_SECOND = 64 * 1024
"""The slowest server that a large mail is given time for."""
LONGEST_ANSWER = 300  # characters of a server's words that are told


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long a server may take, in seconds."""

    connect: float = 30.0
    read: float = 60.0  # without a byte
    command: float = 120.0  # altogether; and one second more for each 64 KiB of a mail


def dial(mailbox: Mailbox, context: ssl.SSLContext, watchdog: Watchdog, limits: TimeLimits) -> socket.socket:
    """Connect, with TLS from the start where `Tls` is tls."""
    line = socket.create_connection((mailbox.host, mailbox.port), limits.connect)
    try:
        line.settimeout(limits.read)
        watchdog.watch(line)
        return context.wrap_socket(line, server_hostname=mailbox.host) if mailbox.tls == "tls" else line
    except BaseException:
        line.close()
        raise


def tls_context() -> ssl.SSLContext:
    """What a server's certificate is checked with: the machine's authorities, and the name."""
    return ssl.create_default_context()


def failed(what: str, error: Exception, watchdog: Watchdog) -> RoadFailed:
    """The error of a connection in words; urgent where only a person can help."""
    if isinstance(error, RoadFailed):
        return error
    if watchdog.cut_short:
        return RoadFailed(f"{what}: it took too long")
    if isinstance(error, ssl.SSLCertVerificationError):
        return RoadFailed(f"{what}: the server's certificate is refused: {error.verify_message}", urgent=True)
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return RoadFailed(f"{what}: no encrypted connection: {error.reason or error}", urgent=True)
    return RoadFailed(f"{what}: {shown(words_of(error)) or type(error).__name__}")


def words_of(error: Exception) -> str:
    """What an error says; that of POP3 holds the server's line in bytes."""
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)


def shown(said: str) -> str:
    """What a server said, in one line that can be shown."""
    return escape_for_terminal(said)[:LONGEST_ANSWER]
