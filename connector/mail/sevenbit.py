"""A mail for a server that takes seven bits only (RFC 6152, section 3): its 8-bit parts in a transfer encoding.

Only those parts change, and the Content-Transfer-Encoding of what is around them; what they decode to stays the same.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from connector.mail import headers
from connector.mail.entity import IDENTITY, Node
from connector.mail.headers import Block
from connector.mail.structure import Scanner

UNTOUCHABLE = ("multipart/signed", "multipart/encrypted")
"""What is in them may not be changed (RFC 1847, section 2.1)."""
CONTAINERS = (b"multipart/", b"message/")
ENCODING = b"content-transfer-encoding"
PIECE = 64 * 1024

_BARE = re.compile(rb"(?<!\r)\n")


class SignedContent(Exception):
    """An 8-bit part is signed: re-encoding would break the signature."""


class Edit(NamedTuple):
    """Bytes to put in place of others."""

    start: int
    end: int
    content: bytes


def seven_bit(raw: bytes) -> bytes:
    """The mail re-encoded; its lines must end in CR LF. Raises SignedContent.

    What cannot be put right stays as it is: 8-bit letters in header fields and around the parts, broken header blocks.
    An attached mail is changed like the parts of this one, though a signature of a server in it may break.
    """
    scanner = _Recorder(raw)
    top = headers.split(raw, 0, len(raw))
    scanner.walk(top, len(raw))
    edits: list[Edit] = []
    for node, block in scanner.found:
        edits += _edits(raw, node, block)
    if edits and not any(field.name.lower() == b"mime-version" for field in top.fields):
        edits.append(Edit(0, 0, b"MIME-Version: 1.0\r\n"))
    pieces, position = [], 0
    for edit in sorted(edits):
        pieces += [raw[position : edit.start], edit.content]
        position = edit.end
    return b"".join([*pieces, raw[position:]])


class _Recorder(Scanner):
    """Keeps each entity with its header block."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.found: list[tuple[Node, Block]] = []

    def walk(self, block: Block, end: int, depth: int = 0, nested: bool = False, default: str = "") -> Node:
        """The entity whose header block was read, with everything in it."""
        node = super().walk(block, end, depth, nested, default)
        self.found.append((node, block))
        return node


def _edits(raw: bytes, node: Node, block: Block) -> list[Edit]:
    """What has to change for one entity, apart from those in it."""
    body = raw[node.start : node.end]
    if body.isascii() or node.encoding not in IDENTITY:
        return []
    if node.type in UNTOUCHABLE:
        raise SignedContent
    if node.children:
        return _encoding(raw, block, b"7bit") if node.encoding in ("8bit", "binary") else []
    declared = next((field.value for field in block.fields if field.name.lower() == b"content-type"), b"")
    if block.repairs or declared.strip().lower().startswith(CONTAINERS):
        return []
    name, content = _encoded(body, is_text=node.type.startswith("text/"))
    named = _encoding(raw, block, name)
    return [*named, Edit(node.start, node.end, content)] if named else []


def _encoding(raw: bytes, block: Block, name: bytes) -> list[Edit]:
    """The Content-Transfer-Encoding of a header block: in place of what it has, or behind the last field."""
    line = b"Content-Transfer-Encoding: " + name + b"\r\n"
    old = [field for field in block.fields if field.name.lower() == ENCODING]
    if old:
        return [Edit(old[0].start, old[0].end, line), *(Edit(field.start, field.end, b"") for field in old[1:])]
    place = block.fields[-1].end if block.fields else block.body_start - 2
    return [Edit(place, place, line)] if raw.startswith(b"\r\n", place) else []


def _encoded(body: bytes, *, is_text: bool) -> tuple[bytes, bytes]:
    """The name of an encoding and the body in it: quoted-printable keeps text readable."""
    if is_text:
        return b"quoted-printable", b"".join(_quoted(piece) for piece in _pieces(body))
    return b"base64", base64.encodebytes(body).replace(b"\n", b"\r\n")


def _quoted(lines: bytes) -> bytes:
    return _BARE.sub(b"\r\n", binascii.b2a_qp(lines, istext=True))


def _pieces(body: bytes) -> Iterator[bytes]:
    """Whole lines: other threads wait for one piece at a time."""
    start = 0
    while start < len(body):
        stop = body.rfind(b"\n", start, start + PIECE) + 1 or body.find(b"\n", start + PIECE) + 1 or len(body)
        yield body[start:stop]
        start = stop
