"""The text of a body: its parts decoded, joined, and turned from HTML where there is nothing else."""

from __future__ import annotations

import re
from typing import NamedTuple

from connector.mail import armour, charsets, clean, content, flowed, html, uuencode
from connector.mail.bodies import Slot
from connector.mail.entity import IDENTITY, Node

MAX_TEXT = 2 * 1024 * 1024  # characters of each of plain text and HTML

_MARKUP = re.compile(r"<<|</?[a-zA-Z][a-zA-Z0-9-]{0,30}>")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"' ]*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)


class Body(NamedTuple):
    """The body of a mail as `Mail` holds it."""

    text: str
    html: str
    plain: str


class Reader:
    """Decodes body parts of one mail; gathers repairs, each part at most once."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.repairs: dict[str, None] = {}

    def body(self, slots: list[Slot]) -> Body:
        """The body in its three forms."""
        plain = self.plain(slots)
        return Body(self.readable(slots, plain), self.html(slots), plain)

    def plain(self, slots: list[Slot]) -> str:
        """The plain text of the body."""
        return self._cut("\n".join(filter(None, (self._text(part) for slot in slots for part in slot.plain))))

    def html(self, slots: list[Slot]) -> str:
        """The HTML of the body."""
        joined = "\n".join(filter(None, (self._text(part) for slot in slots for part in slot.html)))
        return self._cut(html.without_data_uris(joined) if len(joined) > MAX_TEXT else joined)

    def readable(self, slots: list[Slot], plain: str) -> str:
        """The body as text: each stretch as its plain text, or as its HTML turned to text."""
        if len(slots) <= 1 and plain.strip():
            return plain
        pieces = [self.plain([slot]) if slot.plain else "" for slot in slots]
        for index, slot in enumerate(slots):
            if slot.html and not pieces[index].strip():
                pieces[index] = self.from_html(self.html([slot]))
        return self._cut("\n".join(filter(None, pieces)))

    def from_html(self, source: str) -> str:
        """HTML turned to text."""
        text, repairs = html.to_text(source)
        self.repairs.update(dict.fromkeys(repairs))
        return text

    def outside(self, ranges: list[tuple[int, int]]) -> Body:
        """The text before and behind the parts, for a mail that has nothing else."""
        pieces = [charsets.decode(self.raw[start : min(end, start + MAX_TEXT)], "")[0] for start, end in ranges]
        text = clean.text("\n".join(filter(None, (piece.strip() for piece in pieces))))
        if text:
            self.repairs["text-outside-parts"] = None
        return Body(self._cut(text), "", self._cut(text))

    def _cut(self, text: str) -> str:
        """A text within the limit."""
        if len(text) > MAX_TEXT:
            self.repairs["text-cut"] = None
            return text[:MAX_TEXT]
        return text

    def _text(self, node: Node) -> str:
        """The clean text of one part."""
        data, repair = self._without_files(node)
        charset = node.charset
        if not charset and node.type == "text/html":
            declared = _META_CHARSET.search(data, 0, 4096)
            charset = declared[1].decode("ascii").lower() if declared else ""
        text, wrong = charsets.decode(data, charset)
        self.repairs.update(dict.fromkeys(filter(None, (repair, wrong))))
        if node.type in ("text/enriched", "text/richtext"):
            text = _MARKUP.sub(lambda tag: "<" if tag[0] == "<<" else "", text)
        text = clean.text(text)
        if node.type == "text/plain" and node.parameters.get("format", "").strip().lower() == "flowed":
            text = flowed.joined(text, node.parameters.get("delsp", "").strip().lower() == "yes")
        if node.type == "text/plain" and armour.is_signed(text):
            self.repairs["clear-signed"] = None
            text = armour.without(text)
        return text

    def _without_files(self, node: Node) -> tuple[bytes, str]:
        """The decoded bytes of a text part without uuencoded files, up to the limit; and a repair code."""
        if node.encoding in IDENTITY:
            return self._between_files(self.raw, node.start, node.end), ""
        if node.encoding == "base64" and content.is_no_base64(self.raw, node.start, node.end):
            return self._between_files(self.raw, node.start, node.end), "not-base64"
        limit = node.start + MAX_TEXT * (3 if node.encoding == "quoted-printable" else 2)
        if node.end > limit:
            self.repairs["text-cut"] = None
        data, repair = content.decode(self.raw[node.start : min(node.end, limit)], node.encoding)
        return self._between_files(data, 0, len(data)), repair

    def _between_files(self, data: bytes, start: int, end: int) -> bytes:
        """The bytes of a text around its uuencoded files, at most four for each character that is kept."""
        pieces: list[bytes] = []
        for block in uuencode.blocks(data, start, end):
            self.repairs["uuencode"] = None
            pieces.append(data[start : min(block.start, start + MAX_TEXT)])
            start = block.end
        if end - start > 2 * MAX_TEXT:
            self.repairs["text-cut"] = None
            end = (data.rfind(b"\n", start, start + 2 * MAX_TEXT) + 1) or start + 2 * MAX_TEXT
        pieces.append(data[start:end])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
