"""Header blocks for what goes out: field by field, always ASCII, CRLF and short lines."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from connector.mail import compose
from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse
from tests.readings import message


def read(field: bytes, name: str) -> str:
    """The field's value as a receiver decodes it."""
    value = str(message(field + b"\r\n")[name]).replace("\r\n", "")
    return str(make_header(decode_header(value)))


def mail(head: bytes) -> Mail:
    return parse(head + b"\r\n\r\nx", Envelope())


def well_formed(field: bytes) -> bool:
    """One field: ASCII, ends with CRLF, every further line is folded, none is empty or over long."""
    first, *others = field.removesuffix(b"\r\n").split(b"\r\n")
    folded = all(line[:1] in b" \t" and line.strip() for line in others)
    return field.isascii() and field.endswith(b"\r\n") and folded and len(max([first, *others], key=len)) <= 998


TEXTS = [
    "Printer",
    "",
    "x" * 3000,
    "word " * 500,
    "Grüße aus Köln " * 40,
    "日本語の件名" * 100,
    "=?utf-8?q?not an encoded word?=",
    "a\tb\r\nBcc: x@else.example\r\n\r\n",
    "a\u2028b\u0085c\x0bd\x1ce",
    "\u202eright to left",
    "😀" * 200,
    "\0 nul",
]


@pytest.mark.parametrize("text", TEXTS)
def test_unstructured__reads_back_as_one_line(text: str) -> None:
    """B85: any text becomes one well-formed field that reads back the same but for blanks and NUL (RFC 2047)."""
    field = compose.unstructured("Subject", text)

    assert well_formed(field)
    assert read(field, "Subject") == " ".join(text.replace("\0", "").split())


@pytest.mark.parametrize(
    "name",
    [
        "Jane Doe",
        "",
        "Doe, Jane",
        'Jane "JD" Doe',
        "back\\slash\\",
        "a.b",
        "<x@else.example>",
        "Zoë",
        "日本語" * 20,
        "=?utf-8?q?x?=",
        "x\r\nBcc: y@else.example",
        "\u202eoD enaJ",
        "x@else.example, y@else.example",
        "(comment)",
        "a:b;",
    ],
)
def test_addresses__name_reads_back_and_adds_no_one(name: str) -> None:
    """B84: whatever a display name holds, the field holds one address (RFC 5322, section 3.4)."""
    field = compose.addresses("To", [(name, "jane@acme.example")])

    shown, address = parseaddr(message(field + b"\r\n")["To"].replace("\r\n", ""))
    assert well_formed(field)
    assert address == "jane@acme.example"
    assert str(make_header(decode_header(shown))) == " ".join(name.split())


@pytest.mark.parametrize("letter", ["n", "é", "😀", '"', "\\"])
def test_addresses__long_name_is_cut(letter: str) -> None:
    """B85: no name makes a line longer than RFC 5322 allows."""
    field = compose.addresses("To", [(letter * 5000, "jane@acme.example")])

    assert well_formed(field)
    assert len(field) < 5000


def test_addresses__many_are_folded() -> None:
    """B85: a long list is spread over lines of 78 characters."""
    people = [("", f"c{n}@else.example") for n in range(300)]

    field = compose.addresses("Cc", people)

    assert well_formed(field)
    assert max(map(len, field.split(b"\r\n"))) <= 78
    assert len(message(field + b"\r\n")["Cc"].split(",")) == 300


@pytest.mark.parametrize("bad", ["<a b@x>", "<ä@x>", "<a\r\nBcc:x@y>", f"<{'x' * 600}@y>", "<=?utf-8?q?a?=@x>"])
def test_message_ids__those_that_no_header_can_hold_are_left_out(bad: str) -> None:
    """B85: a Message-ID with blanks, line ends, other letters or of enormous length does not leave."""
    assert compose.message_ids("References", [bad, "<1@x>"]) == b"References: <1@x>\r\n"
    assert compose.message_ids("In-Reply-To", [bad]) == b""


def test_date__is_plain() -> None:
    """B85: the Date field (RFC 5322, section 3.3)."""
    assert compose.date(datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) == b"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"


@pytest.mark.parametrize("value", ["High\x0b", "x@else.example", "", " ", "a" * 100, "hoch, sehr", "größer"])
def test_passed_on__only_plain_words(value: str) -> None:
    """B84: a priority that is more than a plain word stays in the house."""
    assert compose.passed_on(mail(f"Importance: {value}".encode())).replace(b"Importance: High\r\n", b"") == b""


def test_passed_on__list() -> None:
    """B84: Auto-Submitted, importance, priority and sensitivity pass; nothing else does."""
    head = (
        b"Auto-Submitted: no\r\nImportance: low\r\nX-Priority: 5\r\nSensitivity: Private\r\nX-Mailer: M\r\nKeywords: k"
    )

    assert (
        compose.passed_on(mail(head))
        == b"Auto-Submitted: no\r\nImportance: low\r\nX-Priority: 5\r\nSensitivity: Private\r\n"
    )


def rebuilt(name: str, value: str) -> bytes:
    return f"{name}=rebuilt {len(value)}\r\n".encode()


@pytest.mark.parametrize(
    "field",
    [
        b"Content-Type: text/plain; charset=\xfc",
        b"Content-Type: text/plain; x=" + b"a" * 1000,
        b"Content-Type: text/plain; x=\x07",
        b"Content-Type: text/plain;\r\n \t\r\n charset=utf-8",
        b"Content-Type: text/plain; name=SECRET",
        b"Content-Type: text/plain; name==?utf-8?q?=53ECRET?=",
        b"Content-Type: text/plain; name*0=SEC; name*1=RET",
        b"Content-Type: text/plain; name*=utf-8''%53ECRET",
    ],
)
def test_mime_headers__what_cannot_leave_is_rebuilt(field: bytes) -> None:
    """B84, B85: 8-bit, over-long, broken and revealing fields go through the caller's hands."""
    found = compose.mime_headers(mail(field), lambda text: "SECRET" in text, rebuilt)

    assert found.startswith(b"content-type=rebuilt ")


def test_mime_headers__others_stay_and_nothing_else_leaves() -> None:
    """B85: MIME fields byte for byte in their order and letter case, line ends made CRLF; all other fields stay."""
    head = b"MIME-version: 1.0\nX-A: b\ncontent-TYPE: text/plain;\n\tcharset=utf-8\nContent-ID: <x>\nContent-Length: 1"

    found = compose.mime_headers(mail(head), lambda text: False, rebuilt)

    assert found == b"MIME-version: 1.0\r\ncontent-TYPE: text/plain;\r\n\tcharset=utf-8\r\n"


@pytest.mark.parametrize("text", ["a\udcffb", "a\0\x07b", "a\u2028b", "a\x85b", "a\r\nBcc: x@else.example", "\x1b[2J"])
def test_texts_hold_no_control_characters(text: str) -> None:
    """B84: what a subject or a name must not hold is left out, also where it would stand in an encoded word."""
    fields = compose.unstructured("Subject", text) + compose.addresses("From", [(text, "a@b.example")])
    parsed = parse(fields + b"\r\n", Envelope())

    assert [name for name, _ in parsed.headers] == ["Subject", "From"]
    shown = "".join(str(make_header(decode_header(v))) for v in message_from_bytes(fields + b"\r\n").values())
    assert shown.isprintable()


@pytest.mark.parametrize(
    "address",
    ["a@x>\r\nRCPT TO:<b@c.example", "a@b.example\r\nBcc: x@y.example", "a b@c.example", "ü@c.example", "a", ""],
)
def test_addresses_that_are_not_plain_are_left_out(address: str) -> None:
    """B84: no address adds a line or another address; the others stay."""
    assert compose.addresses("To", [("x", address), ("", "jane@acme.example")]) == b"To: jane@acme.example\r\n"
    assert compose.addresses("To", [("x", address)]) == b""


@pytest.mark.parametrize("value", ['a"; x="y', "a\r\nX: y", "a\\", "ü", "", "x" * 201])
def test_parameters_that_quotes_cannot_hold_are_left_out(value: str) -> None:
    """B84: no parameter ends its quotes or its line."""
    assert compose.parameterised("Content-Type", "a/b", {"x": value, "y": "1"}) == b'Content-Type: a/b; y="1"\r\n'
