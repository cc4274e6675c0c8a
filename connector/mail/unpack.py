"""Files that are in a mail and are no MIME parts: uuencoded in a text, or in a TNEF container (B73)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from connector.mail import tnef, uuencode
from connector.mail.model import Part

Decode = Callable[[bytes, str], tuple[bytes, str]]


def files(raw: bytes, parts: Iterable[Part], listed: Collection[Part], decode: Decode) -> list[tnef.File]:
    """The files in the parts that are not themselves listed as attachments, in the order of the parts."""
    found: list[tnef.File] = []
    for part in parts:
        if part.nested or part in listed:
            continue
        if tnef.is_tnef(part.type, part.name):
            found += tnef.files(decode(raw[part.start : part.end], part.encoding)[0])
        elif part.type.startswith("text/"):
            found += _uuencoded(decode(raw[part.start : part.end], part.encoding)[0])
    return found


def _uuencoded(data: bytes) -> list[tnef.File]:
    """The uuencoded files in a text."""
    return [
        tnef.File(block.name, uuencode.decode(data[block.body_start : block.body_end])[0])
        for block in uuencode.blocks(data, 0, len(data))
    ]
