"""The parser and the stripper as plain functions, for programs that measure them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from connector.mail import content
from connector.mail.entity import IDENTITY, NESTED_TYPES
from connector.mail.html import html_to_text
from connector.mail.model import Address, Envelope, Mail, Part
from connector.mail.parse import parse as parse_mail
from connector.pipeline.strip import strip_text
from connector.rulebook import read_rules
from connector.rulebook.rules import Rules


@cache
def _rules() -> Rules:
    """The rules that are shipped."""
    return read_rules(Path(__file__).parents[1] / "rules")


def strip(text: str | None, html: str | None, *, signatures: bool = True) -> str:
    """What the strip stage keeps of one lone mail; `signatures=False` keeps signatures."""
    if text is not None and text.strip():
        return strip_text(text, "", _rules(), signatures=signatures).text
    html = html or ""
    return strip_text(html_to_text(html), html, _rules(), signatures=signatures).text


def parse(raw: bytes) -> dict[str, Any]:
    """What the connector reads in a mail: identity, people, body, attachments, content of every leaf part."""
    mail = parse_mail(raw, Envelope())
    return {
        "subject": mail.subject,
        "message_id": mail.message_id,
        "from": _pairs(mail.from_),
        "to": _pairs(mail.to),
        "cc": _pairs(mail.cc),
        "text": mail.plain,
        "html": mail.html,
        "attachments": [
            {"name": found.name or None, "data": content.part_bytes(mail, found)} for found in mail.attachments
        ],
        "leaves": list(_leaves(mail)),
    }


def _pairs(addresses: tuple[Address, ...]) -> list[tuple[str, str]]:
    """Display names and addresses."""
    return [(found.name, found.address) for found in addresses]


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
