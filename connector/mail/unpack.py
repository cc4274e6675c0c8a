"""Files that are in a mail and are no MIME parts: uuencoded in a text, in TNEF, within a signature (B73)."""

from __future__ import annotations

from connector.mail import cms, content, tnef, uuencode
from connector.mail.entity import Node
from connector.mail.model import Part
from connector.mail.tnef import Container, File

MAX_DEPTH = 3  # of signed mails in signed mails


def is_container(part: Node | Part) -> bool:
    """Whether there may be files in a part that stand in its place."""
    return tnef.is_tnef(part.type, part.name) or cms.is_cms(part.type, part.name)


def opened(raw: bytes, part: Node | Part, depth: int = 0) -> Container | None:
    """What is in a container, or None where it holds nothing that can be shown."""
    data = content.decode(raw[part.start : part.end], part.encoding)[0]
    if not cms.is_cms(part.type, part.name):
        found = tnef.read(data)
        return found if found.files or found.plain or found.html else None
    inner = cms.signed_content(data) if depth < MAX_DEPTH else None
    if inner is None:
        return None
    from connector.mail import contents  # which calls this module: a mail is in the mail

    return contents.as_container(inner, depth + 1)


def uuencoded(raw: bytes, part: Node | Part) -> list[File]:
    """The uuencoded files in a text."""
    data = content.decode(raw[part.start : part.end], part.encoding)[0]
    return [
        File(block.name, uuencode.decode(data[block.body_start : block.body_end])[0])
        for block in uuencode.blocks(data, 0, len(data))
    ]
