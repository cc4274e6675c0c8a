"""Short mails for the tests of parsing, written out as a sender would."""

from __future__ import annotations

from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse

TOP = "From: Ann <ann@customer.example>\nSubject: Printer\nMIME-Version: 1.0\n"


def read(source: str | bytes) -> Mail:
    """A mail out of its source; a text is taken as UTF-8 with CRLF line ends."""
    raw = source if isinstance(source, bytes) else source.replace("\n", "\r\n").encode()
    return parse(raw, Envelope())


def mail(body: str, type_: str = "text/plain; charset=utf-8", more: str = "") -> Mail:
    """A mail with the usual fields, a Content-Type and further fields."""
    return read(f"{TOP}Content-Type: {type_}\n{more}\n{body}")


def multipart(kind: str, *parts: str, boundary: str = "b1") -> str:
    """The body of a multipart: each part is its header fields, an empty line and its content."""
    return "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"


def mixed(*parts: str, kind: str = "mixed") -> Mail:
    """A multipart mail of some parts."""
    return mail(multipart(kind, *parts), f'multipart/{kind}; boundary="b1"')


def from_(value: str | bytes) -> Mail:
    """A mail with a From value."""
    value = value.encode() if isinstance(value, str) else value
    return read(b"From: " + value + b"\r\nTo: help@desk.example\r\n\r\nHello\r\n")
