"""Which parts are the body and which are attachments."""

from __future__ import annotations

import base64

from connector.mail import attachments
from tests.mail.mails import TOP, mail, mixed, multipart, read

PLAIN = "Content-Type: text/plain\n\nHello plain"
HTML = "Content-Type: text/html\n\n<p>Hello <b>rich</b></p>"
PNG = "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="


def names(parsed):
    return [found.name for found in parsed.attachments]


def test_alternative__gives_plain_and_html():
    """B8: of alternatives both forms are kept, and the text is the plain one."""
    parsed = mixed(PLAIN, HTML, kind="alternative")
    assert (parsed.plain, parsed.text) == ("Hello plain", "Hello plain")
    assert "<b>rich</b>" in parsed.html
    assert parsed.attachments == ()


def test_html_only__is_turned_to_text():
    """B8: a mail with HTML alone has a text all the same, and its plain form is empty."""
    parsed = mail("<html><body><p>One</p><p>Two &amp; three</p><script>x()</script></body></html>", "text/html")
    assert parsed.plain == ""
    assert parsed.text.split() == ["One", "Two", "&", "three"]


def test_blank_plain_alternative__yields_to_html():
    """B8: where the plain alternative is blank the HTML gives the text."""
    parsed = mixed("Content-Type: text/plain\n\n  \n", HTML, kind="alternative")
    assert parsed.text == "Hello rich"


def test_mixed_texts__are_joined_around_an_image():
    """B8: inline texts of a multipart/mixed are one body; the image between them is an attachment."""
    parsed = mixed("Content-Type: text/plain\n\nabove", PNG, "Content-Type: text/plain\n\nbelow")
    assert parsed.text == "above\nbelow"
    assert names(parsed) == ["a.png"]


def test_html_with_plain_footer__keeps_both():
    """B8: a mailing list's plain footer does not push out an HTML body that has no plain form."""
    parsed = mixed(HTML, "Content-Type: text/plain\n\nlist footer")
    assert parsed.plain == "list footer"
    assert "Hello rich" in parsed.text
    assert "list footer" in parsed.text


def test_text_attachment__is_not_body():
    """B73: a text part with disposition attachment is listed, with its size, and not read as body."""
    parsed = mixed(PLAIN, 'Content-Type: text/plain\nContent-Disposition: attachment; filename="log.txt"\n\nsecret')
    assert parsed.text == "Hello plain"
    assert [(found.name, found.type, found.size) for found in parsed.attachments] == [("log.txt", "text/plain", 6)]


def test_related__image_is_inline_by_content_id():
    """B73: an image of a multipart/related is an attachment, inline, with its content id."""
    image = PNG.replace("\n\n", "\nContent-ID: <logo@x>\n\n")
    parsed = mixed(HTML, image, kind="related")
    assert [(found.inline, found.content_id) for found in parsed.attachments] == [(True, "logo@x")]


def test_calendar__is_an_attachment_even_as_alternative():
    """B73: an invitation is told apart from the body."""
    parsed = mixed(PLAIN, HTML, "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR", kind="alternative")
    assert [found.type for found in parsed.attachments] == ["text/calendar"]
    assert "VCALENDAR" not in parsed.text


def test_signed__is_looked_through():
    """B8: the body of a signed mail is its first part; the signature is not listed and stays in the original."""
    parsed = mixed(PLAIN, "Content-Type: application/pgp-signature\n\nsig", kind="signed")
    assert (parsed.text, parsed.attachments) == ("Hello plain", ())
    assert "application/pgp-signature" in [part.type for part in parsed.parts]


def test_encrypted__is_listed():
    """B73: the parts of an encrypted mail are attachments; there is no text."""
    parsed = mixed(
        "Content-Type: application/pgp-encrypted\n\nVersion: 1",
        "Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN",
        kind="encrypted",
    )
    assert parsed.text == ""
    assert names(parsed) == ["", "encrypted.asc"]


def test_report__has_its_text_and_lists_the_rest():
    """B11: of a delivery report the explanation is the body; status and headers are listed by type."""
    parsed = mixed(
        PLAIN,
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n",
        "Content-Type: text/rfc822-headers\n\nSubject: x\n",
        kind="report",
    )
    assert parsed.text == "Hello plain"
    assert [found.type for found in parsed.attachments] == ["message/delivery-status", "text/rfc822-headers"]


def test_attached_mail__stays_out_of_the_body():
    """B8, B73: text of an attached mail never leaks; it is one attachment named after its subject."""
    inner = "Content-Type: message/rfc822\n\nSubject: =?utf-8?q?H=C3=A9?=\nContent-Type: text/plain\n\ninner words"
    parsed = mixed(PLAIN, inner)
    assert "inner" not in parsed.text
    assert [(found.name, found.type) for found in parsed.attachments] == [("Hé.eml", "message/rfc822")]
    assert [part.nested for part in parsed.parts] == [False, False, True]
    assert attachments.part_bytes(parsed, parsed.attachments[0]).startswith(b"Subject:")


def test_digest__lists_its_mails():
    """B73: parts of a digest without a type are mails."""
    parsed = mixed("\nSubject: one\n\nx", "\nSubject: two\n\ny", kind="digest")
    assert names(parsed) == ["one.eml", "two.eml"]


def test_wrapped_mail__is_listed_and_noted():
    """B8: a base64-wrapped message/rfc822 is repaired with a note, named after its subject."""
    inner = base64.b64encode(b"Subject: inside\r\n\r\nbody").decode()
    parsed = mixed(PLAIN, f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}")
    assert names(parsed) == ["inside.eml"]
    assert "encoded-rfc822" in parsed.repairs
    assert attachments.part_bytes(parsed, parsed.attachments[0]) == b"Subject: inside\r\n\r\nbody"


def test_uuencode__in_text_becomes_an_attachment():
    """B8: a uuencoded file in a text is listed, can be taken out, and is no longer part of the text."""
    parsed = mail("See this:\nbegin 644 cat.txt\n#0V%T\n`\nend\nBye\n")
    assert parsed.text == "See this:\nBye\n"
    assert [(found.name, found.size, found.part) for found in parsed.attachments] == [("cat.txt", 3, None)]
    assert attachments.part_bytes(parsed, parsed.attachments[0]) == b"Cat"
    assert "uuencode" in parsed.repairs


def test_nested_multiparts__are_walked():
    """B8: mixed in related in alternative is one body with its attachments in order."""
    inner = multipart("alternative", PLAIN, HTML, boundary="b2")
    parsed = mixed(f"Content-Type: multipart/alternative; boundary=b2\n\n{inner}", PNG)
    assert (parsed.text, names(parsed)) == ("Hello plain", ["a.png"])


def test_body_start__is_the_first_body_byte():
    """B85: headers and body can be told apart to the byte, and every raw field is kept with its folding."""
    raw = TOP.replace("\n", "\r\n").encode() + b"X-Long: a\r\n b\r\n\r\nbody\r\n"
    parsed = read(raw)
    assert raw[parsed.body_start :] == b"body\r\n"
    assert (b"X-Long", b"X-Long: a\r\n b\r\n") in parsed.raw_headers
    assert b"".join(field for _name, field in parsed.raw_headers) + b"\r\n" + b"body\r\n" == raw
