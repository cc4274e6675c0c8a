"""What is wrapped in a winmail.dat or a smime.p7m is read and can be taken out (B8, B73)."""

from __future__ import annotations

import struct

import pytest

from connector.mail import cms, tnef
from connector.mail.attachments import part_bytes
from tests.mail import containers
from tests.mail.containers import attached, attribute, part, properties, value, wide, winmail
from tests.mail.mails import TOP, mixed, multipart, read

PLAIN = "Content-Type: text/plain\n\nHello plain"


def listed(parsed):
    return [(found.name, found.type, found.size) for found in parsed.attachments]


def test_winmail__files_stand_in_its_place():
    """B73: what is in a winmail.dat is listed and can be taken out; the container is not listed."""
    parsed = mixed(PLAIN, winmail(containers.tnef(attached(b"plan.txt", b"the plan"), attached(b"b.bin", b"\0\1"))))
    assert listed(parsed) == [
        ("plan.txt", "application/octet-stream", 8),
        ("b.bin", "application/octet-stream", 2),
    ]
    assert [part_bytes(parsed, found) for found in parsed.attachments] == [b"the plan", b"\0\1"]
    assert "tnef" in parsed.repairs


def test_winmail__names_of_new_outlooks():
    """B73: long name, type and content id out of the properties win over the short name."""
    long_name = properties(wide(0x3707, "Übersicht Köln.xlsx"), wide(0x370E, "Image/PNG"), wide(0x3712, "<a@b>"))
    parsed = mixed(
        PLAIN, winmail(containers.tnef(attached(b"UBERSI~1.XLS", b"x"), attribute(containers.PROPERTIES, long_name)))
    )
    (found,) = parsed.attachments
    assert (found.name, found.type) == ("Übersicht Köln.xlsx", "image/png")
    assert (found.inline, found.content_id) == (True, "a@b")


def test_winmail__body_where_the_mail_has_none():
    """B8: a mail that is a winmail.dat and nothing else has the body that is in it; another keeps its own."""
    body = attribute(containers.MESSAGE, properties(wide(0x1000, "Hello from\r\nOutlook")), 1)
    alone = read(TOP + winmail(containers.tnef(body)))
    assert (alone.text, alone.plain, alone.attachments) == ("Hello from\nOutlook", "Hello from\nOutlook", ())
    assert mixed(PLAIN, winmail(containers.tnef(body))).text == "Hello plain"


def test_winmail__html_body():
    """B8: an HTML body in a container is the mail's HTML, in its code page, and is turned to text."""
    message = attribute(containers.MESSAGE, properties(value(0x1013, 0x102, "<p>Привет</p>".encode("cp1251"))), 1)
    parsed = read(TOP + winmail(containers.tnef(attribute(0x00069007, struct.pack("<II", 1251, 0), 1), message)))
    assert (parsed.html, parsed.text) == ("<p>Привет</p>", "Привет")


def test_winmail__attached_message_gives_its_files():
    """B73: files of a message that is attached within the container are listed."""
    inner = containers.tnef(attached(b"deep.txt", b"deep"))
    outer = attribute(containers.PROPERTIES, properties(value(0x3701, 0x0D, b"\7" * 16 + inner)))
    parsed = mixed(PLAIN, winmail(containers.tnef(attribute(containers.RENDERED, b"\0" * 14), outer)))
    assert [(found.name, part_bytes(parsed, found)) for found in parsed.attachments] == [("deep.txt", b"deep")]


@pytest.mark.parametrize(
    "data",
    [
        b"broken",
        b"\x78\x9f\x3e\x22broken",
        containers.tnef(attribute(containers.MESSAGE, struct.pack("<I", 0xFFFFFFFF), 1)),
        containers.tnef(
            attribute(containers.MESSAGE, struct.pack("<IHHI", 4_000_000_000, 3, 0x8001, 1) + b"\1" * 30, 1)
        ),
        containers.tnef(attribute(containers.MESSAGE, struct.pack("<IHHI", 1, 0x101F, 0x1000, 0xFFFFFFFF), 1)),
        containers.tnef(struct.pack("<BII", 2, containers.DATA, 0xFFFFFFFF)),
    ],
)
def test_winmail__that_lies_stays_an_attachment(data):
    """B8, B73: broken containers and such as claim billions of properties are read as far as they go, at once."""
    parsed = mixed(PLAIN, winmail(data))
    assert listed(parsed) == [("winmail.dat", "application/ms-tnef", len(data))]


def test_winmail__work_is_capped():
    """B8: files, attributes and attached messages in a container have limits."""
    many = tnef.read(containers.tnef(*[attached(b"a", b"x")] * 500))
    assert len(many.files) == tnef.MAX_FILES
    nested = containers.tnef(attached(b"deep.txt", b"deep"))
    for _level in range(10):
        inside = attribute(containers.PROPERTIES, properties(value(0x3701, 0x0D, b"\7" * 16 + nested)))
        nested = containers.tnef(attribute(containers.RENDERED, b""), inside)
    assert tnef.read(nested).files == []


INNER = (
    'Content-Type: multipart/mixed; boundary="i"\r\n\r\n--i\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n'
    "--i\r\nContent-Type: application/pdf; name=offer.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n"
    "--i--\r\n"
).encode()
P7M = "application/pkcs7-mime; smime-type=signed-data"


@pytest.mark.parametrize("wrap", [containers.signed, containers.signed_in_pieces])
@pytest.mark.parametrize("type_", [P7M, "application/x-pkcs7-mime"])
def test_opaque_signed_mail__is_looked_through(wrap, type_):
    """B8, B73: text and attachments within an opaque signature are those of the mail (RFC 8551, 3.5.2)."""
    parsed = read(TOP + part(type_, "smime.p7m", wrap(INNER)))
    assert (parsed.text, parsed.plain) == ("Grüße", "Grüße")
    assert listed(parsed) == [("offer.pdf", "application/pdf", 5)]
    assert part_bytes(parsed, parsed.attachments[0]) == b"Hello"
    assert "opaque-signed" in parsed.repairs


def test_opaque_signed_mail__with_a_lists_footer():
    """B8: the signed text stands before what a mailing list put below it."""
    parsed = mixed(part(P7M, "smime.p7m", containers.signed(INNER)), "Content-Type: text/plain\n\nlist footer")
    assert parsed.text == "Grüße\nlist footer"


@pytest.mark.parametrize(
    "data",
    [
        containers.element(0x30, containers.OID_ENVELOPED, containers.element(0xA0, b"secret")),
        containers.signed(INNER)[:200],
        b"",
        b"\x30\x80" * 3000,
        b"\x30\x84\xff\xff\xff\xff",
    ],
)
def test_encrypted_or_broken__stays_an_attachment(data):
    """B8, B73: what cannot be looked through is listed as it came."""
    parsed = read(TOP + part(P7M, "smime.p7m", data))
    assert listed(parsed) == [("smime.p7m", "application/pkcs7-mime", len(data))]
    assert parsed.text == ""


def test_signed_in_signed__is_capped():
    """B8: signatures around signatures are opened three deep; what lies deeper is listed."""
    inner = INNER
    for _level in range(5):
        inner = (TOP + part(P7M, "smime.p7m", containers.signed(inner))).encode()
    parsed = read(inner)
    assert [found.name for found in parsed.attachments] == ["smime.p7m"]


def test_signed_content__pieces_are_capped():
    """B8: a content in more pieces than there are bytes to hold does not take long."""
    data = containers.signed_in_pieces(b"x" * 300_000, 1)
    assert len(cms.signed_content(data) or b"") <= cms.MAX_PIECES


def test_text_of_an_alternative_beside_a_container():
    """B8: a mail whose alternatives lie beside a winmail.dat keeps them as its body."""
    inner = multipart("alternative", PLAIN, "Content-Type: text/html\n\n<p>Rich</p>", boundary="b2")
    parsed = mixed(
        f"Content-Type: multipart/alternative; boundary=b2\n\n{inner}", winmail(containers.tnef(attached(b"a", b"x")))
    )
    assert (parsed.plain, parsed.html, [found.name for found in parsed.attachments]) == (
        "Hello plain", "<p>Rich</p>", ["a"],
    )  # fmt: skip
