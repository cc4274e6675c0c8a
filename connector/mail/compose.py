"""Header blocks for what goes out (B84, B85): new lines on top, MIME headers as they were, and no others.

What is kept from the original is a list; whatever is not on it does not leave. Every line ends with CRLF, no line is
longer than RFC 5322 allows, everything is ASCII.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from connector.mail import clean, headers
from connector.mail.model import Mail
from storage.addresses import is_writable

Pair = tuple[str, str]

KEPT = (b"mime-version", b"content-type", b"content-transfer-encoding", b"content-disposition", b"content-language")
PASSED_ON = ("auto-submitted", "importance", "x-priority", "sensitivity")
"""Headers whose value passes to the receivers when it is a plain word; all others stay in the house."""

WIDTH = 76
WORD_BYTES = 39  # with the frame 64 characters, so that a field's name has room beside the first word
MAX_LINE = 998
MAX_NAME = 200
PLAIN_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ;=.()_-]{0,60}")
MESSAGE_ID = re.compile(r"[!-~]{1,499}")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
FOLD = re.compile(rb"[\r\n]+(?=[ \t])")
UNWANTED = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
AT_SIGNS = frozenset("@%&*?\\")
"""Letters of which a value in ASCII must hold one, if an address can be read in it."""
QUOTABLE = re.compile(r"[ !#-\[\]-~]{1,200}")
"""A parameter's value that can stand between quotes as it is."""


def mime_headers(mail: Mail, reveals: Callable[[str], bool], rebuild: Callable[[str, str], bytes]) -> bytes:
    """The original's MIME header fields, byte for byte but for line ends; of several with one name the first.

    A field that cannot leave as it is (8-bit, over long, or one of whose readings `reveals` what must not be seen)
    goes through `rebuild(lower-case name, unfolded value)` instead.
    """
    fields: dict[bytes, bytes] = {}
    for name, field in mail.raw_headers:
        lowered = name.lower()
        if lowered not in KEPT or lowered in fields:
            continue
        lines = FOLD.sub(b"\r\n", field.rstrip(b"\r\n"))
        value = headers.to_text(field.partition(b":")[2])
        if _is_well_formed(name, lines) and not any(map(reveals, _readings(value))):
            fields[lowered] = lines + b"\r\n"
        else:
            fields[lowered] = rebuild(lowered.decode("ascii"), value)
    return b"".join(fields.values())


def _readings(value: str) -> Iterator[str]:
    """What a program may make of a field's value: the letters as they are, encoded words, parameters (RFC 2231).

    Of a value without an at sign, and without what could stand for one, all readings but the first are spared.
    """
    yield value
    if AT_SIGNS.isdisjoint(value):
        return
    yield headers.decode_words(value)
    for held in headers.parameters(value)[1].values():
        yield headers.decode_words(held)


def _is_well_formed(name: bytes, lines: bytes) -> bool:
    """Whether a field can be sent as it stands (RFC 5322, sections 2.1.1 and 2.2); no blank before its colon."""
    if not lines.startswith(name + b":") or not lines.isascii() or UNWANTED.search(lines.replace(b"\r\n", b"")):
        return False
    return all(line.strip() and len(line) <= MAX_LINE for line in lines.split(b"\r\n"))


def unstructured(name: str, text: str) -> bytes:
    """A field of free text (RFC 5322, section 2.2.1), encoded by RFC 2047 where it is not plain ASCII."""
    text = _one_line(text)
    plain = text.isascii() and text.isprintable() and "=?" not in text
    if plain and len(name) + 2 + len(text) <= WIDTH:
        return f"{name}: {text}\r\n".encode("ascii")
    if plain and max(map(len, text.split()), default=0) < WIDTH - len(name):
        return _folded(name, text.split(" "), " ")
    return _folded(name, encoded_words(text), " ")


def words(name: str, value: str) -> bytes:
    """A field of words in ASCII that must stay as they are; one that is long has a line of its own."""
    return _folded(name, value.split(), " ")


def encoded_words(text: str) -> list[str]:
    """The text as encoded words of at most 64 characters, no letter cut in two (RFC 2047, section 5)."""
    data, words, start = text.encode(), [], 0
    while start < len(data):
        end = min(start + WORD_BYTES, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{binascii.b2a_base64(data[start:end], newline=False).decode('ascii')}?=")
        start = end
    return words


def addresses(name: str, people: Iterable[Pair]) -> bytes:
    """An address list; names are quoted or encoded as they need, and whose address is not plain is left out.

    Empty where nobody is left.
    """
    boxes = [mailbox(*person) for person in people if is_writable(person[1])]
    return _folded(name, boxes, ", ") if boxes else b""


@lru_cache(maxsize=4096)
def mailbox(name: str, address: str) -> str:
    """`Name <address>` in ASCII (RFC 5322, section 3.4; RFC 2047, section 5); a name is cut at 200 characters."""
    name = _one_line(name)[:MAX_NAME].strip()
    if not name:
        return address
    if not name.isascii() or not name.isprintable() or "=?" in name:
        words = "\r\n ".join(encoded_words(name))
        return f"{words} <{address}>"
    if not ATOMS.fullmatch(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{escaped}"'
    return f"{name} <{address}>"


def message_ids(name: str, ids: Iterable[str]) -> bytes:
    """A list of Message-IDs; those that no header can hold are left out; empty where none is left."""
    plain = [one for one in ids if MESSAGE_ID.fullmatch(one) and "=?" not in one]
    return _folded(name, plain, " ") if plain else b""


def parameterised(name: str, value: str, parameters: Mapping[str, str]) -> bytes:
    """A field with parameters, each quoted (RFC 2045, section 5.1); those that quotes cannot hold are left out."""
    held = [f'{key}="{text}"' for key, text in parameters.items() if QUOTABLE.fullmatch(text)]
    return _folded(name, [value, *held], "; ")


def passed_on(mail: Mail) -> bytes:
    """Auto-Submitted, priority and sensitivity, where they are plain words."""
    found = [(name, value) for name in PASSED_ON if (value := mail.header(name)) and PLAIN_VALUE.fullmatch(value)]
    return b"".join([f"{name.title()}: {value}\r\n".encode() for name, value in found]) if found else b""


def date(moment: datetime) -> bytes:
    """The Date field (RFC 5322, section 3.3)."""
    day, month, number, clock, year = moment.ctime().split()
    zone = "+0000" if moment.tzinfo is UTC else moment.strftime("%z") or "-0000"
    return f"Date: {day}, {number:0>2} {month} {year} {clock} {zone}\r\n".encode()


def _one_line(text: str) -> str:
    """A text whose blanks are single, without control characters and what UTF-8 cannot hold."""
    return clean.line(" ".join(text.split())).strip()


def _folded(name: str, tokens: list[str], separator: str) -> bytes:
    """A field with its tokens spread over lines of 78 characters at most, where the tokens allow it."""
    whole = f"{name}: {separator.join(tokens)}"
    if tokens and len(whole) <= WIDTH:
        return f"{whole}\r\n".encode("ascii")
    mark = separator.rstrip()
    lines, line = [], f"{name}:"
    for piece in (*[token + mark for token in tokens[:-1]], *tokens[-1:]):
        if len(line) + 1 + len(piece) > WIDTH and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {piece}"
    return ("\r\n".join([*lines, line]) + "\r\n").encode("ascii")
