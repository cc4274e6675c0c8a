"""Opaque signed mail (smime.p7m): the content that a CMS signature is wrapped around (RFC 5652, 5.1; RFC 8551, 3.5).

It is clear text in ASN.1; nothing is verified here, as nothing is for a detached signature.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_BYTES = 32 * 1024 * 1024
MAX_PIECES = 200_000  # of a content that is written in pieces, and their ends

TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})

_SEQUENCE, _OID, _OCTETS, _OCTETS_IN_PIECES, _CONTEXT_0 = 0x30, 0x06, 0x04, 0x24, 0xA0
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")


def is_cms(type_: str, name: str) -> bool:
    """Whether a part is a CMS object by its type or name."""
    return type_ in TYPES or name.lower().endswith(".p7m")


def signed_content(data: bytes) -> bytes | None:
    """The mail within opaque signed data, or None where it is something else: encrypted, certificates, broken."""
    if len(data) > MAX_BYTES:
        return None
    try:
        position = _enter(data, 0, _SEQUENCE)
        position = _expect(data, position, _OID, _SIGNED_DATA)
        position = _enter(data, _enter(data, position, _CONTEXT_0), _SEQUENCE)
        position = _skip(data, _skip(data, position))  # version, digest algorithms
        position = _expect(data, _enter(data, position, _SEQUENCE), _OID, _DATA)
        return b"".join(_octets(data, _enter(data, position, _CONTEXT_0)))
    except (IndexError, ValueError):
        return None


def _header(data: bytes, position: int) -> tuple[int, int, int]:
    """Tag, offset of the content, and its length (-1: up to an end-of-contents mark)."""
    tag, length = data[position], data[position + 1]
    position += 2
    if length == 0x80:
        return tag, position, -1
    if length > 0x80:
        size = length & 0x7F
        if size > 4:
            raise ValueError(size)
        length = int.from_bytes(data[position : position + size], "big")
        position += size
    if length > len(data) - position:
        raise ValueError(length)
    return tag, position, length


def _enter(data: bytes, position: int, wanted: int) -> int:
    """Where the content of the element at `position` begins; ValueError where it has another tag."""
    tag, start, _length = _header(data, position)
    if tag != wanted:
        raise ValueError(tag)
    return start


def _expect(data: bytes, position: int, wanted: int, value: bytes) -> int:
    """The offset behind an element that must be just that one."""
    tag, start, length = _header(data, position)
    if tag != wanted or data[start : start + length] != value:
        raise ValueError(tag)
    return start + length


def _skip(data: bytes, position: int) -> int:
    """The offset behind the element at `position`; one of indefinite length ends with its mark."""
    depth = 0
    for _step in range(MAX_PIECES):
        tag, start, length = _header(data, position)
        if length < 0:
            depth, position = depth + 1, start
        else:
            depth -= tag == 0 and length == 0
            position = start + length
        if depth <= 0:
            return position
    raise ValueError(position)


def _octets(data: bytes, position: int) -> Iterator[bytes]:
    """The pieces of an octet string that is written whole, or as a sequence of octet strings."""
    tag, start, length = _header(data, position)
    if tag == _OCTETS:
        yield data[start : start + length]
        return
    if tag != _OCTETS_IN_PIECES:
        raise ValueError(tag)
    end = len(data) if length < 0 else start + length
    position = start
    for _piece in range(MAX_PIECES):
        if position >= end:
            return
        tag, start, length = _header(data, position)
        if tag == 0:
            return
        if tag != _OCTETS:
            raise ValueError(tag)
        yield data[start : start + length]
        position = start + length
