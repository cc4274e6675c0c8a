"""B8: whatever happens to a real mail on its way, it stays a mail: mutations that know what a mail is made of."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.house import ROOT
from tests.mail.checks import check

SEEDS = [
    file.read_bytes()
    for file in sorted([*(ROOT / "fixtures" / "eml").glob("*.eml"), *(ROOT / "tests" / "mail").glob("*/*.eml")])
    if file.stat().st_size < 20_000
]
TYPES = [
    b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=\"\"", b"multipart/related", b"message/rfc822",
    b"text/html; charset=utf-16", b"text/plain; format=flowed; delsp=yes; charset=utf-7", b"application/ms-tnef",
    b"application/pkcs7-mime", b"multipart/digest; boundary=b", b"message/delivery-status", b"x", b"text/enriched",
    b"text/plain; name*1*=a; name*0*=utf-8''%c3; charset*=us-ascii''utf-8",
]  # fmt: skip
ENCODINGS = [b"base64", b"quoted-printable", b"x-uuencode", b"8bit", b"none"]
FIELD = re.compile(rb"(?mi)^(content-type|content-transfer-encoding):[^\n]*\n(?:[ \t][^\n]*\n)*")

positions = st.floats(0, 1, exclude_max=True)


def _lines(raw: bytes) -> list[bytes]:
    return raw.splitlines(keepends=True) or [b""]


def cut(raw: bytes, at: float, _other: int) -> bytes:
    """The mail ends where the line was lost."""
    return raw[: int(at * len(raw))]


def without_line(raw: bytes, at: float, _other: int) -> bytes:
    lines = _lines(raw)
    del lines[int(at * len(lines))]
    return b"".join(lines)


def twice(raw: bytes, at: float, other: int) -> bytes:
    """Some lines come a second time."""
    lines = _lines(raw)
    start = int(at * len(lines))
    return b"".join([*lines[: start + other], *lines[start:]])


def in_itself(raw: bytes, at: float, _other: int) -> bytes:
    """The whole mail stands within itself, as an attached one."""
    lines = _lines(raw)
    start = int(at * len(lines))
    return b"".join([*lines[:start], b"Content-Type: message/rfc822\r\n\r\n", raw, *lines[start:]])


def other_line_ends(raw: bytes, _at: float, other: int) -> bytes:
    return raw.replace(b"\r\n", (b"\n", b"\r", b"\r\r\n", b"\n\r")[other % 4])


def other_field(raw: bytes, at: float, other: int) -> bytes:
    """One of the fields that say what a part is says something else."""
    found = list(FIELD.finditer(raw))
    if not found:
        return raw
    field = found[int(at * len(found))]
    values = TYPES if field[1].lower() == b"content-type" else ENCODINGS
    return raw[: field.start(1)] + field[1] + b": " + values[other % len(values)] + b"\r\n" + raw[field.end() :]


def other_byte(raw: bytes, at: float, other: int) -> bytes:
    start = int(at * len(raw))
    return raw[:start] + bytes([other]) + raw[start + 1 :]


def out_of_order(raw: bytes, at: float, other: int) -> bytes:
    """A stretch of lines changes places with the one behind it."""
    lines = _lines(raw)
    start = int(at * len(lines))
    first, second = lines[start : start + other], lines[start + other : start + 2 * other]
    return b"".join([*lines[:start], *second, *first, *lines[start + 2 * other :]])


MUTATIONS = [cut, without_line, twice, in_itself, other_line_ends, other_field, other_byte, out_of_order]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.sampled_from(MUTATIONS), positions, st.integers(0, 255)), min_size=1, max_size=6),
)
def test_changed_mails__are_mails(raw, changes):
    """B8: mails cut, doubled, nested, re-ordered, mislabelled are parsed, and what is in them can be taken out."""
    for change, at, other in changes:
        raw = change(raw, at, other)[:60_000]
    check(raw)
