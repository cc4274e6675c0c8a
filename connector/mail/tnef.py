"""winmail.dat: what Outlook wraps in TNEF, read with a limit on everything (MS-OXTNEF, MS-OXCDATA 2.11)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from connector.mail import charsets, clean

MAX_BYTES = 32 * 1024 * 1024
MAX_FILES = 100
MAX_ATTRIBUTES = 5000  # of a container, and properties of one attribute
MAX_DEPTH = 3  # of attached messages in attached messages

_SIGNATURE = b"\x78\x9f\x3e\x22"
_RENDERED, _TITLE, _DATA, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005  # of an attachment
_MESSAGE_PROPERTIES, _BODY, _CODEPAGE = 0x9003, 0x800C, 0x9007
_BODY_TEXT, _BODY_HTML = 0x1000, 0x1013
_CONTENT, _SHORT_NAME, _LONG_NAME, _MIME_TYPE, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712

_FIXED = {2: 4, 3: 4, 4: 4, 0xA: 4, 0xB: 4, 5: 8, 6: 8, 7: 8, 0x14: 8, 0x40: 8, 0x48: 16}  # bytes by type
_OBJECT, _TEXT, _WIDE_TEXT, _BINARY = 0xD, 0x1E, 0x1F, 0x102
_MULTIPLE, _NAMED = 0x1000, 0x8000
_GUID_BYTES = 16


class File(NamedTuple):
    """A file out of a container or of a text."""

    name: str
    data: bytes
    type: str = "application/octet-stream"
    inline: bool = False
    content_id: str = ""


class Container(NamedTuple):
    """What is in a container: its files, and the body of the message that it stands for."""

    files: list[File]
    plain: str = ""
    html: str = ""


Attributes = dict[int, bytes]  # by number
Properties = dict[int, tuple[int, bytes]]  # by id: the type and the bytes of the (first) value


def is_tnef(type_: str, name: str) -> bool:
    """Whether a part is a TNEF container by its type or name."""
    return type_ in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat"


def read(data: bytes, depth: int = 0) -> Container:
    """What is in a container as far as it can be read; nothing where it is none."""
    if len(data) > MAX_BYTES or not data.startswith(_SIGNATURE):
        return Container([])
    message, attached = _grouped(data)
    charset = f"cp{int.from_bytes(message.get(_CODEPAGE, b'')[:4], 'little') or 1252}"
    files = [file for values in attached for file in _files(values, charset, depth)]
    found = _properties(message.get(_MESSAGE_PROPERTIES, b""))
    plain = _text(found.get(_BODY_TEXT) or (_TEXT, message.get(_BODY, b"")), charset)
    return Container(files[:MAX_FILES], clean.text(plain), clean.text(_text(found.get(_BODY_HTML), charset)))


def _grouped(data: bytes) -> tuple[Attributes, list[Attributes]]:
    """The attributes of the message, and those of each attachment."""
    message: Attributes = {}
    attached: list[Attributes] = []
    for number, value in _attributes(data):
        if number == _RENDERED:
            if len(attached) >= MAX_FILES:
                break
            attached.append({})
        of_attachment = number in (_TITLE, _DATA, _PROPERTIES) and attached
        (attached[-1] if of_attachment else message)[number] = value
    return message, attached


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes of a container: number and content; a level, a length before and a checksum behind it."""
    position = 6
    for _count in range(MAX_ATTRIBUTES):
        if position + 9 > len(data):
            return
        _level, number, _type, length = struct.unpack_from("<BHHI", data, position)
        position += 9
        if length > len(data) - position:
            return
        yield number, data[position : position + length]
        position += length + 2


def _files(values: Attributes, charset: str, depth: int) -> list[File]:
    """The file of one attachment; of an attached message the files that are in it."""
    found = _properties(values.get(_PROPERTIES, b""))
    kind, content = found.get(_CONTENT, (0, b""))
    if kind == _OBJECT:
        content = content[_GUID_BYTES:]  # behind the interface's id
        if content.startswith(_SIGNATURE):
            return read(content, depth + 1).files if depth < MAX_DEPTH else []
    content = values.get(_DATA) or content
    name = _text(found.get(_LONG_NAME), charset) or _text((_TEXT, values.get(_TITLE, b"")), charset)
    name = clean.name(name or _text(found.get(_SHORT_NAME), charset))
    if not content and not name:
        return []
    content_id = clean.name(_text(found.get(_CONTENT_ID), charset)).strip("<>")
    type_ = clean.name(_text(found.get(_MIME_TYPE), charset)).lower()
    return [File(name, content, type_ if "/" in type_ else "application/octet-stream", bool(content_id), content_id)]


def _text(value: tuple[int, bytes] | None, charset: str) -> str:
    """A value as text, up to its NUL."""
    if value is None:
        return ""
    kind, data = value
    if kind == _WIDE_TEXT:
        return data[: len(data) & ~1].decode("utf-16-le", "replace").partition("\0")[0]
    return charsets.decode(data.partition(b"\0")[0], charset)[0]


def _properties(data: bytes) -> Properties:
    """The properties in an attribute, as far as they can be read."""
    found: Properties = {}
    try:
        (count,) = struct.unpack_from("<I", data)
        position = 4
        for _index in range(min(count, MAX_ATTRIBUTES)):
            kind, number = struct.unpack_from("<HH", data, position)
            position += 4
            if number >= _NAMED:
                position = _behind_name(data, position)
            value, position = _value(data, position, kind)
            found.setdefault(number, (kind & ~_MULTIPLE, value))
    except (struct.error, ValueError):
        pass  # a property of an unknown type, or cut off: what follows cannot be found
    return found


def _behind_name(data: bytes, position: int) -> int:
    """The offset behind the name of a named property."""
    kind, length = struct.unpack_from("<II", data, position + _GUID_BYTES)
    position += _GUID_BYTES + 8
    return position + _padded(length) if kind == 1 else position


def _value(data: bytes, position: int, kind: int) -> tuple[bytes, int]:
    """The first value of a property, and the offset behind all of them; ValueError for an unknown type."""
    base, count = kind & ~_MULTIPLE, 1
    has_lengths = base in (_OBJECT, _TEXT, _WIDE_TEXT, _BINARY)
    if not has_lengths and base not in _FIXED:
        raise ValueError(base)
    if has_lengths or kind & _MULTIPLE:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    first = b""
    for index in range(min(count, MAX_ATTRIBUTES)):
        length = _FIXED.get(base, 0)
        if has_lengths:
            (length,) = struct.unpack_from("<I", data, position)
            position += 4
        if length > len(data) - position:
            raise ValueError(length)
        first = data[position : position + length] if not index else first
        position += _padded(length)
    return first, position


def _padded(length: int) -> int:
    """A length rounded up to whole words of four bytes."""
    return (length + 3) & ~3
