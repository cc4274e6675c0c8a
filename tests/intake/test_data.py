"""The content of DATA: found and decoded the same way however the network cuts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.intake.data import DataDecoder

WIRE = st.lists(st.sampled_from([b"\r\n", b".", b"a", b"\r\n.", b"\r\n..", b" b"]), max_size=30).map(b"".join)


def decode(*chunks: bytes) -> tuple[bytes, bytes | None, bool]:
    """Content, rest and whether it was malformed, of content that comes in these pieces."""
    decoder = DataDecoder()
    content = b""
    for number, chunk in enumerate(chunks):
        part, rest = decoder.feed(chunk)
        content += part
        if rest is not None:
            return content, rest + b"".join(chunks[number + 1 :]), decoder.malformed
    return content, None, decoder.malformed


def stuff(content: bytes) -> bytes:
    """The content as a client sends it, line by line (RFC 5321, 4.5.2)."""
    lines = content.split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"


@given(WIRE.map(lambda wire: wire + b"\r\n"), st.integers(1, 7), st.sampled_from([b"", b"QUIT\r\n", b".\r\n"]))
def test_feed__gives_the_content_back_however_it_is_cut(content: bytes, step: int, after: bytes) -> None:
    """B4, B6: what a client stuffed comes out as it was, and what follows the end is not the mail's."""
    wire = stuff(content) + after

    assert decode(*(wire[i : i + step] for i in range(0, len(wire), step))) == (content, after, False)


@pytest.mark.parametrize(
    ("wire", "content"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"a\r\n.b\r\n.\r\n", b"a\r\nb\r\n"),
        (b"x" * 100_000 + b"\r\n.\r\n", b"x" * 100_000 + b"\r\n"),
    ],
)
def test_feed__end_is_a_lone_dot(wire: bytes, content: bytes) -> None:
    """B6: a lone dot ends the content, also right after DATA; lines may be long; a dot before text is taken off."""
    assert decode(wire) == (content, b"", False)


@pytest.mark.parametrize(
    "end", [b"\n.\r\n", b"\r\n.\n", b"\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n.\r\r\n", b"\r\n\0.\r\n"]
)
@pytest.mark.parametrize("step", [1, 2, 1000])
def test_feed__smuggled_end_is_no_end(end: bytes, step: int) -> None:
    """B6: no other form ends the content (CVE-2024-27305), and each is noted as malformed."""
    wire = b"a" + end + b"MAIL FROM:<x@x.example>\r\n.\r\n"

    content, rest, malformed = decode(*(wire[i : i + step] for i in range(0, len(wire), step)))

    assert rest == b""
    assert malformed
    assert b"MAIL FROM" in content


@pytest.mark.parametrize("bad", [b"\r", b"\n", b"\0", b"\r\r\n", b"\n\r"])
@pytest.mark.parametrize("step", [1, 3])
def test_feed__bare_line_ends_and_nul_are_noted(bad: bytes, step: int) -> None:
    """B6: a bare CR, a bare LF and a NUL are seen wherever the network cuts."""
    wire = b"a" + bad + b"b\r\n.\r\n"

    assert decode(*(wire[i : i + step] for i in range(0, len(wire), step)))[2]
