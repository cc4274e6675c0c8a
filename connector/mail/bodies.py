"""Which parts are the body and which are attachments, and the body's text (RFC 2046, RFC 8621 4.1.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from connector.mail import charsets, clean, content, flowed, html, uuencode
from connector.mail.entity import IDENTITY, NESTED_TYPES, Node

MAX_TEXT = 2 * 1024 * 1024  # characters of each of plain text and HTML

_BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"})
_NEVER_BODY = frozenset(
    {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/rfc822-headers", "text/rtf"}
)
_ONLY_ALTERNATIVES = frozenset({"text/x-amp-html", "text/watch-html"})  # the same content once more, for few readers
_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_MARKUP = re.compile(r"<<|</?[a-zA-Z][a-zA-Z0-9-]{0,30}>")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"' ]*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)


@dataclass(slots=True)
class Slot:
    """One stretch of the body: the same content as plain text, as HTML, or as both."""

    plain: list[Node] = field(default_factory=list)
    html: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Selection:
    """The body's stretches in order, and the parts that are attachments."""

    slots: list[Slot] = field(default_factory=list)
    attachments: list[tuple[Node, bool]] = field(default_factory=list)  # the part; whether it is shown inline


class Body(NamedTuple):
    """The body of a mail as `Mail` holds it."""

    text: str
    html: str
    plain: str


def select(root: Node) -> Selection:
    """Tell the body of a mail from its attachments."""
    found = Selection()
    found.slots = _slots(root, True, False, found)
    return found


def _slots(node: Node, first: bool, related: bool, found: Selection) -> list[Slot]:
    """The stretches in one entity; attachments are put down in `found`."""
    if not node.is_multipart:
        if _is_body(node, first):
            if node.name:  # it is read in place, and may be a file that somebody wants
                found.attachments.append((node, False))
            return [Slot([], [node]) if node.type == "text/html" else Slot([node], [])]
        if not (_is_empty(node) or _is_signature(node, first)):
            found.attachments.append((node, _is_inline(node, related)))
        return []
    if node.type == "multipart/alternative":
        return _alternative(node, found)
    is_related = node.type == "multipart/related"
    root = _related_root(node) if is_related else -1
    slots: list[Slot] = []
    for index, child in enumerate(node.children):
        slots += _slots(child, index == (root if is_related else 0), is_related and index != root, found)
    return slots


def _alternative(node: Node, found: Selection) -> list[Slot]:
    """One stretch out of alternatives: the first that is plain text, and the last that is HTML."""
    choices = [_slots(child, True, False, found) for child in node.children]
    plain = [slots for slots in choices if any(slot.plain for slot in slots)]
    only_plain = [slots for slots in plain if not any(slot.html for slot in slots)]
    rich = [slots for slots in choices if any(slot.html for slot in slots)]
    merged = Slot(
        [part for slot in (only_plain or plain or [[]])[0] for part in slot.plain],
        [part for slot in (rich or [[]])[-1] for part in slot.html],
    )
    return [merged] if merged.plain or merged.html else []


def _related_root(node: Node) -> int:
    """Which part of a multipart/related the others belong to (RFC 2387: `start`, else the first)."""
    start = node.parameters.get("start", "").strip("<> ")
    return next((index for index, child in enumerate(node.children) if start and child.content_id == start), 0)


def _is_body(node: Node, first: bool) -> bool:
    """Whether a leaf is text to be read in place: a named text is so only where it comes first."""
    if node.type in NESTED_TYPES or (node.disposition == "attachment" and (node.depth or node.name)):
        return False
    if node.type in _BODY_TYPES:
        return first or not node.name
    return node.depth == 0 and node.type.startswith("text/") and node.type not in _NEVER_BODY


def _is_empty(node: Node) -> bool:
    """Whether a part has no content, no name and no purpose, or is a form of the body that is not shown."""
    if node.name:
        return False
    return (node.start >= node.end and node.type in ("text/plain", "text/html")) or node.type in _ONLY_ALTERNATIVES


def _is_signature(node: Node, first: bool) -> bool:
    """Whether a part is the signature of a signed mail: it is looked through, the original keeps it (RFC 1847)."""
    return not first and node.type in _SIGNATURES


def _is_inline(node: Node, related: bool) -> bool:
    """Whether an attachment is shown within the body: it has a content id, and is not said to stand apart."""
    return bool(node.content_id) and (related or node.disposition != "attachment")


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
