"""All that a receiver's program may read out of a header block: raw, unfolded, decoded, in every spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from urllib.parse import unquote

import idna

HIDDEN = re.compile("[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def message(head: bytes) -> Message:
    """The header block as a message."""
    return BytesHeaderParser(policy=compat32).parsebytes(head)


def readings(head: bytes) -> list[str]:
    """Every reading, in comparable letters."""
    return [comparable(text) for text in _texts(head)]


def _texts(head: bytes) -> Iterator[str]:
    for name, value in message(head).items():
        yield str(value)
        unfolded = re.sub(r"\r?\n(?=[ \t])", "", str(value))
        for text in (unfolded, decoded(unfolded)):
            yield text
            yield text.replace("\\", "")
            yield unquote(text)
        yield from _parameters(name, unfolded)


def _parameters(name: str, value: str) -> Iterator[str]:
    """Parameter values, with continuations joined (RFC 2231) and encoded words decoded."""
    alone = Message()
    alone[name] = value
    for _, held in alone.get_params([], header=name):
        text = "".join(part or "" for part in held[2:]) if isinstance(held, tuple) else str(held)
        yield text
        yield decoded(text)
        yield unquote(text)


def decoded(value: str) -> str:
    """A value with its encoded words decoded, as tolerantly as mail programs do."""
    try:
        pieces = decode_header(value)
        return "".join(p if isinstance(p, str) else p.decode(charset or "latin-1", "replace") for p, charset in pieces)
    except (LookupError, ValueError):
        return value


def comparable(text: str) -> str:
    """The text as a person reads it: no hidden characters, compatible forms and letter case ignored."""
    return unicodedata.normalize("NFKC", HIDDEN.sub("", text)).casefold()


def spellings(address: str) -> set[str]:
    """An address in A-label and U-label form."""
    local, _, domain = address.partition("@")
    return {comparable(address), comparable(f"{local}@{idna.decode(domain)}")}
