"""One entity of a mail: what its Content- fields say (RFC 2045, RFC 2183)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from connector.mail import clean, headers

MAX_REMEMBERED = 200  # bytes of a header value that is kept for the next mail

NESTED_TYPES = frozenset({"message/rfc822", "message/global", "message/news"})
IDENTITY = frozenset({"", "7bit", "8bit", "binary"})

_TYPE = re.compile(r"[!-.0-:<-~]+/[!-.0-:<-~]+")
_ENCODING_ALIASES = {
    "7-bit": "7bit",
    "8-bit": "8bit",
    "base-64": "base64",
    "b64": "base64",
    "quoted_printable": "quoted-printable",
    "quotedprintable": "quoted-printable",
    "qp": "quoted-printable",
    "uuencode": "x-uuencode",
    "x-uue": "x-uuencode",
    "uue": "x-uuencode",
}


_USUAL_ENCODINGS = {name.encode(): name for name in ("", "7bit", "8bit", "binary", "base64", "quoted-printable")}


@dataclass(slots=True)
class Node:
    """One entity: what its headers say, where its body lies, and what is in it."""

    type: str
    parameters: dict[str, str]
    encoding: str
    disposition: str
    name: str
    content_id: str
    start: int
    end: int
    depth: int
    nested: bool
    subject: bytes = b""  # of an attached mail: the value of its Subject field
    children: list[Node] = field(default_factory=list)

    @property
    def charset(self) -> str:
        """The declared charset in lower case, or nothing."""
        return self.parameters.get("charset", "").strip().lower().partition(" ")[0]

    @property
    def is_multipart(self) -> bool:
        """Whether the entity was split into parts."""
        return bool(self.children) and self.type.startswith("multipart/")


def read(block: headers.Block, end: int, depth: int, nested: bool, default: str) -> Node:
    """What the Content- fields of a header block say; of several equal fields the first counts."""
    values: dict[bytes, bytes] = {}
    for found in block.fields:
        if found.name[0] in b"cC":
            values.setdefault(found.name.lower(), found.value)
    type_, parameters = _content_type(values.get(b"content-type", b""))
    disposition, name = _disposition(values.get(b"content-disposition"), parameters)
    content_id = values.get(b"content-id", b"")
    return Node(
        type_ or default,
        parameters,
        _encoding(values.get(b"content-transfer-encoding", b"")),
        disposition,
        clean.name(headers.decode_words(name)) if name else "",
        clean.name(headers.to_text(content_id).strip("<> ")) if content_id else "",
        min(block.body_start, end),
        end,
        depth,
        nested,
    )


def _content_type(value: bytes) -> tuple[str, dict[str, str]]:
    """The media type, or nothing where it is none (RFC 2045, 5.2), and its parameters."""
    return _short_content_type(value) if len(value) <= MAX_REMEMBERED else _read_content_type(value)


@lru_cache(maxsize=512)
def _short_content_type(value: bytes) -> tuple[str, dict[str, str]]:
    """As `_content_type`, remembered: most parts of all mails say one of few things."""
    return _read_content_type(value)


def _read_content_type(value: bytes) -> tuple[str, dict[str, str]]:
    """As `_content_type`, read anew."""
    type_, parameters = headers.parameters(headers.to_text(value))
    type_ = type_.strip("\"' ")
    if _TYPE.fullmatch(type_):
        return type_, parameters
    found = _TYPE.search(type_)
    behind = type_[found.end() :] if found else type_
    if "=" in behind:  # a parameter without a semicolon before it
        parameters = headers.parameters(f";{behind.strip(' ,:')}")[1] | parameters
    return (found[0].strip(",:") if found else ""), parameters


def _disposition(value: bytes | None, type_parameters: dict[str, str]) -> tuple[str, str]:
    """The disposition (attachment, inline or nothing) and the file name from there or from the type."""
    disposition, name = "", ""
    if value is not None:
        disposition, parameters = headers.parameters(headers.to_text(value))
        name = parameters.get("filename") or parameters.get("name", "")
        # RFC 2183, 2.8: an unknown disposition is an attachment
        disposition = disposition.strip("\"'") if disposition in ("inline", "") else "attachment"
    return disposition, name or type_parameters.get("name") or type_parameters.get("filename", "")


def _encoding(value: bytes) -> str:
    """The transfer encoding in lower case, without comments and quotes, by its usual name."""
    usual = _USUAL_ENCODINGS.get(value.strip().lower())
    if usual is not None:
        return usual
    words = headers.to_text(value).lower().partition("(")[0].replace(";", " ").strip("\"' ").split()
    encoding = words[0].strip("\"'") if words else ""
    return _ENCODING_ALIASES.get(encoding, encoding)
