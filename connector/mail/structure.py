"""The structure of a mail by offsets: which part lies where. Nothing is copied but header values (B8)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connector.mail import entity, headers
from connector.mail.entity import IDENTITY, NESTED_TYPES, Node

MAX_PARTS = 500
MAX_DEPTH = 50
BARE_CR_BYTES = 8 * 1024 * 1024  # a longer mail without a line feed is not worth a copy
MAX_FALSE_DELIMITERS = 100_000  # lines that begin like a delimiter and are none, in the whole mail

_DELIMITER_TAIL = re.compile(rb"(--)?(?:[ \t][^\n]*+)?\r{0,2}(?:\n|\Z)")
_BLANK_LINES = re.compile(rb"(?:[ \t]*+\r?\n)*+")
_SNIFFED = re.compile(rb"^--([!-~][ -~]{0,69})\r?\n(?=content-[a-z-]+:)", re.IGNORECASE | re.MULTILINE)
_SNIFF_BYTES = 64 * 1024


def with_line_feeds(raw: bytes) -> tuple[bytes, list[str]]:
    """The bytes to read, of equal length: carriage returns become line feeds in a mail that has no line feed."""
    if len(raw) > BARE_CR_BYTES or 10 in raw or 13 not in raw:
        return raw, []
    return raw.replace(b"\r", b"\n"), ["bare-cr"]


class Scanner:
    """Walks one mail; holds what counts for the whole of it: parts so far, false delimiters, repairs."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.repairs: dict[str, None] = {}  # an ordered set
        self.outside: list[tuple[int, int]] = []  # the text before and behind the parts of multiparts
        self._parts = 0
        self._false_delimiters = 0

    def walk(self, block: headers.Block, end: int, depth: int = 0, nested: bool = False, default: str = "") -> Node:
        """The entity whose header block was read, with everything in it."""
        if block.repairs:
            self.repairs.update(dict.fromkeys(block.repairs))
        node = entity.read(block, end, depth, nested, default or "text/plain")
        self._parts += 1
        is_container = node.type.startswith("multipart/") or node.type in NESTED_TYPES
        if not is_container or depth >= MAX_DEPTH:
            if is_container:
                self.repairs["too-deep"] = None
        elif node.type in NESTED_TYPES:
            self._attached_mail(node)
        else:
            self._multipart(node)
        return node

    def _attached_mail(self, node: Node) -> None:
        """Read the mail in an attached one; one in a transfer encoding has no offsets and is left whole."""
        if node.encoding not in IDENTITY and not self._looks_like_headers(node):
            self.repairs["encoded-rfc822"] = None
            return
        node.encoding = node.encoding if node.encoding in IDENTITY else ""
        first = _BLANK_LINES.match(self.raw, node.start, node.end)
        block = headers.split(self.raw, first.end() if first else node.start, node.end)
        node.subject = next((found.value for found in block.fields if found.name.lower() == b"subject"), b"")
        if self._parts < MAX_PARTS:
            node.children.append(self.walk(block, node.end, node.depth + 1, True))

    def _looks_like_headers(self, node: Node) -> bool:
        """Whether a part that is said to be encoded begins with header fields all the same."""
        return len(headers.split(self.raw, node.start, min(node.end, node.start + 2000)).fields) > 1

    def _multipart(self, node: Node) -> None:
        """Split a multipart at its delimiter lines; without any it is read as text."""
        if node.encoding not in IDENTITY:
            self.repairs["encoded-multipart"] = None
        boundary = node.parameters.get("boundary", "").encode("utf-8", "replace")
        self._split(node, boundary)
        if not node.children and boundary != boundary.rstrip():
            self._split(node, boundary.rstrip())
        if node.children or self._parts >= MAX_PARTS:
            return
        self.repairs["missing-boundary"] = None
        sniffed = _SNIFFED.search(self.raw, node.start, min(node.end, node.start + _SNIFF_BYTES))
        if sniffed:
            self._split(node, sniffed[1].rstrip().removesuffix(b"--"))
        if not node.children:
            node.type, node.parameters = "text/plain", {}

    def _split(self, node: Node, boundary: bytes) -> None:
        """Read the parts between delimiter lines, those behind a closing one as well."""
        start, outside, closed = -1, node.start, False
        default = "message/rfc822" if node.type == "multipart/digest" else ""
        for line_start, line_end, closes in self._delimiters(boundary, node.start, node.end):
            if start < 0:
                self._outside(node, outside, line_start)
            elif not self._child(node, start, _without_line_end(self.raw, start, line_start), default):
                return
            if closed and not closes:
                self.repairs["parts-behind-end"] = None
            closed = closed or closes
            start, outside = (-1 if closes else line_end), line_end
        if start >= 0:
            self.repairs["unclosed-multipart"] = None
            if start < node.end:
                self._child(node, start, node.end, default)
        elif closed:
            self._outside(node, outside, node.end)

    def _outside(self, node: Node, start: int, end: int) -> None:
        """Put down where text stands before or behind the parts of the mail's own multiparts."""
        if end > start and not node.nested:
            self.outside.append((start, end))

    def _child(self, node: Node, start: int, end: int, default: str) -> bool:
        """Read one part of a multipart; False when the limit of parts is reached."""
        if self._parts >= MAX_PARTS:
            self.repairs["too-many-parts"] = None
            return False
        block = headers.split(self.raw, start, end)
        if block.fields and not any(found.name[:8].lower() == b"content-" for found in block.fields):
            block = self._without_false_headers(block, start, end)
        node.children.append(self.walk(block, end, node.depth + 1, node.nested, default))
        return True

    def _without_false_headers(self, block: headers.Block, start: int, end: int) -> headers.Block:
        """A part's header block, unless it is text that only looks like one: no blank line behind it."""
        if block.body_start < end or "missing-blank-line" in block.repairs:
            return block
        return headers.Block([], start, ("missing-blank-line",))

    def _delimiters(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """The delimiter lines of a boundary: where each begins, where the next line begins, whether it closes."""
        raw, needle = self.raw, b"--" + boundary
        found = raw.find(needle, start, end) if boundary else -1
        while found >= 0:
            tail = None
            if found == start or raw[found - 1] == 10:
                tail = _DELIMITER_TAIL.match(raw, found + len(needle), end)
            if tail:
                yield found, tail.end(), tail[1] is not None
            else:
                self._false_delimiters += 1
                if self._false_delimiters > MAX_FALSE_DELIMITERS:
                    self.repairs["too-many-delimiters"] = None
                    return
            found = raw.find(needle, tail.end() if tail else found + len(needle), end)


def _without_line_end(raw: bytes, start: int, end: int) -> int:
    """Where a body ends: the line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1)."""
    if end > start and raw[end - 1] == 10:
        end -= 1
        if end > start and raw[end - 1] == 13:
            end -= 1
    return end
