"""A mail's HTML as one document that loads nothing: sanitised, its own pictures in it, its header above it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from urllib.parse import unquote

from markupsafe import Markup, escape

from connector.mail.attachments import part_bytes
from connector.mail.model import Mail
from connector.report.page import harmless, template
from connector.sanitise import sanitised

TEMPLATE = "mail.html.jinja"
PICTURES = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/jpg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "image/bmp": (b"BM",),
}
"""Types of pictures that hold no program, and how their content begins."""

MAX_PICTURES = 8 * 1024 * 1024
"""Bytes of pictures in a document, those that it shows twice counted twice."""

_OF_THE_MAIL = re.compile(r'(<img [^>]*?)src="cid:([^"]*)"', re.IGNORECASE)


def mail_page(mail: Mail, about: Mapping[str, str]) -> str:
    """The document; `about` is what stands above the mail, by name.

    A plain mail is shown as its text, and so is HTML that cannot be sanitised in time.
    """
    body = sanitised(mail.html) if mail.html else None
    if body is None:
        body = f"<pre>{escape(mail.text)}</pre>"
    html = template(TEMPLATE).render(about=about, body=Markup(_with_pictures(body, mail)))
    return harmless(html)


def _with_pictures(body: str, mail: Mail) -> str:
    """The mail's own pictures in place of their cids; what is no picture, or too much, is left out."""
    room = MAX_PICTURES

    def picture(found: re.Match[str]) -> str:
        nonlocal room
        type_, data = _picture(unquote(found[2].replace("&amp;", "&")), mail)
        if not data or len(data) > room:
            return found[1]
        room -= len(data)
        return f'{found[1]}src="data:{type_};base64,{base64.b64encode(data).decode("ascii")}"'

    return _OF_THE_MAIL.sub(picture, body)


def _picture(content_id: str, mail: Mail) -> tuple[str, bytes]:
    """Type and content of the picture with this id; no content where there is none that may be shown."""
    for one in mail.attachments:
        if one.content_id == content_id and one.type in PICTURES and one.size <= MAX_PICTURES:
            data = part_bytes(mail, one)
            return one.type, data if data.startswith(PICTURES[one.type]) else b""
    return "", b""
