"""The content of SMTP's DATA out of the bytes on the wire (RFC 5321, 4.1.1.4 and 4.5.2)."""

from __future__ import annotations

from connector.mail import line_ends

END = b"\r\n.\r\n"


class DataDecoder:
    """Finds the end of the content, takes dot-stuffing away and notes what no mail may hold (B6).

    Only CR LF . CR LF ends the content, so that nothing smuggled in it can end it earlier for one server than for
    another. `malformed` tells that a bare CR, a bare LF or a NUL was seen. Lines may be of any length.
    """

    def __init__(self) -> None:
        self.malformed = False
        self._kept = b"\r\n"  # stands for the end of the DATA command, so that a lone dot on the first line is the end
        self._command_end = 2  # how many bytes of the result are not the content's

    def feed(self, chunk: bytes) -> tuple[bytes, bytes | None]:
        """The content that the chunk completes, and what follows the end of the content, or None before the end."""
        data = self._kept + chunk
        dot = line_ends.first_dot(data)
        end = data.find(END, dot) if dot >= 0 else -1
        stuffed = dot != end
        if end >= 0:
            return self._decode(data[: end + 2], stuffed), data[end + len(END) :]
        cut = len(data) - _begun(data)
        self._kept = data[cut:]
        return self._decode(data[:cut], stuffed), None

    def _decode(self, data: bytes, stuffed: bool) -> bytes:
        """Undo dot-stuffing, if there is any, in bytes that are not cut within a line end."""
        if not line_ends.are_sound(data):
            self.malformed = True
        content = data.replace(b"\r\n.", b"\r\n") if stuffed else data
        skip = min(self._command_end, len(content))
        self._command_end -= skip
        return content[skip:] if skip else content


def _begun(data: bytes) -> int:
    """How many of the last bytes may be the beginning of the end."""
    for length in range(min(len(END) - 1, len(data)), 0, -1):
        if END.startswith(data[-length:]):
            return length
    return 0
