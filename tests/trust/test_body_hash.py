"""The body as DKIM canonicalises it, against the library's own way, and where that takes too long."""

from __future__ import annotations

import hashlib

import pytest
from dkim.canonicalization import Relaxed, Simple
from hypothesis import given
from hypothesis import strategies as st

from connector.trust import body_hash as tested
from connector.trust.body_hash import body_hash, hash_of

PIECES = st.sampled_from(
    (b"\r\n", b"\r\n\r\n", b" ", b"\t", b"  ", b"a", b"b c", b" \r\n", b"\t\t\r\n", b"\r", "ü".encode())
)
BODIES = st.lists(PIECES, max_size=30).map(b"".join)


@given(body=BODIES, start=st.integers(0, 5))
def test_body_hash__is_the_library_s(body: bytes, start: int) -> None:
    """B26: both canonical forms of RFC 6376, section 3.4, of any body whose lines end."""
    raw = b"x" * start + body + b"\r\n"

    assert body_hash(raw, start, relaxed=False) == hashlib.sha256(Simple.canonicalize_body(body + b"\r\n")).digest()
    assert body_hash(raw, start, relaxed=True) == hashlib.sha256(Relaxed.canonicalize_body(body + b"\r\n")).digest()


@given(body=BODIES, piece=st.integers(1, 7), relaxed=st.booleans())
def test_body_hash__pieces_make_no_difference(body: bytes, piece: int, relaxed: bool) -> None:
    """B26: the hash is that of the whole, however large the pieces are that are read at once."""
    whole = body_hash(body, 0, relaxed=relaxed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tested, "PIECE", piece)
        assert body_hash(body, 0, relaxed=relaxed) == whole


@given(lines=BODIES, sizes=st.lists(st.integers(1, 4), max_size=60), relaxed=st.booleans())
def test_hash_of__pieces_may_end_within_a_line(lines: bytes, sizes: list[int], relaxed: bool) -> None:
    """B85: what leaves is hashed as it is read, wherever a piece ends but within a line end."""
    body = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    pieces, start = [], 0
    for size in [*sizes, len(body)]:
        stop = start + size + (body[start + size - 1 : start + size] == b"\r")
        pieces.append(body[start:stop])
        start = stop

    assert hash_of(pieces, relaxed=relaxed) == body_hash(body, 0, relaxed=relaxed)


def test_body_hash__line_feeds_are_line_ends() -> None:
    """B26: a mail that a road stored with bare line feeds was sent with CR LF."""
    assert body_hash(b"a\n\nb\n", 0, relaxed=False) == body_hash(b"a\r\n\r\nb\r\n", 0, relaxed=False)


def test_body_hash__empty_bodies() -> None:
    """B26: RFC 6376: the simple form of nothing is a line end, the relaxed one nothing."""
    assert body_hash(b"", 0, relaxed=False) == hashlib.sha256(b"\r\n").digest()
    assert body_hash(b"\r\n\r\n", 0, relaxed=True) == hashlib.sha256(b"").digest()


def test_body_hash__long_blanks_take_no_longer() -> None:
    """B26: eight MiB of blanks, for which the library needs hours, are within the limit of a test."""
    body_hash(b" " * (8 << 20) + b"x", 0, relaxed=True)
