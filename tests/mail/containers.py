"""Containers as mail programs write them, made by hand: TNEF (MS-OXTNEF) and opaque signed CMS (RFC 5652)."""

from __future__ import annotations

import base64
import struct

TITLE, RENDERED, DATA, PROPERTIES, MESSAGE = 0x00018010, 0x00069002, 0x0006800F, 0x00069005, 0x00069003


def attribute(number: int, content: bytes, level: int = 2) -> bytes:
    return struct.pack("<BII", level, number, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def tnef(*attributes: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def attached(name: bytes, data: bytes) -> bytes:
    """One file, as old Outlooks write it."""
    return attribute(RENDERED, b"\0" * 14) + attribute(TITLE, name + b"\0") + attribute(DATA, data)


def properties(*values: bytes) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(values)


def value(number: int, kind: int, content: bytes) -> bytes:
    """One property of a type with a length."""
    padding = b"\0" * (-len(content) % 4)
    return struct.pack("<HHII", kind, number, 1, len(content)) + content + padding


def wide(number: int, text: str) -> bytes:
    """One property of UTF-16 text."""
    return value(number, 0x1F, (text + "\0").encode("utf-16-le"))


def part(type_: str, name: str, data: bytes) -> str:
    """A container as a part of a mail."""
    encoded = base64.encodebytes(data).decode()
    return f"Content-Type: {type_}; name={name}\nContent-Transfer-Encoding: base64\n\n{encoded}"


def winmail(data: bytes) -> str:
    return part("application/ms-tnef", "winmail.dat", data)


OID_SIGNED, OID_DATA, OID_ENVELOPED = (bytes.fromhex(f"06092a864886f70d01070{n}") for n in (2, 1, 3))


def element(tag: int, *content: bytes) -> bytes:
    """An ASN.1 element of definite length."""
    joined = b"".join(content)
    size = len(joined)
    length = bytes([size]) if size < 128 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + length + joined


def signed(content: bytes) -> bytes:
    """Signed data around a content, without certificates and with a signature of nonsense."""
    algorithms = element(0x31, element(0x30, bytes.fromhex("0609608648016503040201")))
    inner = element(0x30, OID_DATA, element(0xA0, element(0x04, content)))
    data = element(0x30, element(0x02, b"\x01"), algorithms, inner, element(0x31, b""))
    return element(0x30, OID_SIGNED, element(0xA0, data))


def signed_in_pieces(content: bytes, size: int = 10) -> bytes:
    """The same as programs write it that do not know the length beforehand (BER, indefinite lengths)."""
    pieces = [element(0x04, content[at : at + size]) for at in range(0, len(content), size)]
    algorithms = element(0x31, element(0x30, bytes.fromhex("0609608648016503040201")))
    octets = b"\x24\x80" + b"".join(pieces) + b"\0\0"
    inner = b"\x30\x80" + OID_DATA + b"\xa0\x80" + octets + b"\0\0" + b"\0\0"
    data = b"\x30\x80" + element(0x02, b"\x01") + algorithms + inner + element(0x31, b"") + b"\0\0"
    return b"\x30\x80" + OID_SIGNED + b"\xa0\x80" + data + b"\0\0" + b"\0\0"
