"""The parser and the stripper as plain functions, for programs that measure them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connector.mail import attachments, charsets, content
from connector.mail.entity import IDENTITY, NESTED_TYPES
from connector.mail.html import html_to_text
from connector.mail.model import Address, Envelope, Mail, Part
from connector.mail.parse import parse as parse_mail
from connector.pipeline.strip import strip_text
from connector.rulebook import read_rules

RULES = read_rules(Path(__file__).parents[1] / "rules")
"""The rules that are shipped; read here, so that no call is charged with it."""


def strip(text: str | None, html: str | None, *, signatures: bool = True) -> str:
    """What the strip stage keeps of one lone mail; `signatures=False` keeps signatures."""
    if text is not None and text.strip():
        return strip_text(text, "", RULES, signatures=signatures).text
    html = html or ""
    return strip_text(html_to_text(html), html, RULES, signatures=signatures).text


def parse(raw: bytes) -> dict[str, Any]:
    """What the connector reads in a mail: identity, people, body, attachments, content of every leaf part."""
    mail = parse_mail(raw, Envelope())
    return {
        "subject": mail.subject,
        "message_id": mail.message_id,
        "from": _pairs(mail.from_),
        "to": _pairs(mail.to),
        "cc": _pairs(mail.cc),
        "text": _text(mail),
        "html": mail.html,
        "attachments": [
            {"name": found.name or None, "data": attachments.part_bytes(mail, found)} for found in mail.attachments
        ],
        "leaves": list(_leaves(mail)),
    }


def _pairs(addresses: tuple[Address, ...]) -> list[tuple[str, str]]:
    """Display names and addresses."""
    return [(found.name, found.address) for found in addresses]


def _text(mail: Mail) -> str:
    """The plain text as parsers that are measured see it: what a reader sees first as one text.

    `Mail` joins all plain texts of the body. Here a text right behind another one is a part of its own (a list's
    footer, say), while one behind an image or a file beside it goes on with the text above, as Apple Mail writes.
    """
    shown = [part for part in mail.parts if part.body and part.type == "text/plain"]
    if len(shown) < 2:
        return mail.plain
    first = mail.parts.index(shown[0])
    texts = [_decoded(mail, shown[0])]
    for above, part in itertools.pairwise(mail.parts[first:]):
        if part.depth != shown[0].depth:
            break
        if part.body and not above.body:
            texts.append(_decoded(mail, part))
    return "\n".join(texts)


def _decoded(mail: Mail, part: Part) -> str:
    """The text of one part."""
    data = content.decode(mail.raw[part.start : part.end], part.encoding)[0]
    return charsets.decode(data, part.charset)[0]


def _leaves(mail: Mail) -> Iterator[bytes]:
    """The decoded content of every leaf part; of an attached mail that of its parts."""
    for part in mail.parts:
        data = content.decode(mail.raw[part.start : part.end], part.encoding)[0]
        if part.type not in NESTED_TYPES:
            yield data
        elif _is_wrapped(part):
            yield from _leaves(parse_mail(data, Envelope()))


def _is_wrapped(part: Part) -> bool:
    """Whether an attached mail is in a transfer encoding, so that its parts are not among the mail's own."""
    return part.encoding not in IDENTITY
