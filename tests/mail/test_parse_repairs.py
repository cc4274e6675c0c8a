"""B8: any bytes are a mail. What is repaired, what is cut, and that nothing raises or takes long."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.mail import attachments
from connector.mail.model import Envelope
from connector.mail.parse import parse
from tests.mail.checks import check
from tests.mail.mails import TOP, mail, mixed, multipart, read

BODY = b"From: a@b.example\r\nSubject: Hi\r\n\r\nText\r\n"


@pytest.mark.parametrize(
    ("before", "code"),
    [
        (b"\xef\xbb\xbf", "bom"),
        (b"\r\n \r\n\n", "blank-line-first"),
        (b"From ann@x.example Tue Jun 11 08:00:00 2024\r\n", "mbox-from"),
    ],
)
def test_what_stands_before_the_headers__is_passed_over(before, code):
    """B8: a byte-order mark, blank lines or a mailbox separator in front do not hide the headers."""
    parsed = read(before + BODY)
    assert (parsed.subject, parsed.text.strip()) == ("Hi", "Text")
    assert code in parsed.repairs


def test_bare_carriage_returns__are_line_ends():
    """B8: a mail with carriage returns alone is read, and its original is untouched."""
    raw = BODY.replace(b"\r\n", b"\r")
    parsed = read(raw)
    assert (parsed.subject, parsed.text.strip(), parsed.raw) == ("Hi", "Text", raw)


def test_junk_among_headers__does_not_end_them():
    """B8: a broken line between fields is passed over with a note; text without a blank line is the body."""
    parsed = read("Subject: Hi\nthis is broken\nTo: a@b.example\n\nText")
    assert (parsed.to[0].address, parsed.text) == ("a@b.example", "Text")
    assert "junk-in-headers" in parsed.repairs
    assert read("Subject: Hi\nDear all, the text begins\n").text == "Dear all, the text begins\n"


@pytest.mark.parametrize("boundary", ["", "; boundary=other"])
def test_missing_boundary__is_guessed(boundary):
    """B8: a multipart with no boundary, or a wrong one, is split at what looks like its delimiter."""
    body = multipart("mixed", "Content-Type: text/plain\n\nHello", "Content-Type: image/png; name=a.png\n\nx")
    parsed = mail(body, f"multipart/mixed{boundary}")
    assert parsed.text == "Hello"
    assert [found.name for found in parsed.attachments] == ["a.png"]
    assert "missing-boundary" in parsed.repairs


def test_unclosed_multipart__keeps_its_last_part():
    """B8: a mail that was cut short keeps what is there, with a note."""
    parsed = mail("--b1\nContent-Type: text/plain\n\nHello", "multipart/mixed; boundary=b1")
    assert (parsed.text, parsed.repairs) == ("Hello", ("unclosed-multipart",))


def test_boundary__that_is_the_start_of_another():
    """B8: a line that only begins like the outer delimiter belongs to the inner multipart."""
    inner = multipart("alternative", "Content-Type: text/plain\n\nHello", boundary="b1x")
    assert mixed(f"Content-Type: multipart/alternative; boundary=b1x\n\n{inner}").text == "Hello\n".strip()


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("utf8", "Grüße".encode(), "Grüße"),
        ("cp-850", "Grüße".encode("cp850"), "Grüße"),
        ("iso-8859-8-i", "שלום".encode("iso8859-8"), "שלום"),
        ("ks_c_5601-1987", "안녕".encode("cp949"), "안녕"),
        ("gb2312", "镕基".encode("gb18030"), "镕基"),
        ("unicode-1-1-utf-7", b"Gr+APw-n", "Grün"),
        ("windows-1251", "Привет".encode("cp1251"), "Привет"),
        ("iso-8859-1", b"\x93quoted\x94", "“quoted”"),
        ("us-ascii", "é".encode(), "é"),
        ("utf-8", b"Gr\xfc\xdfe", "Grüße"),
        ("iso-2022-jp", "テスト".encode("iso2022_jp"), "テスト"),
    ],
)
def test_charset__is_read_by_what_is_meant(charset, raw, text):
    """B8: aliases, larger sets behind a usual name, and wrong declarations give the right letters."""
    parsed = read(TOP.encode() + f"Content-Type: text/plain; charset={charset}\n\n".encode() + raw)
    assert parsed.text == text


@pytest.mark.parametrize("charset", ["x-unknown", "base64", "rot13", "idna", "punycode", "unicode_escape", "a\x00b"])
def test_unknown_charset__is_guessed_and_noted(charset):
    """B8: a charset nobody knows, and Python's codecs that are none, never raise and are noted."""
    parsed = read(f"Content-Type: text/plain; charset={charset}\n\nGrüße \\u0041")
    assert parsed.text == "Grüße \\u0041"
    assert "unknown-charset" in parsed.repairs


@pytest.mark.parametrize(
    ("encoding", "raw", "decoded"),
    [
        ("base64", b"SGVsbG8", b"Hello"),
        ("base64", b"SGVs bG8*=", b"Hello"),
        ("base64", b"SGVsbG8=\r\nSGVsbG8=\r\n", b"HelloHello"),
        ("base64", b"SGVsbG8=\r\n-- the list's footer", b"Hello"),
        ("base64", b"S", b""),
        ("Base64 (comment)", b"SGVsbG8=", b"Hello"),
        ("quoted-printable", b"a=3Db=\r\nc=ZZ", b"a=bc=ZZ"),
        ("x-uuencode", b"begin 644 x\r\n#0V%T\r\n`\r\nend\r\n", b"Cat"),
        ("x-nobody-knows", b"as it is", b"as it is"),
    ],
)
def test_broken_encoding__gives_what_can_be_read(encoding, raw, decoded):
    """B8, B73: broken content is decoded as far as it goes, and the size listed is that of what comes out."""
    head = f"Content-Type: application/x-a\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    parsed = read(head + raw)
    (found,) = parsed.attachments
    assert attachments.part_bytes(parsed, found) == decoded
    assert found.size == len(decoded)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=2000), st.integers(1, 60), st.sampled_from([b"\r\n", b"\n"]))
def test_size__is_that_of_the_decoded_content(data, repeat, line_end):
    """B73: the size of a base64 attachment, counted and not decoded, is exact for short and for long ones."""
    encoded = base64.encodebytes(data * repeat).replace(b"\n", line_end)
    parsed = read(b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + encoded)
    assert sum(found.size for found in parsed.attachments) == len(data) * repeat


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"Subject: x\n" + b"A: b\n" * 2000 + b"\nbody", "too-many-fields"),
        (b"Subject: x\nA: " + b"b" * 70_000 + b"\n\nbody", "field-cut"),
        (b"Subject: x\n" + (b"A: " + b"b" * 60_000 + b"\n") * 6 + b"\nbody", "headers-cut"),
    ],
)
def test_header_limits__cut_with_a_note(raw, code):
    """B8: 1,000 fields, 64 KiB in one, 256 KiB in all; the body behind them is still found."""
    parsed = read(raw)
    assert code in parsed.repairs
    assert (parsed.subject, parsed.text) == ("x", "body")


def test_part_and_depth_limits__cut_with_a_note():
    """B8: 500 parts and a depth of 50; what is past them stays in the original."""
    many = mixed(*["Content-Type: image/png\n\nx"] * 600)
    assert "too-many-parts" in many.repairs
    assert len(many.parts) < 500
    deep = read("".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(2000)))
    assert "too-deep" in deep.repairs


def test_text_limit__keeps_two_mebibytes():
    """B8: a longer text is cut with a note."""
    parsed = mail("0123456789abcde\n" * 200_000)
    assert len(parsed.text) == 2 * 1024 * 1024
    assert "text-cut" in parsed.repairs


def test_large_attachment__is_not_held_in_memory():
    """B8: a mail with one big attachment is parsed with a few mebibytes above its own bytes."""
    import tracemalloc

    raw = b"Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(bytes(12 * 1024 * 1024))
    tracemalloc.start()
    parsed = parse(raw, Envelope())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert parsed.attachments[0].size == 12 * 1024 * 1024
    assert peak < 4 * 1024 * 1024


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes__are_a_mail(raw):
    """B8: no byte sequence makes parsing raise."""
    check(raw)


WHOLE = (
    TOP + "To: =?utf-8?q?J=C3=BC?= <j@x.example>, Team: a@b.example;\nDate: Tue, 11 Jun 2024 08:00:01 +0200\n"
    'Message-ID: <1@x>\nReferences: <2@x> <3@x>\nContent-Type: multipart/mixed; boundary="b1"\n\n'
    "--b1\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>a=C3=A9</p>\n"
    "--b1\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
    "Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.pdf\n\nSGVsbG8=\n"
    "--b1\nContent-Type: message/rfc822\n\nSubject: inner\n\nbegin 644 a\n#0V%T\n`\nend\n--b1--\n"
).encode()
TOKENS = [
    b"\n",
    b"\r\n",
    b"--b1",
    b"--",
    b'"',
    b"=?",
    b"?=",
    b";",
    b"\x00",
    b"\xff",
    b"<",
    b"(",
    b"=",
    b"begin 644 x\n",
    b":",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 30), st.sampled_from(TOKENS)), max_size=8))
def test_mutated_mails__are_mails(changes):
    """B8: cutting and putting syntax anywhere into a mail never makes parsing raise."""
    raw = WHOLE
    for at, cut, token in changes:
        raw = raw[:at] + token + raw[at + cut :]
    check(raw)
