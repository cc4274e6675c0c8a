"""What the courier asks of a way out, and what it gets back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field
from typing import Protocol

from connector.mail import line_ends
from storage.values import frozen

CHUNK = 128 * 1024
BARE = re.compile(rb"\r\n|\r|\n")
UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0<>,\u2028\u2029\ud800-\udfff]")
LONGEST_ADDRESS = 320
LONGEST_ANSWER = 500


@frozen
class Outcome:
    """What became of one recipient; `down` tells that the way out as a whole is closed, which is no try.

    `urgent`: it stays closed until somebody does something.
    `of_recipient`: it failed by an answer to this very recipient, not to the sender or the mail.
    """

    state: str  # sent, deferred, failed
    answer: str
    down: bool = False
    urgent: bool = False
    of_recipient: bool = False


@frozen
class Tried:
    """What one transaction came to: each recipient has an outcome, or stands in a group that is to be tried at once."""

    outcomes: dict[str, Outcome]
    again: tuple[tuple[str, ...], ...] = ()  # each a transaction of its own; none waits for another


@frozen
class Content:
    """One mail as it leaves: a header block, and a body of its own or the original's from `body_start` on."""

    head: bytes = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    original: str | None = None
    body_start: int = 0
    body_end: int = 0  # of the original: where its last byte ends

    def size(self) -> int:
        """About how many bytes it has; line ends that are yet to be repaired are not counted."""
        if self.body is not None or self.original is None:
            return len(self.head) + len(self.body or b"")
        return len(self.head) + self.body_end - self.body_start

    def chunks(self) -> Iterator[bytes]:
        """The mail in pieces, `well_formed`, ending with a line end; else every byte is as it was. Raises OSError."""
        return well_formed(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        yield self.head
        if self.body is not None:
            yield self.body
        elif self.original is not None:
            yield from _piece_of(self.original, self.body_start, self.body_end)


def _piece_of(file: str, start: int, end: int) -> Iterator[bytes]:
    fd = os.open(file, os.O_RDONLY)
    try:
        while start < end:
            chunk = os.pread(fd, min(CHUNK, end - start), start)
            if not chunk:
                raise OSError(f"the original {os.path.basename(file)} ends {end - start} bytes early")
            start += len(chunk)
            yield chunk
    finally:
        os.close(fd)


@frozen
class MailObject:
    """What one transaction is about: envelope and content (RFC 5321, 2.3.1)."""

    envelope_from: str
    recipients: Sequence[str]
    content: Content


Following = Callable[[], MailObject | None]


def nothing() -> None:
    """No mail follows."""


class Session(Protocol):
    """A way out for mails that go one after the other; to be ended."""

    async def send(self, mail: MailObject, following: Following = nothing) -> Tried:
        """Send one mail in one transaction. Faults of the other side are outcomes, never exceptions.

        `following` gives the mail that is sent next, so that it can be begun early; nothing of its content leaves.
        """

    def end(self) -> None:
        """No mail follows: what was begun for one is given up."""


class Transport(Protocol):
    """A way out."""

    def session(self) -> Session:
        """For mails that go one after the other; several sessions go on beside each other."""

    async def close(self) -> None:
        """Let go of what was kept open."""


def well_formed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes with every line end as CR LF, in pieces that never end within a line end (RFC 5322, 2.1).

    A NUL, which no mail may hold and only one from a file can, leaves as `?`: so nothing moves or grows together, as
    two halves of a header's name or of a boundary would.
    """
    kept, last = b"", b"\r\n"
    for piece in pieces:
        data = kept + piece
        kept = b"\r" if data.endswith(b"\r") else b""
        data = data[: len(data) - len(kept)]
        if data:
            last = _repaired(data)
            yield last
    if kept or not last.endswith(b"\r\n"):
        yield b"\r\n"


def _repaired(data: bytes) -> bytes:
    if line_ends.are_sound(data):
        return data
    return BARE.sub(b"\r\n", data.replace(b"\0", b"?"))


def checked(mail: MailObject) -> tuple[dict[str, Outcome], list[str]]:
    """The outcomes of those who cannot be sent to, and the others, each once; none where the sender is unsafe."""
    outcomes = {address: bad for address in mail.recipients if (bad := unsafe(address))}
    good = [address for address in dict.fromkeys(mail.recipients) if address not in outcomes]
    if mail.envelope_from and (bad := unsafe(mail.envelope_from)):
        return outcomes | dict.fromkeys(good, bad), []
    return outcomes, good


def unsafe(address: str) -> Outcome | None:
    """The outcome of an address that could break out of its place in a command or a header line; None: it is fine."""
    if not address or len(address) > LONGEST_ADDRESS or UNSAFE.search(address):
        return Outcome("failed", f"{shown(repr(address))} cannot be sent to: it is no plain address")
    return None


def shown(text: str) -> str:
    """A relay's answer in one line, to be stored and shown."""
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return text[:LONGEST_ANSWER].strip()
