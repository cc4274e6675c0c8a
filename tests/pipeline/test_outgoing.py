"""The very bytes of a distributed mail: what stays, what must not leave."""

from __future__ import annotations

from email import message_from_bytes
from urllib.parse import quote

import pytest

from connector.mail.model import Envelope
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.readings import readings, spellings
from tests.sent import Sent, distribution

ALICE, OTHER = "alice@company.example", "alice.archer@home.example"
SUBJECT = "[0500-1000] Printer"

DISGUISED = {
    "as it is": ALICE,
    "upper case": ALICE.upper(),
    "mixed case": "aLiCe@CoMpAnY.eXaMpLe",
    "second address": "Alice.Archer@Home.Example",
    "encoded word Q": "=?utf-8?q?alice=40company=2Eexample?=",
    "encoded word B": "=?us-ascii?b?QUxJQ0VAY29tcGFueS5leGFtcGxl?=",
    "two encoded words": "=?utf-8?q?alice?= =?utf-8?q?=40company.example?=",
    "full-width at": "alice＠company.example",
    "zero width": "al\u200bice@company.example",
    "soft hyphen": "alice@com\u00adpany.example",
    "backslash": "alice\\@company.example",
    "twice": f"{ALICE}{OTHER}",
    "in a link": f"<mailto:{ALICE}>",
}
"""How the employee's address may be written, so that a receiver can read it."""


@pytest.fixture
def with_ticket(house: House) -> House:
    """A house with ticket 0500-1000 of Jane at Acme."""
    house.send("Jane Doe <jane@acme.example>")
    return house


def leaves(house: House, raw: bytes, envelope: Envelope | None = None) -> Sent:
    """What customers get of an employee's external mail."""
    done = house.take(raw, envelope)
    assert not done.decision.scope.internal
    assert done.decision.sender.kind == "employee"
    return distribution(house, done)


def shows(mail: Sent) -> list[str]:
    """The employee's addresses that any reading of the header block shows."""
    texts = readings(mail.head)
    return [spelled for a in (ALICE, OTHER) for spelled in spellings(a) if any(spelled in text for text in texts)]


def raw_mail(*lines: str, subject: str = SUBJECT, body: bytes = b"Hello.\r\n") -> bytes:
    head = "\r\n".join((f"From: Alice Archer <{ALICE}>", f"To: {PUBLIC}", f"Subject: {subject}", *lines))
    return head.encode() + b"\r\n\r\n" + body


# -- what stays --------------------------------------------------------------------------------------------------

BODIES = {
    "crlf": b"Hello.\r\n",
    "lf": b"Hello.\n\nBye\n",
    "8-bit": "Grüße\r\n".encode("latin-1"),
    "nul and bare cr": b"a\0b\rc\r\n",
    "no line end": b"Hello",
    "long line": b"x" * 2000 + b"\r\n",
    "dots": b".\r\n..\r\n",
    "empty": b"",
    "looks like a header": b"Bcc: x@else.example\r\n\r\nx",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_outgoing__body_stays_byte_for_byte(with_ticket: House, body: bytes) -> None:
    """B85: every body byte is the original's, whatever it is."""
    assert leaves(with_ticket, raw_mail(body=body)).body == body


MIME = (
    "MIME-Version: 1.0",
    'Content-Type: multipart/related;\r\n\tboundary="=_x.1"; type="text/html"',
    "Content-Transfer-Encoding: 8bit",
    "Content-Language: de",
    "Content-Disposition: inline",
)


def test_outgoing__mime_headers_stay_byte_for_byte(with_ticket: House) -> None:
    """B85: formatting, charset and structure headers are the original's, folding included."""
    mail = leaves(with_ticket, raw_mail(*MIME, body=b"--=_x.1\r\n\r\nx\r\n--=_x.1--\r\n"))

    assert all(line.encode() + b"\r\n" in mail.head for line in MIME)


def test_outgoing__bare_line_feeds_in_the_head_become_crlf(with_ticket: House) -> None:
    """B85: what leaves is well formed: header lines end with CRLF, the body keeps its own."""
    raw = raw_mail(*MIME, body=b"--=_x.1\n\nx\n--=_x.1--\n").replace(b"\r\n", b"\n")

    mail = leaves(with_ticket, raw)

    assert mail.head.count(b"\n") == mail.head.count(b"\r\n") == mail.head.count(b"\r")
    assert mail.body == b"--=_x.1\n\nx\n--=_x.1--\n"


@pytest.mark.parametrize(
    "line",
    [
        "Received: from laptop.company.example (alice@company.example) by x",
        "Return-Path: <alice@company.example>",
        "Sender: alice@company.example",
        "Resent-From: alice@company.example",
        "DKIM-Signature: v=1; d=company.example; i=alice@company.example",
        "X-Originating-Email: [alice@company.example]",
        "Disposition-Notification-To: alice@company.example",
        "Bcc: secret@else.example",
        "Content-Description: secret@else.example",
        "X-Envelope-To: secret@else.example",
        "Authentication-Results: x; spf=pass smtp.mailfrom=alice@company.example",
        "X-Unsubscribe-Post: alice@company.example",
        "X-CmtEmailConnector: forged",
        "Comments: alice@company.example",
        "Organization: Company",
        "In-Reply-To: <1.alice@company.example>",
        "References: <1.alice@company.example>",
    ],
)
def test_outgoing__what_is_not_on_the_list_stays_in_the_house(with_ticket: House, line: str) -> None:
    """B12, B84: trace, identity, X- and forged marker headers do not leave."""
    mail = leaves(with_ticket, raw_mail(line))

    name, _, value = line.partition(": ")
    assert value not in [str(held) for held in mail.headers.get_all(name, [])]
    assert shows(mail) == []
    assert b"secret@" not in mail.head


def test_outgoing__priority_passes_as_a_plain_word(with_ticket: House) -> None:
    """B85: importance and sensitivity reach the receivers."""
    mail = leaves(
        with_ticket, raw_mail("Importance: High", "Sensitivity: Company-Confidential", "X-Priority: 1 (Highest)")
    )

    assert [mail.headers[n] for n in ("Importance", "Sensitivity", "X-Priority")] == [
        "High",
        "Company-Confidential",
        "1 (Highest)",
    ]


# -- what must not leave -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        'Content-Type: text/plain; charset=utf-8; name="{0}"',
        "Content-Type: text/plain; charset=utf-8; {0}=x",
        "Content-Type: text/plain ({0}); charset=utf-8",
        "Content-Type: text/{0}",
        "Content-Type: {0}",
        'Content-Disposition: attachment; filename="{0}"',
        "Content-Disposition: {0}",
        "Content-Language: {0}",
        "Content-Language: en,\r\n {0}",
        "Content-Transfer-Encoding: 7bit ({0})",
        "MIME-Version: 1.0 ({0})",
        "Importance: {0}",
        "X-Priority: {0}",
        "Message-ID: <{0}>",
        "Reply-To: Alice <{0}>",
        "Date: {0}",
    ],
)
def test_outgoing__address_in_no_header(with_ticket: House, place: str) -> None:
    """B84: the employee's own addresses are in no byte of a customer's header block, in whatever spelling."""
    shown = {
        disguise: shows(leaves(with_ticket, raw_mail(place.format(secret), body=disguise.encode())))
        for disguise, secret in DISGUISED.items()
    }

    assert not any(shown.values()), shown


def test_outgoing__address_in_the_subject(with_ticket: House) -> None:
    """B84, B85: in the subject the public address takes its place; the number stays."""
    for disguise, secret in DISGUISED.items():
        mail = leaves(with_ticket, raw_mail(subject=f"{SUBJECT} {secret} end", body=disguise.encode()))

        assert shows(mail) == []
        assert "[0500-1000]" in mail.shown("Subject")
        assert PUBLIC in mail.shown("Subject")
        assert "rinter" in mail.shown("Subject")


def test_outgoing__letters_of_a_subject_stay_where_nothing_is_hidden(with_ticket: House) -> None:
    """B85: only an address is replaced; the other letters keep their case and form."""
    mail = leaves(with_ticket, raw_mail(subject=f"{SUBJECT} ÄÖ ﬁne {ALICE.upper()} \\o/"))

    assert mail.shown("Subject") == f"{SUBJECT} ÄÖ ﬁne {PUBLIC} \\o/"


@pytest.mark.parametrize(
    "parameter",
    [
        f"name*=utf-8''{quote(ALICE, safe='')}",
        'name*0="alice@comp"; name*1="any.example"',
        "name*0*=us-ascii'en'alice%40comp; name*1*=any.example",
        'name="=?utf-8?q?alice=40?= =?utf-8?q?company.example?="',
        'name*0="=?utf-8?q?alice=40comp"; name*1="any.example?="',
        "x-sender=alice@company.example",
    ],
)
def test_outgoing__address_in_a_parameter(with_ticket: House, parameter: str) -> None:
    """B84: continuations, percent encoding and encoded words of parameters are read before they leave (RFC 2231)."""
    mail = leaves(with_ticket, raw_mail(f"Content-Type: text/plain; charset=utf-8; {parameter}"))

    assert shows(mail) == []
    assert mail.headers.get_content_charset() == "utf-8"


@pytest.mark.parametrize("secret", [ALICE, ALICE.upper(), f"--{OTHER}", "=?utf-8?q?alice=40company.example?="])
def test_outgoing__address_in_the_boundary(with_ticket: House, secret: str) -> None:
    """B84, B85: the boundary is another one then, on the delimiter lines too; the parts stay as they were."""
    inner = f"{secret}-inner"
    body = (
        f'--{secret}\r\nContent-Type: multipart/mixed; boundary="{inner}"\r\n\r\n--{inner}\r\n\r\nfirst --{secret}\r\n'
        f"--{inner}--\r\n--{secret}  \r\n\r\nsecond\r\n--{secret}--\r\n"
    )
    mail = leaves(with_ticket, raw_mail(f'Content-Type: multipart/mixed; boundary="{secret}"', body=body.encode()))

    first, second = message_from_bytes(mail.head + mail.body).get_payload()
    assert shows(mail) == []
    assert first.get_payload()[0].get_payload() == f"first --{secret}"
    assert second.get_payload() == "second"


@pytest.mark.parametrize(
    "line", ["Subject: x Bea@BÜCHER.example", 'Subject: x\r\nContent-Type: text/plain; name="bea@bücher.example"']
)
@pytest.mark.parametrize("domain", ["bücher.example", "xn--bcher-kva.example"])
def test_outgoing__domain_with_other_letters(build: Build, line: str, domain: str) -> None:
    """B20, B84: an address is hidden in both forms of its domain, whichever the directory and the mail have."""
    house = build("employee,Bea,bea@bücher.example,,,Y,Full,all,,,\nemployee,Bob,bob@company.example,,,Y,Full,all,,,\n")

    mail = leaves(house, f"From: bea@{domain}\r\nTo: {PUBLIC}\r\n{line}\r\n\r\nx".encode())

    assert not [text for text in readings(mail.head) if "bea@" in text]


def test_outgoing__display_names_of_recipients(with_ticket: House) -> None:
    """B84: a recipient whom somebody named like the employee's address is shown without that name."""
    mail = leaves(with_ticket, raw_mail(f'Cc: "{ALICE}" <c@else.example>, "{OTHER.upper()}" <d@else.example>'))

    assert shows(mail) == []
    assert mail.headers["Cc"] == "c@else.example, d@else.example"


def test_outgoing__envelope_sender_and_reply_to_are_own_addresses_too(with_ticket: House) -> None:
    """B84: a third address that the mail itself gives away is hidden like the two of the directory."""
    raw = raw_mail("Reply-To: third@home.example", subject=f"{SUBJECT} third@home.example fourth@home.example")

    mail = leaves(with_ticket, raw, Envelope(mail_from="Fourth@home.example", has_sender=True))

    assert b"@home.example" not in mail.head


def test_outgoing__colleagues_get_the_headers_as_they_were(with_ticket: House) -> None:
    """B85: inside the house nothing is hidden."""
    line = f'Content-Type: text/plain; name="{ALICE}"'

    done = with_ticket.take(raw_mail(line, subject=f"{SUBJECT} *123* {ALICE}"))

    mail = distribution(with_ticket, done)
    assert line.encode() in mail.head
    assert ALICE in mail.shown("Subject")


# -- injection and limits ----------------------------------------------------------------------------------------

INJECTED = "x\r\nBcc: evil@else.example\r\n\r\n"


@pytest.mark.parametrize(
    "line",
    [
        "Subject: =?utf-8?q?x=0D=0ABcc:_evil@else.example=0D=0A=0D=0A?=",
        "Subject: x\u2028Bcc: evil@else.example",
        "Subject: x\u0085Bcc: evil@else.example",
        "Subject: x\x0bBcc: evil@else.example",
        "Cc: =?utf-8?q?x=0D=0ABcc:_evil@else.example?= <c@else.example>",
        "Cc: c@else.example\x0b",
        'Content-Type: text/plain; name="=?utf-8?q?x=0D=0ABcc:_evil@else.example?="',
        'Content-Type: text/plain; charset="a\rBcc: evil@else.example"',
        "Content-Language: en\rBcc: evil@else.example",
        "Importance: High\rBcc: evil@else.example",
        "Message-ID: <x\rBcc:evil@else.example>",
    ],
)
def test_outgoing__nothing_adds_a_header(with_ticket: House, line: str) -> None:
    """B84: encoded or bare line ends in subject, names and parameters cannot reach the header block as such."""
    raw = f"From: {ALICE}\r\nTo: {PUBLIC}\r\n{line}\r\n\r\nHello.\r\n".encode()

    done = with_ticket.take(raw)

    for made in [distribution(with_ticket, done)]:
        assert made.headers["Bcc"] is None
        assert made.head.count(b"\r\n\r\n") == 1
        assert not [part for part in made.head.split(b"\r\n") if b"\r" in part or b"\n" in part]
        assert "evil@else.example" not in made.envelope


@pytest.mark.parametrize(
    "line",
    [
        f'Content-Type: text/plain; charset=utf-8; name="{"n" * 5000}"',
        f'Content-Type: multipart/mixed; boundary="{"b" * 1500}"',
        "Content-Type: text/plaïn; charset=ütf",
        f"Content-Type: {'x' * 2000}/y",
        "Content-Type:",
        "Content-Type: ;;;",
        "Content-Type : text/plain",
        "Content-Type: text/plain;\r\n \r\n charset=utf-8",
        f"Content-Language: {'é' * 2000}",
        "Content-Disposition: ünline",
        "MIME-Version:",
        f"Message-ID: <{'x' * 900}@company.example>",
        f"References: {' '.join(f'<{n}@x.example>' for n in range(500))}",
        f"Cc: {'n' * 3000} <c@else.example>, {'é' * 3000} <d@else.example>",
        f"Cc: {', '.join(f'c{n}@else.example' for n in range(400))}",
        f"Subject: {'s' * 5000}",
        f"Subject: {'ß' * 5000}",
        f"Subject: {'a b ' * 2000}",
        "Date: Fri, 31 Dec 0001 23:59:59 -2359",
        "Date: Fri, 31 Dec 9999 23:59:59 -2359",
    ],
)
def test_outgoing__whatever_comes_what_leaves_is_well_formed(with_ticket: House, line: str) -> None:
    """B8, B85: no input makes the stage raise, and no line that leaves is over long, empty or beyond ASCII."""
    lines = [f"From: {ALICE}", f"To: {PUBLIC}", *([] if line.startswith("Subject") else ["Subject: x"]), line]

    head = leaves(with_ticket, ("\r\n".join(lines) + "\r\n\r\nHello.\r\n").encode()).head

    assert head.isascii()
    assert all(part.strip() and len(part) <= 998 for part in head[:-4].split(b"\r\n"))


def test_outgoing__mail_of_mere_bytes(with_ticket: House) -> None:
    """B8: raw 8-bit headers, no blank line, no headers at all: what leaves is a mail."""
    for raw in (b"", b"\xff\xfe", b"\n\n\n", b"From: j\xe4ne@acme.example\nSubject: \xe4\xf6 [0500-1000]", b"\0" * 100):
        for made in with_ticket.take(raw).decision.deliveries:
            assert made.kind == "distribution"


def test_outgoing__markers_are_ours(with_ticket: House) -> None:
    """B12: what leaves bears one marker, with this installation's id and the copy of its Message-ID."""
    mail = leaves(with_ticket, mail_bytes(f"A <{ALICE}>", subject=SUBJECT, X_CmtEmailConnector="forged"))

    installation, message_id, _ = mail.headers["X-CmtEmailConnector"].split()
    assert (installation, message_id) == (with_ticket.policy.installation.id, mail.message_id)


# -- what would break the header block ----------------------------------------------------------------------------


def test_outgoing__of_several_fields_with_one_name_the_first_leaves(with_ticket: House) -> None:
    """B85: two Content-Types would be read differently by different programs; the first is the one we read."""
    mail = leaves(
        with_ticket,
        raw_mail("MIME-Version: 1.0", "Content-Type: text/plain", "content-type: text/html", "MIME-Version: 2"),
    )

    assert mail.headers.get_all("Content-Type") == ["text/plain"]
    assert mail.headers.get_all("MIME-Version") == ["1.0"]


def test_outgoing__no_blank_before_a_colon(with_ticket: House) -> None:
    """B85: many programs take a field with a blank before its colon for the beginning of the body."""
    mail = leaves(with_ticket, raw_mail("MIME-Version : 1.0", "Content-Type : text/plain; charset=utf-8"))

    assert mail.headers.defects == []
    assert mail.headers["Content-Type"] == 'text/plain; charset="utf-8"'


def test_outgoing__boundary_that_quotes_cannot_hold_is_replaced(with_ticket: House) -> None:
    """B85: a backslash at the end of a boundary would take its closing quote away."""
    body = b"--x\\\r\n\r\nHello\r\n--x\\--\r\n"
    mail = leaves(
        with_ticket, raw_mail("MIME-Version: 1.0", 'Content-Type : multipart/mixed; boundary="x\\\\"', body=body)
    )
    [part] = message_from_bytes(mail.head + mail.body).get_payload()

    assert part.get_payload() == "Hello"  # type: ignore[union-attr]
