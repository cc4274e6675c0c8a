"""What a crash scenario is, and the mails that most of them are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.mail.model import Envelope
from tests.house import PUBLIC, mail_bytes

DISK = ("EIO", "ENOSPC")
"""The errors of a disk."""
ENVELOPE = Envelope(rcpt_to=(PUBLIC,))
JANE = "Jane <jane@acme.example>"
OPENING = mail_bytes(JANE, Message_ID="<1@acme.example>", body="Mail 1.\r\n")
ANSWER = mail_bytes(
    JANE, subject="Re: Ticket [0500-1000] Printer", Message_ID="<2@acme.example>", Cc="john@acme.example"
)
STRANGER = mail_bytes("Zed <zed@nowhere.example>", Message_ID="<3@nowhere.example>", body="Mail 3.\r\n")
LARGE = mail_bytes(JANE, Message_ID="<4@acme.example>", body="0123456789\r\n" * 30_000)
Look = Callable[[Path], Iterator[str]]
"""What is wrong in a folder, in words."""


def nothing(_: Path) -> Iterator[str]:
    """Nothing is looked at."""
    yield from ()


@dataclass(frozen=True)
class Scenario:
    """How it begins, what is done, what the next start does, and how it then must be.

    `points` are where it is killed, and where each of the `errors` comes; with `statements` it is also killed after
    each that it hands to the database. `halfway` looks right after the crash, `look` when all is done again.
    """

    name: str
    points: tuple[str, ...]
    prepare: Callable[[Path], Any]
    act: Callable[[Path], Any]
    mend: Callable[[Path], Any]
    look: Look
    halfway: Look = nothing
    errors: Sequence[str] = ()
    statements: bool = False
