"""uuencoded files: as a transfer encoding, and standing in a text as mail programs did before MIME (B8)."""

from __future__ import annotations

import binascii
import re
from itertools import islice
from typing import NamedTuple

from connector.mail import clean, headers

MAX_FILES = 100  # in one part; what lies behind them stays in the text

# The alphabet has no lower-case letters, so neither text nor the closing "end" is taken for content.
_BLOCK = re.compile(
    rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n((?:[ -`]{1,64}\r?\n)++)(?:\r?\n)?end[ \t]*(?:\r?\n|\r?\Z)", re.MULTILINE
)
_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


class Block(NamedTuple):
    """A uuencoded file in a text: its name, the bytes it takes with its begin and end, and those of its lines."""

    name: str
    start: int
    end: int
    body_start: int
    body_end: int


def blocks(data: bytes, start: int, end: int) -> list[Block]:
    """The uuencoded files in a text, in order."""
    if data.find(b"begin ", start, end) < 0:
        return []
    return [
        Block(clean.name(headers.to_text(found[1])), found.start(), found.end(), *found.span(2))
        for found in islice(_BLOCK.finditer(data, start, end), MAX_FILES)
    ]


def decode(data: bytes) -> tuple[bytes, str]:
    """The content of uuencoded lines, and a repair code or nothing; begin and end lines may be there or not."""
    begin = _BEGIN.search(data)
    lines = data[begin.end() if begin else 0 :].splitlines()
    decoded: list[bytes] = []
    for line in lines:
        if line in (b"end", b"`", b" ", b""):
            continue
        try:
            decoded.append(_line(line))
        except binascii.Error:
            return b"".join(decoded), "broken-uuencode"
    return b"".join(decoded), ""


def _line(line: bytes) -> bytes:
    """The content of one line; what encoders put behind the counted bytes is passed over."""
    counted = ((line[0] - 32) & 63) * 4
    return binascii.a2b_uu(line[: (counted + 5) // 3])
