"""The hash of a mail's body as DKIM canonicalises it (RFC 6376, section 3.4): linear in time, a piece at a time.

The library's own takes quadratic time on long runs of blanks, which anybody can send.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from connector.mail.line_ends import as_line_feeds

PIECE = 1 << 20
_BLANKS = re.compile(rb"\t[\t ]*| [\t ]+")  # all but one blank alone


def body_hash(raw: bytes, start: int, *, relaxed: bool) -> bytes:
    """SHA-256 of the body that begins at `start`; line ends may be bare line feeds, and count as CR LF."""
    return hash_of(_pieces(raw, start), relaxed=relaxed)


def hash_of(pieces: Iterable[bytes], *, relaxed: bool) -> bytes:
    """SHA-256 of a body that comes in pieces, none of which ends between the CR and the LF of one line end."""
    digest = hashlib.sha256()
    waiting = 0  # line ends that count only if something follows
    empty = True
    blank = b""  # at the end of a piece: it counts unless the line ends with it
    for piece in pieces:
        text = blank + as_line_feeds(piece)
        if relaxed:
            text = _BLANKS.sub(b" ", text).replace(b" \n", b"\n")
            blank = b" " if text.endswith(b" ") else b""
            text = text.removesuffix(b" ")
        kept = text.rstrip(b"\n")
        if kept:
            digest.update(b"\r\n" * waiting + kept.replace(b"\n", b"\r\n"))
            waiting, empty = 0, False
        waiting += len(text) - len(kept)
    if blank:
        digest.update(b"\r\n" * waiting + blank)
    if not (empty and not blank and relaxed):
        digest.update(b"\r\n")
    return digest.digest()


def _pieces(raw: bytes, start: int) -> Iterator[bytes]:
    """The body in pieces that end where a line ends."""
    while start < len(raw):
        stop = raw.rfind(b"\n", start, start + PIECE) + 1 or raw.find(b"\n", start + PIECE) + 1 or len(raw)
        yield raw[start:stop]
        start = stop
