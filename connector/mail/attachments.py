"""The attachments of a mail: the parts in order, then the files that are no parts; and their content (B73)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice

from connector.mail import content, headers, unpack
from connector.mail.entity import IDENTITY, NESTED_TYPES, Node
from connector.mail.model import Attachment, Mail, Part
from connector.mail.structure import with_line_feeds
from connector.mail.tnef import Container, File

PEEK_BYTES = 64 * 1024  # of a wrapped mail that are decoded to find its subject


def listed(
    raw: bytes, found: Iterable[tuple[Node, Part, bool]], unpacked: Iterable[File]
) -> tuple[tuple[Attachment, ...], dict[str, None]]:
    """The attachments, numbered from 1, out of parts (and whether each is shown inline) and files; and repair codes."""
    repairs: dict[str, None] = {}
    attachments: list[Attachment] = []
    for node, part, inline in found:
        size, repair = content.decoded_size(raw, part.start, part.end, part.encoding)
        if repair:
            repairs[repair] = None
        name = part.name or _subject_as_name(raw, node)
        attachments.append(Attachment(len(attachments) + 1, name, part.type, size, inline, part.content_id, part))
    for file in unpacked:
        size = len(file.data)
        attachments.append(Attachment(len(attachments) + 1, file.name, file.type, size, file.inline, file.content_id))
    return tuple(attachments), repairs


def files(
    raw: bytes, parts: Iterable[Part], whole: Collection[Part], known: Mapping[Part, Container | None]
) -> Iterator[File]:
    """The files that are no parts, in order; `whole` are the parts that are listed, `known` what was opened before."""
    for part in parts:
        if part.nested:
            continue
        if part.body:
            yield from unpack.uuencoded(raw, part)
        elif part not in whole and unpack.is_container(part):
            container = known[part] if part in known else unpack.opened(raw, part)
            yield from container.files if container else ()


def part_bytes(mail: Mail, attachment: Attachment) -> bytes:
    """The decoded content of an attachment of a mail (B73)."""
    part = attachment.part
    if part is not None:
        return content.decode(mail.raw[part.start : part.end], part.encoding)[0]
    index = [other.number for other in mail.attachments if other.part is None].index(attachment.number)
    whole = [other.part for other in mail.attachments if other.part]
    found = files(with_line_feeds(mail.raw)[0], mail.parts, whole, {})
    return next(islice(found, index, None)).data


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
