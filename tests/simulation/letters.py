"""One mail on its way to the public address, and how such mails are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from connector.mail.model import Envelope
from tests.simulation.world import BORDER, PUBLIC

OPEN, SECRET = "OPEN", "SECRET"
"""In front of a letter's number in its text: what may be read outside in the end, and what never may."""


@dataclass(frozen=True)
class Letter:
    """A mail, who really wrote it, and what its writer means by it.

    `ticket` is the number that it belongs to, or nothing for a new one. An honest letter has to be filed and to reach
    whom the rows say; of the others nothing may reach anybody outside.
    """

    sort: str  # customer, employee, internal, automatic (and says so), robot (and does not), or the name of an attack
    writer: str
    subject: str
    text: str
    ticket: str = ""
    to: tuple[str, ...] = (PUBLIC,)
    cc: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    verdict: str = "pass"  # what the border finds for the domain in From (DMARC)
    sender: str = ""  # the From field where it is not the writer's plain address
    null_path: bool = False
    attached: str = ""  # a whole body with its Content-Type in front, in place of the text
    at: datetime | None = None
    number: int = 0

    @property
    def honest(self) -> bool:
        """Whether its writer is who he says he is, and no robot."""
        return self.sort in ("customer", "employee", "internal")

    @property
    def message_id(self) -> str:
        """Its Message-ID, which nobody can guess from the ticket."""
        return f"<{self.number}.{self.writer.replace('@', '.at.')}>"

    @property
    def token(self) -> str:
        """What stands in its text and nowhere else."""
        return f"{OPEN if self.sort in ('customer', 'employee', 'robot', 'automatic') else SECRET}-{self.number:06d}"

    @property
    def envelope(self) -> Envelope:
        """As the border hands it over."""
        return Envelope("" if self.null_path else self.writer, (PUBLIC,), "smtp", True, "192.0.2.1", "client")

    def posted(self, number: int, at: datetime) -> Letter:
        """The letter with its number and the time at which it arrives."""
        return replace(self, number=number, at=at)

    def raw(self) -> bytes:
        """The bytes, the border's finding on top."""
        assert self.at is not None
        domain = self.writer.rpartition("@")[2] if not self.sender else _domain(self.sender)
        fields = [
            ("Authentication-Results", f"{BORDER}; dmarc={self.verdict} header.from={domain}"),
            ("Received", f"from client by {BORDER} with ESMTP; {format_datetime(self.at)}"),
            ("From", self.sender or self.writer),
            ("To", ", ".join(self.to)),
            ("Cc", ", ".join(self.cc)),
            ("Subject", self.subject),
            ("Date", format_datetime(self.at)),
            ("Message-ID", self.message_id),
            *self.headers,
        ]
        head = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
        body = self.attached.replace("{token}", self.token) or f"\r\n{self.text}\r\n{self.token}\r\n"
        return (head + body).encode()


def _domain(sender: str) -> str:
    return sender.rstrip('>" ').rpartition("@")[2]


def quoted(text: str) -> str:
    """A text with quote marks, under an attribution."""
    lines = "\r\n".join(f"> {line}" for line in text.splitlines()[:12])
    return f"\r\n\r\nOn Mon, 2 Mar 2026 at 09:00, Somebody wrote:\r\n{lines}"


def answer_headers(message_id: str, before: Sequence[str] = ()) -> tuple[tuple[str, str], ...]:
    """In-Reply-To and References of an answer."""
    return (("In-Reply-To", message_id), ("References", " ".join((*before, message_id))))
