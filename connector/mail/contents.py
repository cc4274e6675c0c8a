"""What is in a mail below its header fields: body, attachments, parts; containers are opened (B8, B73)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from connector.mail import attachments, bodies, cms, content, headers, unpack
from connector.mail.entity import Node
from connector.mail.model import Attachment, Part
from connector.mail.reading import Body, Reader
from connector.mail.structure import Scanner
from connector.mail.tnef import Container, File

_REPORTS = {
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/disposition-notification": "disposition-notification",
    "message/global-disposition-notification": "disposition-notification",
    "message/feedback-report": "feedback-report",
}


class Contents(NamedTuple):
    """The body and the rest as in `Mail`; `charset` is the first that a text declares."""

    body: Body
    attachments: tuple[Attachment, ...]
    files: tuple[File, ...]  # those attachments that are no parts
    parts: tuple[Part, ...]
    charset: str
    report: str
    repairs: tuple[str, ...]


def read(raw: bytes, block: headers.Block, depth: int = 0) -> Contents:
    """The contents of the mail whose header block was read; `depth` is that of signed mails in signed mails."""
    scanner = Scanner(raw)
    root = scanner.walk(block, len(raw))
    selection = bodies.select(root)
    reader = Reader(raw)
    leaves = list(_leaves(root))
    shown = {id(node) for slot in selection.slots for node in (*slot.plain, *slot.html)}
    parts = {id(node): _part(node, id(node) in shown) for node in leaves}
    body = reader.body(selection.slots)
    listed = [(node, parts[id(node)], inline) for node, inline in selection.attachments]
    opened = {part: unpack.opened(raw, part, depth) for _node, part, _inline in listed if unpack.is_container(part)}
    if opened:
        listed = [entry for entry in listed if not opened.get(entry[1])]
        body = _with_containers(body, opened, reader)
    files: tuple[File, ...] = ()
    if opened or "uuencode" in reader.repairs:
        files = tuple(attachments.files(raw, parts.values(), {part for _node, part, _inline in listed}, opened))
    if not (listed or files or body.text.strip() or body.html.strip()):
        body = reader.outside(scanner.outside)
        if root.is_multipart and not body.text:  # parts there are, with nothing in them: that is seen
            listed = [(node, parts[id(node)], False) for node in leaves if not node.nested]
    found, repairs = attachments.listed(raw, listed, files)
    return Contents(
        body,
        found,
        files,
        tuple(parts.values()),
        next((node.charset for node in leaves if node.charset and not node.nested), ""),
        _report(root, leaves),
        (*scanner.repairs, *reader.repairs, *repairs),
    )


def as_container(data: bytes, depth: int) -> Container:
    """A mail that was wrapped in another one, as its files and its body."""
    inner = read(data, headers.split(data, 0, len(data)), depth)
    parts = [
        File(found.name, _decoded(data, found.part), found.type, found.inline, found.content_id)
        for found in inner.attachments
        if found.part
    ]
    return Container([*parts, *inner.files], inner.body.plain, inner.body.html)


def _decoded(data: bytes, part: Part) -> bytes:
    """The decoded content of a part."""
    return content.decode(data[part.start : part.end], part.encoding)[0]


def _with_containers(body: Body, opened: Mapping[Part, Container | None], reader: Reader) -> Body:
    """The body with those in containers: that of a signed mail always, of a winmail.dat where there is no other."""
    for part, container in opened.items():
        if container is None:
            continue
        is_signed = cms.is_cms(part.type, part.name)
        reader.repairs["opaque-signed" if is_signed else "tnef"] = None
        if (is_signed or not body.text.strip()) and (container.plain or container.html):
            text = container.plain if container.plain.strip() else reader.from_html(container.html)
            inner = Body(text, container.html, container.plain)
            body = Body(*(_joined(first, second) for first, second in zip(inner, body, strict=True)))
    return body


def _joined(first: str, second: str) -> str:
    """Two texts below each other."""
    return f"{first}\n{second}" if first.strip() and second.strip() else first or second


def _leaves(node: Node) -> Iterator[Node]:
    """Every part that is no multipart, and the attached mails themselves, in the order of the mail."""
    if not node.is_multipart:
        yield node
    for child in node.children:
        yield from _leaves(child)


def _part(node: Node, body: bool) -> Part:
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
        body,
    )


def _report(root: Node, leaves: list[Node]) -> str:
    """What a mail reports: by its parts, or as it says itself; nothing for all other mails."""
    found = ""
    for node in leaves:
        if node.type in _REPORTS and not node.nested and not found:
            found = _REPORTS[node.type]
    if found or root.type != "multipart/report":
        return found
    said = root.parameters.get("report-type", "").strip().lower()
    return said if said in _REPORTS.values() else ""
