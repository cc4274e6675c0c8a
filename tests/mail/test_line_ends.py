"""Line ends, bare and whole: on this stands that nobody smuggles a mail in another."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.mail.line_ends import are_sound, as_line_feeds, dots_replaced

PIECES = [b"\r", b"\n", b"\r\n", b"\0", b".", b"x", b"\x0b", b"\x0c", b"\x85", b"\xff"]
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")


@pytest.mark.parametrize(
    "data", [b"\r.\n", b"\r\n.\n", b"\n\r", b"a\rb\nc", b"\r\r\n\n", b"\0", b"\r", b"\n", b"\r\n\r"]
)
def test_sound__a_bare_half_or_a_nul_is_seen(data: bytes) -> None:
    """B6: also where a bare CR and a bare LF are as many, and something stands between them."""
    assert not are_sound(data)
    assert not are_sound(b"Subject: x\r\n" + data + b"text\r\n")


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_sound__is_what_has_nothing_bare(data: bytes) -> None:
    """B6: the quick way says what a pattern says."""
    assert are_sound(data) == (BARE.search(data) is None)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join), st.sampled_from([b"", b".."]))
def test_dots__those_that_begin_a_line_are_replaced(data: bytes, by: bytes) -> None:
    """RFC 5321, 4.5.2: also where lines end or begin at once; a dot after half a line end is left."""
    assert dots_replaced(data, by) == data.replace(b"\r\n.", b"\r\n" + by)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_as_line_feeds__changes_whole_line_ends_alone(data: bytes) -> None:
    """B5: the quick way makes what a search for CR LF makes."""
    assert as_line_feeds(data) == data.replace(b"\r\n", b"\n")
