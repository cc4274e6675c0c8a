"""Content of parts: transfer decoding that bears broken input, sizes without decoding, safe file names."""

from __future__ import annotations

import binascii
import itertools
import re
from collections.abc import Iterator

from connector.mail import clean, uuencode
from connector.mail.entity import IDENTITY

CHUNK_BYTES = 1024 * 1024
MAX_NAME_BYTES = 150
MAX_PADDING = 4000  # more signs than this are noise, not the ends of runs

EVEN_LINES_BYTES = 16 * 1024  # a base64 body as long as this is measured by its lines, not by its letters
MAX_LINE = 1000
SNIFFED_BYTES = 2000
LONG_WORD = 15  # letters; in a text there are more blanks than one for so many

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_ALPHABET = bytes(set(range(256)) - set(_ALPHABET))
_BASE64_LINES = re.compile(rb"\r?\n[A-Za-z0-9+/\r\n]*+")
_BLANKS_BEHIND_SOFT_END = re.compile(rb"=[ \t]++(?=\r?\n)")  # put there on the way (RFC 2045, 6.7)
_PADDED_RUN = re.compile(rb"=+")
_UNSAFE = re.compile(r'[/\\:*?"<>|]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)


def decode(data: bytes, encoding: str) -> tuple[bytes, str]:
    """The decoded content, and a repair code or nothing; never raises."""
    if encoding in IDENTITY:
        return data, ""
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_BLANKS_BEHIND_SOFT_END.sub(b"=", data) if data.find(b"= ") >= 0 else data), ""
    if encoding == "base64":
        return _base64(data)
    if encoding == "x-uuencode":
        return uuencode.decode(data)
    return data, "unknown-encoding"


def is_no_base64(raw: bytes, start: int, end: int) -> bool:
    """Whether a text that is said to be base64 is none: its beginning has words, or signs that base64 has not."""
    sample = raw[start : min(end, start + SNIFFED_BYTES)]
    letters = sample.translate(None, b" \t\r\n")
    blanks = sum(line.strip().count(b" ") for line in sample.split(b"\n"))
    others = len(letters.translate(None, _ALPHABET + b"="))
    return blanks * LONG_WORD > len(letters) or others * 10 > len(letters)


def _base64(data: bytes) -> tuple[bytes, str]:
    """Base64 decoded; padded runs on lines of their own are all read, other things behind padding are not."""
    if not _has_inner_padding(data, 0, len(data)):
        try:
            return binascii.a2b_base64(data), ""
        except binascii.Error:
            return _base64_run(data), "broken-base64"
    first, *others = _PADDED_RUN.split(data) if data.count(b"=") <= MAX_PADDING else [data]
    runs = itertools.takewhile(_BASE64_LINES.fullmatch, others)
    return b"".join(map(_base64_run, [first, *runs])), "broken-base64"


def _has_inner_padding(raw: bytes, start: int, end: int) -> bool:
    """Whether something but blanks follows the first padding of a base64 body."""
    padding = raw.find(b"=", start, end)
    return padding >= 0 and (end - padding > 4096 or bool(raw[padding:end].strip(b"=\r\n \t")))


def _base64_run(data: bytes) -> bytes:
    """One run of base64 without padding; what is not of the alphabet is left out."""
    data = data.translate(None, _NOT_ALPHABET)
    data = data[:-1] if len(data) % 4 == 1 else data
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def decoded_size(raw: bytes, start: int, end: int, encoding: str) -> tuple[int, str]:
    """The size of the content decoded, in bytes, without holding it; and a repair code or nothing."""
    if encoding == "base64":
        return _base64_size(raw, start, end)
    if encoding in ("quoted-printable", "x-uuencode"):
        results = [decode(raw[begin:stop], encoding) for begin, stop in _chunks(raw, start, end)]
        return sum(len(data) for data, _repair in results), next((repair for _data, repair in results if repair), "")
    return end - start, "" if encoding in IDENTITY else "unknown-encoding"


def _base64_size(raw: bytes, start: int, end: int) -> tuple[int, str]:
    """The size from the number of base64 characters: four of them are three bytes."""
    if _has_inner_padding(raw, start, end):
        data, repair = _base64(raw[start:end])
        return len(data), repair
    letters, rest = _letters_in_even_lines(raw, start, end)
    for at in range(rest, end, CHUNK_BYTES):
        chunk = raw[at : min(at + CHUNK_BYTES, end)]
        letters += len(chunk) - len(chunk.translate(None, _ALPHABET))
    padding = raw.count(b"=", max(end - 4096, start), end)
    return letters * 3 // 4, "broken-base64" if (letters + padding) % 4 else ""


def _letters_in_even_lines(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Letters in the lines of equal length that a large body begins with, and where those lines end.

    Only the line ends are looked at: what stands within such lines is taken to be base64.
    """
    length = raw.find(b"\n", start, start + MAX_LINE) + 1 - start
    if end - start < EVEN_LINES_BYTES or length < 3:
        return 0, start
    line_end = b"\r\n" if raw[start + length - 2] == 13 else b"\n"
    count = (end - start) // length - 2
    stop = start + count * length
    for index in range(1, len(line_end) + 1):
        if raw[start + length - index : stop : length].strip(line_end[-index : len(line_end) - index + 1]):
            return 0, start
    return count * (length - len(line_end)), stop


def _chunks(raw: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of about a mebibyte that end at line ends where there are any."""
    while start < end:
        stop = min(start + CHUNK_BYTES, end)
        if stop < end:
            stop = (raw.rfind(b"\n", start, stop) + 1) or stop
        yield start, stop
        start = stop


def safe_filename(name: str) -> str:
    """A name that is only a name on every system: no folder, drive, device, control or trailing dot (B73).

    At most 150 bytes of UTF-8, with the extension kept; "attachment" where nothing is left.
    """
    name = clean.name(name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _UNSAFE.sub("_", name).strip(" .")
    if _DEVICES.match(name):
        name = f"_{name}"
    return _shortened(name) or "attachment"


def _shortened(name: str) -> str:
    """A name within the limit of bytes, its extension kept."""
    stem, dot, extension = name.rpartition(".")
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = MAX_NAME_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + extension
