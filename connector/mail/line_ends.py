"""Whether bytes can leave or be taken as lines of a mail (RFC 5322, section 2.1)."""

from __future__ import annotations

_OTHERS = bytes(set(range(256)) - set(b"\r\n\0"))


def are_sound(data: bytes) -> bool:
    """Whether all line ends are CR LF and no NUL is there; bytes must not be cut within a line end."""
    return len(data.translate(None, _OTHERS)) == 2 * data.count(b"\r\n")
