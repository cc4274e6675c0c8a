"""One mail's content on its way in: kept while it is read, or read to its end and refused (B6)."""

from __future__ import annotations

from connector.intake.data import DataDecoder
from connector.spool_file import IncomingFile, SpoolFull, temporary

TOO_LARGE = "552 5.3.4 the mail is larger than this server takes"
MALFORMED = "550 5.5.2 the mail holds a bare CR, a bare LF or a NUL; lines end with CR LF"
DISK_FULL = "452 4.3.1 no room for the mail now, try again later"
OUR_FAULT = "451 4.3.0 a fault of ours, try again later"


def reply_to(error: Exception) -> str:
    """What the sender is told of a fault of ours: it keeps the mail and tries again."""
    return DISK_FULL if isinstance(error, SpoolFull) else OUR_FAULT


class Content:
    """Collects a mail in its file. Once `refusal` says why it is not taken, nothing of it is kept.

    `fault` is what went wrong with us, where that is the reason.
    """

    def __init__(self, incoming: IncomingFile, most: int) -> None:
        self.refusal = ""
        self.fault: Exception | None = None
        self.read = 0
        self._incoming = incoming
        self._most = most
        self._decoder = DataDecoder()

    def feed(self, chunk: bytes) -> bytes | None:
        """Take the next bytes; what follows the end of the mail, or None before it."""
        self.read += len(chunk)
        content, rest = self._decoder.feed(chunk)
        if not self.refusal:
            self.refusal = self._keep(content)
            if self.refusal:
                self._incoming.discard()
        return rest

    def _keep(self, content: bytes) -> str:
        if self._decoder.malformed:
            return MALFORMED
        if self._incoming.size + len(content) > self._most:
            return TOO_LARGE
        try:
            with temporary("the mail was not taken"):
                self._incoming.write(content)
        except Exception as error:  # whatever it is: the mail is read to its end, and then answered
            self.fault = error
            return reply_to(error)
        return ""
