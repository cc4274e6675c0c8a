"""Header fields: splitting, unfolding, encoded words (RFC 2047), parameters (RFC 2231)."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from connector.mail import charsets, clean

MAX_HEADER_BYTES = 256 * 1024
MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 1000
MAX_SEGMENTS = 200  # RFC 2231 continuations of one parameter

_LINE_FEED, _ESCAPE = b"\n\x1b"  # as numbers: a byte is found ten times as fast as bytes of length one
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?")
_FALSE_FIELD = re.compile(rb"[^\s:]{1,76}[ \t]*:")  # a field but for letters that no name may have
_BLANK_LINE = re.compile(rb"\n\r{0,2}\n")
_KNOWN_FIELD = re.compile(
    rb"^(?:from|to|cc|subject|date|message-id|mime-version|content-(?:type|transfer-encoding|disposition)"
    rb"|received|return-path|reply-to|in-reply-to|references|sender|delivered-to|x-[a-z-]{2,40}):",
    re.IGNORECASE | re.MULTILINE,
)
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\n]*)\?=")
_BETWEEN_WORDS = re.compile(r"(?<=\?=)\s+(?==\?[^?\s]{1,100}\?[bBqQ]\?)")
_PARAMETER = re.compile(r""";\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*+"?|[^;]*)""", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SEGMENT = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?")


class Field(NamedTuple):
    """One header field: its name, its value as it stands (folded), and its bytes from `start` to `end`."""

    name: bytes
    value: bytes
    start: int
    end: int


class Block(NamedTuple):
    """A header block: its fields, the offset of the body, and repair codes."""

    fields: list[Field]
    body_start: int
    repairs: tuple[str, ...]


def split(raw: bytes, start: int, end: int) -> Block:
    """The fields of the header block that begins at `start`, up to its blank line or the limits (B8)."""
    limit = min(end, start + MAX_HEADER_BYTES)
    if raw.startswith((b"\n", b"\r\n"), start):
        return Block([], start + (1 if raw[start] == 10 else 2), ()) if start < limit else Block([], end, ())
    blank = raw.find(b"\n\r\n", start, limit)
    bare = raw.find(b"\n\n", start, blank if blank >= 0 else limit)
    stop = (bare if bare >= 0 else blank) + 1
    fields = _sound(raw, start, stop) if stop > start else None
    if fields is None:
        return _split_broken(raw, start, end, limit)
    return Block(fields, stop + (1 if bare >= 0 else 2), ())


def _sound(raw: bytes, start: int, stop: int) -> list[Field] | None:
    """The fields up to a blank line, or None where anything is wrong with them."""
    fields: list[Field] = []
    position = start
    for found in _FIELD.finditer(raw, start, stop):
        name, value = found.groups()
        if found.start() != position or len(value) > MAX_FIELD_BYTES:
            return None
        fields.append(Field(name, value, position, position := found.end()))
    return fields if position == stop and len(fields) <= MAX_FIELDS else None


def _split_broken(raw: bytes, start: int, end: int, limit: int) -> Block:
    """As `split`, line by line, for blocks that hold something else than fields or do not end."""
    fields: list[Field] = []
    repairs: list[str] = []
    position = start
    last_known = -1
    delimiter: bytes | None = None  # looked for once, where the first line like one stands
    while position < limit and len(fields) < MAX_FIELDS:
        if raw.startswith((b"\n", b"\r\n", b"\r\r\n"), position):
            return Block(fields, raw.find(b"\n", position) + 1, tuple(repairs))
        found = _FIELD.match(raw, position, limit)
        if found:
            fields.append(_field(found, repairs))
            position = found.end()
            continue
        if raw.startswith(b"--", position):
            delimiter = _declared_delimiter(fields) if delimiter is None else delimiter
            if delimiter and raw[position : _next_line(raw, position, limit)].rstrip() == delimiter:
                return Block(fields, position, (*repairs, "missing-blank-line"))
        if last_known < 0 and not _FALSE_FIELD.match(raw, position, limit):
            last_known = _last_known_field(raw, position, limit)
        if last_known >= 0 and position >= last_known:
            return Block(fields, position, (*repairs, "missing-blank-line"))
        repairs.append("junk-in-headers")
        position = _next_line(raw, position, limit)
    if position >= end:
        return Block(fields, end, tuple(repairs))
    repairs.append("headers-cut" if position >= limit else "too-many-fields")
    return Block(fields, _after_blank_line(raw, position, end), tuple(repairs))


def _field(found: re.Match[bytes], repairs: list[str]) -> Field:
    """A field out of a match, its value cut at the limit."""
    name, value = found.groups()
    if len(value) > MAX_FIELD_BYTES:
        repairs.append("field-cut")
        value = value[:MAX_FIELD_BYTES]
    return Field(name, value, found.start(), found.end())


def _declared_delimiter(fields: list[Field]) -> bytes:
    """The first delimiter line of the multipart that some fields declare, or nothing."""
    value = next((field.value for field in fields if field.name.lower() == b"content-type"), b"")
    boundary = parameters(to_text(value))[1].get("boundary", "")
    return b"--" + boundary.encode("utf-8", "replace") if boundary else b""


def _next_line(raw: bytes, position: int, limit: int) -> int:
    """The offset behind the line at `position`."""
    return (raw.find(b"\n", position, limit) + 1) or limit


def _after_blank_line(raw: bytes, position: int, end: int) -> int:
    """The offset behind the next blank line, or the end."""
    blank = _BLANK_LINE.search(raw, max(position - 1, 0), end)
    return blank.end() if blank else end


def _last_known_field(raw: bytes, position: int, limit: int) -> int:
    """Where the last field with a well-known name begins before the next blank line, or `position`."""
    blank = _BLANK_LINE.search(raw, position, limit)
    block = raw[position : blank.start() if blank else limit]
    return max((position + found.start() for found in _KNOWN_FIELD.finditer(block)), default=position)


def to_text(value: bytes, charset: str = "") -> str:
    """A header value unfolded, as text, not yet decoded; raw 8-bit bytes are UTF-8, `charset`, or guessed."""
    value = value.strip()
    if _LINE_FEED in value:
        value = b" ".join([line.rstrip(b"\r").lstrip(b" \t") for line in value.split(b"\n")])
    if value.isascii():
        return value.decode() if _ESCAPE not in value else charsets.decode(value, "")[0]
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return charsets.decode(value, charset or "utf-8")[0]


def decoded(value: str) -> str:
    """A header value with its encoded words decoded, as one clean line."""
    return clean.line(decode_words(value) if "=?" in value else value)


def decode_words(value: str) -> str:
    """A text with its encoded words (RFC 2047) decoded; what is none stays as it is."""
    if "=?" not in value:
        return value
    value = _BETWEEN_WORDS.sub("", value)
    pieces: list[str] = []
    pending: tuple[str, bytes] = ("", b"")  # neighbours of one charset are joined: letters are cut in two
    position = 0
    for word in _WORD.finditer(value):
        charset = word[1].lower()
        data = _word_bytes(word[2], word[3], charset)
        if word.start() == position and charset == pending[0]:
            pending = (charset, pending[1] + data)
        else:
            pieces += [_word_text(pending), value[position : word.start()]]
            pending = (charset, data)
        position = word.end()
    return "".join([*pieces, _word_text(pending), value[position:]])


def _word_bytes(encoding: str, content: str, charset: str) -> bytes:
    """The bytes of an encoded word's content; raw letters in it are taken to be in the word's charset."""
    codec_names = () if content.isascii() else charsets.codecs_for(charset)
    data = content.encode(codec_names[0] if codec_names else "utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    data = data.replace(b" ", b"").rstrip(b"=")
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


def _word_text(word: tuple[str, bytes]) -> str:
    """The text of joined encoded words."""
    return charsets.decode(word[1], word[0])[0] if word[1] else ""


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """A structured value (Content-Type, Content-Disposition): the first word in lower case, and its parameters."""
    head, semicolon, rest = value.partition(";")
    found: dict[str, str] = {}
    extended = False
    if semicolon:
        for name, content in _PARAMETER.findall(semicolon + rest):
            extended = extended or "*" in name
            found.setdefault(name.lower(), _unquoted(content))
    return head.strip().lower(), _join_segments(found) if extended else found


def _unquoted(content: str) -> str:
    """A parameter's value without its quotes and escapes."""
    content = content.strip()
    if not content.startswith('"'):
        return content
    content = content[1:-1] if content.endswith('"') and len(content) > 1 else content[1:]
    return _ESCAPED.sub(r"\1", content) if '\\"' in content or "\\\\" in content else content


def _join_segments(found: dict[str, str]) -> dict[str, str]:
    """Parameters with their RFC 2231 continuations joined and percent encoding decoded."""
    plain = {name: value for name, value in found.items() if "*" not in name}
    segments: dict[str, list[tuple[int, bool, str]]] = {}
    for name, value in found.items():
        matched = _SEGMENT.fullmatch(name)
        if "*" in name and matched:
            segments.setdefault(matched[1], []).append((int(matched[2] or 0), bool(matched[3]), value))
    for name, parts in segments.items():
        plain[name] = _joined(sorted(parts)[:MAX_SEGMENTS])
    return plain


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """The value of one parameter out of its segments (number, percent-encoded, text) in order."""
    charset, data = "", b""
    for index, (_number, encoded, value) in enumerate(parts):
        if encoded and index == 0 and value.count("'") >= 2:
            charset, _language, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return charsets.decode(data, charset.lower())[0]
