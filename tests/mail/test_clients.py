"""B8, B73: mails in the shapes in which mail programs send them; expectations are the standards'."""

from __future__ import annotations

import pytest

from tests.mail import containers
from tests.mail.mails import TOP, mail, mixed, multipart, read

PNG = "iVBORw0KGgo="
PLAIN = "Content-Type: text/plain; charset=utf-8\n\nHello plain"
HTML = "Content-Type: text/html; charset=utf-8\n\n<p>Hello rich</p>"


def image(name, more=""):
    return f"Content-Type: image/png; name={name}\nContent-Transfer-Encoding: base64\n{more}\n{PNG}"


def nested(kind, *parts, boundary="n1"):
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n" + multipart(kind, *parts, boundary=boundary)


def names(parsed):
    return [found.name for found in parsed.attachments]


def test_apple_mail__text_around_images():
    """Apple Mail, plain: text, image, text, image, text in one mixed are one text with two attachments."""
    texts = [f"Content-Type: text/plain; charset=us-ascii\n\n{word}\n" for word in ("one", "two", "three")]
    inline = "Content-Disposition: inline; filename={0}\n"
    first, second = (image(name, inline.format(name)) for name in ("a.png", "b.png"))
    parsed = mixed(texts[0], first, texts[1], second, texts[2])
    assert parsed.text.split() == ["one", "two", "three"]
    assert names(parsed) == ["a.png", "b.png"]


def test_apple_mail__rich_text_around_a_pdf():
    """Apple Mail, rich: the HTML alternative is a mixed of HTML, PDF and HTML."""
    pdf = "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: inline; filename=a.pdf\n\nx"
    second = HTML.replace("rich", "again")
    parsed = mixed(PLAIN, nested("mixed", HTML, pdf, second), kind="alternative")
    assert parsed.plain == "Hello plain"
    assert "Hello rich" in parsed.html
    assert "Hello again" in parsed.html
    assert names(parsed) == ["a.pdf"]


def test_outlook__related_around_alternative_in_mixed():
    """Outlook: mixed(related(alternative(plain, html), logo), file)."""
    logo = image("image001.png", "Content-ID: <image001.png@01DA>\nContent-Disposition: inline\n")
    body = nested("related", nested("alternative", PLAIN, HTML, boundary="n2"), logo)
    file = "Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.pdf\n\nx"
    parsed = mixed(body, file)
    assert (parsed.plain, "Hello rich" in parsed.html) == ("Hello plain", True)
    assert [(found.name, found.inline) for found in parsed.attachments] == [("image001.png", True), ("a.pdf", False)]


def test_thunderbird__alternative_around_related():
    """Thunderbird: alternative(plain, related(html, image))."""
    parsed = mixed(PLAIN, nested("related", HTML, image("a.png", "Content-ID: <a@b>\n")), kind="alternative")
    assert (parsed.plain, parsed.html) == ("Hello plain", "<p>Hello rich</p>")
    assert [(found.content_id, found.inline) for found in parsed.attachments] == [("a@b", True)]


def test_lotus__related_in_related():
    """Lotus Notes: related in related in related, with an image on every level."""
    inner = nested("related", nested("related", nested("alternative", PLAIN, HTML, boundary="n4"), image("a.gif"),
                                     boundary="n3"), image("b.gif"), boundary="n2")  # fmt: skip
    parsed = mixed(inner, image("c.gif"), kind="related")
    assert (parsed.plain, parsed.html) == ("Hello plain", "<p>Hello rich</p>")
    assert names(parsed) == ["a.gif", "b.gif", "c.gif"]


def test_related__start_names_its_root():
    """RFC 2387, 3.2: the root is the part that `start` names, wherever it stands."""
    root = HTML.replace("\n\n", "\nContent-ID: <root@x>\n\n")
    parsed = mail(multipart("related", image("a.png"), root), 'multipart/related; start="<root@x>"; boundary=b1')
    assert (parsed.html, names(parsed)) == ("<p>Hello rich</p>", ["a.png"])


def test_alternatives_in_the_wrong_order__give_both_forms():
    """RFC 2046, 5.1.4 wants the richest last; programs that put HTML first are read all the same."""
    parsed = mixed(HTML, PLAIN, kind="alternative")
    assert (parsed.plain, parsed.html) == ("Hello plain", "<p>Hello rich</p>")


def test_gmail__dynamic_mail():
    """AMP's form of the body is no attachment, and is not shown."""
    amp = "Content-Type: text/x-amp-html; charset=utf-8\n\n<html amp4email></html>"
    parsed = mixed(PLAIN, amp, HTML, kind="alternative")
    assert (parsed.plain, parsed.html, parsed.attachments) == ("Hello plain", "<p>Hello rich</p>", ())


def test_outlook_invitation__calendar_is_told_apart():
    """RFC 6047: the calendar among the alternatives, and once more as a file, is no text."""
    calendar = "Content-Type: text/calendar; charset=utf-8; method=REQUEST{0}\n\nBEGIN:VCALENDAR\n"
    parsed = mixed(nested("alternative", PLAIN, HTML, calendar.format("")), calendar.format("; name=invite.ics"))
    assert parsed.text == "Hello plain"
    assert [(found.name, found.type) for found in parsed.attachments] == [
        ("", "text/calendar"), ("invite.ics", "text/calendar"),
    ]  # fmt: skip


def test_calendar_alone__is_an_attachment():
    """A mail that is a calendar has no text; the calendar can be taken out."""
    parsed = mail("BEGIN:VCALENDAR\n", "text/calendar; method=REPLY")
    assert (parsed.text, [found.type for found in parsed.attachments]) == ("", ["text/calendar"])


def test_smime_signed__detached():
    """RFC 8551: the signature is looked through."""
    signature = "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMIIx"
    parsed = mixed(nested("mixed", PLAIN, image("a.png")), signature, kind="signed")
    assert (parsed.text, names(parsed)) == ("Hello plain", ["a.png"])


def test_appledouble__lists_both_forks():
    """RFC 1740: resource fork and data fork are parts like others."""
    fork = "Content-Type: application/applefile; name=Picture\n\nx"
    parsed = mixed(PLAIN, nested("appledouble", fork, image("Picture.png")))
    assert (parsed.text, names(parsed)) == ("Hello plain", ["Picture", "Picture.png"])


@pytest.mark.parametrize(
    "type_",
    ['message/partial; id="a@b"; number=1; total=3', 'message/external-body; access-type=URL; URL="http://x.example/"'],
)
def test_partial_and_external_bodies__are_listed_and_not_fetched(type_):
    """RFC 2046, 5.2.2 and 5.2.3: neither is text, nothing is put together or fetched."""
    parsed = mail("Content-Type: text/plain\nSubject: inner\n\nwords", type_)
    assert (parsed.text, [found.type for found in parsed.attachments]) == ("", [type_.partition(";")[0]])


def test_rtf_alone__is_an_attachment():
    """A mail in RTF has no text to read; it is listed."""
    parsed = mail("{\\rtf1 Hello}", "text/rtf")
    assert (parsed.text, [found.type for found in parsed.attachments]) == ("", ["text/rtf"])


def test_forward_as_attachment__stays_apart():
    """A forwarded mail with its own attachments and alternatives is one attachment."""
    inner = "Subject: Old\nContent-Type: multipart/mixed; boundary=i\n\n" + multipart(
        "m", HTML, image("a.png"), boundary="i"
    )
    parsed = mixed(PLAIN, f"Content-Type: message/rfc822\nContent-Disposition: attachment\n\n{inner}")
    assert (parsed.text, parsed.html, names(parsed)) == ("Hello plain", "", ["Old.eml"])
    assert all(part.nested for part in parsed.parts[2:])


def test_one_boundary_for_two_multiparts():
    """Programs that use one boundary on two levels lose neither text nor file."""
    inner = f"Content-Type: multipart/alternative; boundary=b1\n\n--b1\n{PLAIN}\n--b1\n{HTML}\n--b1--\n"
    source = f"{TOP}Content-Type: multipart/mixed; boundary=b1\n\n--b1\n{inner}\n--b1\n{image('a.png')}\n--b1--\n"
    parsed = read(source)
    assert "Hello plain" in parsed.text
    assert names(parsed) == ["a.png"]


def test_virus_scanners_note__behind_the_end():
    """Text that a gateway adds as a part behind the end is read."""
    parsed = read(f"{TOP}Content-Type: multipart/mixed; boundary=b\n\n--b\n{PLAIN}\n--b--\n--b\n\nScanned.\n--b--\n")
    assert parsed.text.split("\n") == ["Hello plain", "Scanned."]
    assert "parts-behind-end" in parsed.repairs


def test_text_outside_all_parts__is_read_where_there_is_nothing_else():
    """Text before and behind empty parts is what the mail says."""
    parsed = mail("Dear all,\n--b1\n--b1--\nYours\n", "multipart/mixed; boundary=b1")
    assert (parsed.text, parsed.repairs) == ("Dear all,\nYours", ("text-outside-parts",))


def test_empty_parts__are_seen_where_there_is_nothing_else():
    """A multipart of empty parts has no text; what it is made of is listed."""
    parsed = mixed("Content-Type: text/plain\n\n", "Content-Type: text/html\n\n")
    assert (parsed.text, parsed.html) == ("", "")
    assert [(found.type, found.size) for found in parsed.attachments] == [("text/plain", 0), ("text/html", 0)]
    assert mail("").attachments == ()


def test_blank_lines__before_an_attached_mail():
    """Blank lines before the fields of an attached mail hide none of them."""
    parsed = mixed(PLAIN, f"Content-Type: message/rfc822\n\n\n\nSubject: Old\n{HTML}")
    assert (names(parsed), parsed.parts[-1].type) == (["Old.eml"], "text/html")


def test_preamble__is_not_read_where_there_is_text():
    """RFC 2046, 5.1.1: what stands before the first part is for programs without MIME."""
    parsed = mail(f"This is a multi-part message.\n--b1\n{PLAIN}\n--b1--\n", "multipart/mixed; boundary=b1")
    assert parsed.text == "Hello plain"


def test_missing_blank_line__before_a_part():
    """A delimiter right behind the fields of a multipart begins its parts."""
    source = f"{TOP}Content-Type: multipart/mixed; boundary=b1\n--b1\n{PLAIN}\n--b1--\n"
    assert read(source).text == "Hello plain"


def test_no_mime_version():
    """RFC 2045, 4 wants the field; nobody misses it."""
    parsed = read(f"Subject: x\nContent-Type: multipart/mixed; boundary=b1\n\n{multipart('m', PLAIN, image('a.png'))}")
    assert (parsed.text, names(parsed)) == ("Hello plain", ["a.png"])


def test_only_part_with_disposition_attachment__is_the_text():
    """A lone text that is said to be an attachment and has no name is what the mail says."""
    assert mail("Hello", more="Content-Disposition: attachment\n").text == "Hello"
    named = mail("Hello", more="Content-Disposition: attachment; filename=a.txt\n")
    assert (named.text, names(named)) == ("", ["a.txt"])


def test_named_body__is_read_and_listed():
    """A text with a name that comes first is the body, and a file that can be taken out."""
    parsed = mixed("Content-Type: text/plain; name=text_0.txt\n\nMMS words", image("a.png"))
    assert (parsed.text, names(parsed)) == ("MMS words", ["text_0.txt", "a.png"])


ARMOUR = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nHello\n- -- \nAnn\n-----BEGIN PGP SIGNATURE-----\n\n"
    "iQFLBAEBCgA1FiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
)


def test_clear_signed_text__is_looked_through():
    """RFC 9580, 7: the lines of the signature go, escaped dashes are undone, a list's footer below it stays."""
    parsed = mail(f"{ARMOUR}\nlist footer\n")
    assert (parsed.text, parsed.repairs) == ("Hello\n-- \nAnn\n\nlist footer\n", ("clear-signed",))


def test_clear_signed_text__that_was_cut_stays():
    """A signature that does not end hides nothing."""
    cut = ARMOUR.partition("-----END")[0]
    assert mail(cut).text == cut


def test_opaque_signature__by_its_name():
    """Gateways that know no S/MIME send application/octet-stream; the name tells."""
    parsed = mixed(PLAIN, containers.part("application/octet-stream", "smime.p7m", containers.signed(PLAIN.encode())))
    assert (parsed.text, parsed.attachments) == ("Hello plain\nHello plain", ())


def test_two_carriage_returns__end_a_line():
    """Lines that end in CR CR LF, as broken scripts write them, are lines; the header block ends where it ends."""
    source = f"{TOP}Content-Type: multipart/mixed;\n boundary=b1\n\n{multipart('m', PLAIN, image('a.png'))}"
    parsed = read(source.replace("\n", "\r\r\n").encode())
    assert (parsed.subject, parsed.text.strip(), names(parsed)) == ("Printer", "Hello plain", ["a.png"])
