"""Bytes to `Mail`: any bytes are a mail, none raises, and the time is linear in their number (B8)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from connector.mail import bodies, content, fields, headers, tnef, unpack
from connector.mail.entity import IDENTITY, NESTED_TYPES, Node
from connector.mail.model import Attachment, Envelope, Mail, Part
from connector.mail.structure import Scanner, with_line_feeds

PEEK_BYTES = 64 * 1024  # of a wrapped mail that are decoded to find its subject

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BLANK_LINES = re.compile(rb"(?:[ \t]*+\r?\n)++")
_FROM_LINE = re.compile(rb">?From (?![ \t]*:)[^\n]*\n")


def parse(raw: bytes, envelope: Envelope) -> Mail:
    """The mail that some bytes are."""
    view, repairs = with_line_feeds(raw)
    start, skipped = _before_headers(view)
    block = headers.split(view, start, len(view))
    scanner = Scanner(view)
    root = scanner.walk(block, len(view))
    parts = {id(node): _part(node) for node in _leaves(root)}
    selection = bodies.select(root)
    reader = bodies.Reader(view)
    plain, html = reader.plain(selection.slots), reader.html(selection.slots)
    text = reader.readable(selection.slots, plain)
    attachments, unpacked = _attachments(view, selection, parts, "uuencode" in reader.repairs)
    top = fields.read(block, _charset(root))
    return Mail(
        raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        envelope=envelope,
        headers=top.headers,
        raw_headers=tuple((field.name, raw[field.start : field.end]) for field in block.fields),
        body_start=block.body_start,
        message_id=top.message_id,
        in_reply_to=top.in_reply_to,
        references=top.references,
        subject=top.subject,
        from_=top.from_,
        from_defects=top.from_defects,
        reply_to=top.reply_to,
        to=top.to,
        cc=top.cc,
        date=top.date,
        text=text,
        html=html,
        plain=plain,
        attachments=attachments,
        parts=tuple(parts.values()),
        repairs=tuple(dict.fromkeys((*repairs, *skipped, *scanner.repairs, *top.repairs, *reader.repairs, *unpacked))),
    )


def _before_headers(raw: bytes) -> tuple[int, list[str]]:
    """Where the headers begin: behind a byte-order mark, blank lines, a mailbox separator line."""
    start, repairs = 0, []
    for mark in _BOMS:
        if raw.startswith(mark):
            start, repairs = len(mark), ["bom"]
    for code, pattern in (("blank-line-first", _BLANK_LINES), ("mbox-from", _FROM_LINE)):
        found = pattern.match(raw, start)
        if found:
            start = found.end()
            repairs.append(code)
    return start, repairs


def _leaves(node: Node) -> Iterator[Node]:
    """Every part that is no multipart, and the attached mails themselves, in the order of the mail."""
    if not node.is_multipart:
        yield node
    for child in node.children:
        yield from _leaves(child)


def _part(node: Node) -> Part:
    """The record of a part."""
    return Part(
        node.type,
        node.charset,
        node.encoding,
        node.disposition,
        node.name,
        node.content_id,
        node.start,
        node.end,
        node.depth,
        node.nested,
    )


def _charset(root: Node) -> str:
    """The first charset that the mail's own text parts declare."""
    return next((node.charset for node in _leaves(root) if node.charset and not node.nested), "")


def _attachments(
    raw: bytes, selection: bodies.Selection, parts: dict[int, Part], uuencoded: bool
) -> tuple[tuple[Attachment, ...], dict[str, None]]:
    """The attachments, numbered from 1: the parts in order, then the files unpacked; and repair codes."""
    repairs: dict[str, None] = {}
    listed = [(node, inline) for node, inline in selection.attachments if not _is_unpacked(raw, node)]
    found: list[Attachment] = []
    for node, inline in listed:
        size, repair = content.decoded_size(raw, node.start, node.end, node.encoding)
        repairs.update({repair: None} if repair else {})
        name = node.name or _subject_as_name(raw, node)
        found.append(Attachment(len(found) + 1, name, node.type, size, inline, node.content_id, parts[id(node)]))
    if len(listed) < len(selection.attachments):
        repairs["tnef"] = None
    if uuencoded or "tnef" in repairs:
        others = [parts[id(node)] for node, _inline in listed]
        for file in unpack.files(raw, parts.values(), others, content.decode):
            found.append(Attachment(len(found) + 1, file.name, "application/octet-stream", len(file.data)))
    return tuple(found), repairs


def _is_unpacked(raw: bytes, node: Node) -> bool:
    """Whether a part is a TNEF container out of which files were taken: they stand in its place."""
    if not tnef.is_tnef(node.type, node.name):
        return False
    return bool(tnef.files(content.decode(raw[node.start : node.end], node.encoding)[0]))


def _subject_as_name(raw: bytes, node: Node) -> str:
    """The name of an attached mail that has none: its subject."""
    if node.type not in NESTED_TYPES:
        return ""
    subject = node.subject
    if node.encoding not in IDENTITY:
        data = content.decode(raw[node.start : min(node.end, node.start + PEEK_BYTES)], node.encoding)[0]
        block = headers.split(data, 0, len(data))
        subject = next((field.value for field in block.fields if field.name.lower() == b"subject"), b"")
    return f"{headers.decoded(headers.to_text(subject))[:120].strip() or 'message'}.eml"
