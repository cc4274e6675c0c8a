"""8-bit mails for relays without 8BITMIME: what they decode to stays, by our own parser and the standard library's."""

from __future__ import annotations

import email
import email.policy
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.mail import sevenbit
from connector.mail.content import decode
from connector.mail.model import Envelope
from connector.mail.parse import parse
from connector.mail.sevenbit import SignedContent, seven_bit

HEAD = b"From: a@x.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
TEXT = st.lists(
    st.sampled_from(("ä", "€", "a", " ", "\t", "=", ".", "From ", "\r\n", "--", "x" * 80, " \r\n")),
    min_size=1,
    max_size=30,
).map("".join)
BYTES = st.lists(st.sampled_from((b"\xff", b"\x80", b"a", b"\r\n", b"=")), min_size=1, max_size=30).map(b"".join)


def leaf(kind: bytes, body: bytes, encoding: bytes = b"8bit") -> bytes:
    lines = b"Content-Type: " + kind + b"\r\n"
    return lines + (b"Content-Transfer-Encoding: " + encoding + b"\r\n" if encoding else b"") + b"\r\n" + body


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"=_b") -> bytes:
    head = (
        b"Content-Type: multipart/"
        + kind
        + b'; boundary="'
        + boundary
        + b'"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
    )
    return head + b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


def decoded(raw: bytes) -> list[tuple[str, object]]:
    """Type and content of each part, as the standard library reads them."""
    return [
        (part.get_content_type(), part.get_payload(decode=True))
        for part in email.message_from_bytes(raw).walk()
        if isinstance(part, Message) and not part.is_multipart()
    ]


def ours(raw: bytes) -> list[tuple[str, bytes]]:
    """The same, as we read them; attached mails by their parts alone."""
    parts = [part for part in parse(raw, Envelope()).parts if not part.type.startswith("message/")]
    return [(part.type, decode(raw[part.start : part.end], part.encoding)[0]) for part in parts]


def check(raw: bytes) -> bytes:
    """Re-encode a mail: seven bits, the same content, and nothing to do the second time."""
    changed = seven_bit(raw)
    assert changed.isascii()
    assert decoded(changed) == decoded(raw)
    assert ours(changed) == ours(raw)
    assert seven_bit(changed) == changed
    assert max(map(len, changed.split(b"\r\n"))) <= 998
    return changed


@given(text=TEXT, encoding=st.sampled_from((b"8bit", b"binary", b"7bit", b"")))
def test_seven_bit__text(text: str, encoding: bytes) -> None:
    """B85: a mail of one part; what is ASCII already is not touched."""
    raw = HEAD + leaf(b"text/plain; charset=utf-8", text.encode() + b"\r\n", encoding)
    changed = check(raw)

    assert (changed == raw) == text.isascii()


@given(text=TEXT, piece=st.integers(1, 9))
def test_seven_bit__pieces_make_no_difference(text: str, piece: int) -> None:
    """B85: a large part is encoded some lines at a time."""
    raw = HEAD + leaf(b"text/plain; charset=utf-8", f"ä{text}\r\n".encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sevenbit, "PIECE", piece)
        check(raw)


@given(texts=st.lists(TEXT, min_size=1, max_size=4), data=BYTES)
def test_seven_bit__parts(texts: list[str], data: bytes) -> None:
    """B85: each part that needs it; order, boundaries, names and all other fields stay."""
    parts = [leaf(b"text/plain; charset=utf-8", text.encode()) for text in texts]
    parts.append(leaf(b"application/octet-stream; name=x", data, b"binary"))
    inner = multipart(*parts, kind=b"alternative", boundary=b"inner")
    attached = leaf(b"message/rfc822", HEAD + leaf(b"text/html; charset=utf-8", texts[0].encode()))
    check(HEAD + multipart(inner, attached, leaf(b"text/plain", b"plain", b"7bit")))


def test_seven_bit__structure_stays() -> None:
    """B85: byte for byte but for the part that needs it, and what says how it is encoded."""
    one, two = leaf(b"text/plain; charset=utf-8", "Grüße = x".encode()), leaf(b"text/plain", b"same ", b"7bit")
    raw = HEAD + b"X-Odd:  kept\r\n" + multipart(one, two)

    expected = raw.replace(b"8bit\r\n\r\n--", b"7bit\r\n\r\n--").replace(b"8bit", b"quoted-printable")
    assert check(raw) == expected.replace("Grüße = x".encode(), b"Gr=C3=BC=C3=9Fe =3D x")


def test_seven_bit__no_mime_headers() -> None:
    """B85: a mail that says nothing of MIME gets what a reader needs."""
    changed = check(b"Subject: x\r\n\r\n\xe4\r\n")

    assert changed == b"MIME-Version: 1.0\r\nSubject: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E4\r\n"


def test_seven_bit__part_without_headers() -> None:
    """RFC 2046, section 5.1: a part may have no header field at all."""
    check(HEAD + multipart(b"\r\n\xc3\xa4", leaf(b"text/plain", b"x", b"7bit")))


@pytest.mark.parametrize("kind", [b"signed", b"encrypted"])
def test_seven_bit__signed_content_is_not_touched(kind: bytes) -> None:
    """B85: what is signed, wherever it stands in the mail, is refused rather than broken; 7-bit ones pass."""
    signed = multipart(leaf(b"text/plain; charset=utf-8", b"\xc3\xa4"), kind=kind, boundary=b"s")
    with pytest.raises(SignedContent):
        seven_bit(HEAD + multipart(signed))
    assert seven_bit(HEAD + signed.replace(b"\xc3\xa4", b"a")) == HEAD + signed.replace(b"\xc3\xa4", b"a")


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"Content-Type: multipart/mixed; boundary=gone\r\n\r\n\xe4\r\n",
        HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\xe4\r\n",
        HEAD + b"junk \xe4\r\n\r\nascii\r\n",
    ],
)
def test_seven_bit__what_is_broken_stays(raw: bytes) -> None:
    """B85: a multipart without parts, an encoding that is wrong already, letters in the header: none is made worse."""
    assert seven_bit(raw) == raw
