"""How much of our time and trust a client may use up before it is sent away (RFC 5321, 4.5.3.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds. Errors and commands are counted from the last mail that was taken."""

    command: float = 300.0  # until the next command, or the next bytes of a mail
    mail: float = 600.0  # for a mail in total, and a second more for each `bytes_per_second`
    bytes_per_second: int = 8 * 1024
    errors: int = 20
    commands: int = 100  # recipients are not counted
    log_ins: int = 3  # refused ones in one connection
    log_in_pause: float = 1.0  # before a refusal is told; twice as long with each one for the same client
    longest_pause: float = 30.0
