"""What leaves is well formed, and otherwise the original's bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.courier.connection import dot_stuffed
from connector.courier.transport import CHUNK, Content, shown, unsafe, well_formed

PIECES = st.lists(
    st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b"\0"]), max_size=6).map(b"".join), max_size=6
)


@given(PIECES)
def test_well_formed__has_crlf_line_ends_however_it_is_cut(pieces: list[bytes]) -> None:
    """B85: bare CR and LF become CR LF, NUL `?`; the cuts between pieces change nothing, the end is a line end."""
    whole = b"".join(pieces).replace(b"\0", b"?")
    expected = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")

    result = b"".join(well_formed(pieces))

    assert result == (expected if not expected or expected.endswith(b"\r\n") else expected + b"\r\n")


@given(PIECES)
def test_dot_stuffed__relay_gets_the_same_bytes_back(pieces: list[bytes]) -> None:
    """B6, B85: every line that begins with a dot gets one more, so no content can end the mail."""
    content = b"".join(well_formed(pieces))

    stuffed = b"".join(dot_stuffed(well_formed(pieces)))

    lines = stuffed.split(b"\r\n")
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == content
    assert b"." not in lines


def test_content__original_from_its_body_on(tmp_path: Path) -> None:
    """B85: a distributed mail is a new header block and every byte of the original's body."""
    body = bytes(range(32, 256)) * 2000 + b"\r\n"
    original = tmp_path / "x.eml"
    original.write_bytes(b"From: amy@x.example\r\n\r\n" + body)
    content = Content(b"From: support@company.example\r\n\r\n", None, str(original), 23, 23 + len(body))

    chunks = list(content.chunks())

    assert b"".join(chunks) == b"From: support@company.example\r\n\r\n" + body
    assert max(map(len, chunks)) <= CHUNK + 1
    assert content.size() == len(b"".join(chunks))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a@x.example>\r\nRCPT TO:<evil@x.example",
        "a b@x.example",
        "a@x.example,b@x.example",
        "a\0@x.example",
        "<a@x.example>",
        "a" * 400 + "@x.example",
        "\udcff@x.example",
    ],
)
def test_unsafe__address_that_could_break_out(address: str) -> None:
    """An address with line ends, blanks, commas or angle brackets is never sent (aiosmtplib PYSEC-2026-2338)."""
    outcome = unsafe(address)

    assert outcome is not None
    assert outcome.state == "failed"
    assert outcome.answer.isprintable()


@pytest.mark.parametrize("address", ["a@x.example", "ärmel@x.example", "o'neil+tag@x.example"])
def test_unsafe__plain_addresses_are_fine(address: str) -> None:
    """Plain addresses go out, letters outside ASCII included."""
    assert unsafe(address) is None


def test_shown__is_one_short_line() -> None:
    """A relay's answer cannot write to a terminal, nor fill the store."""
    assert shown("550 no\r\n\x1b[31mred" + "x" * 1000).startswith("550 no   [31mredxxx")
    assert len(shown("x" * 1000)) == 500
