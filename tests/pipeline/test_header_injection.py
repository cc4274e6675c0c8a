"""Whatever stands in a mail, in the directory or in the settings: what leaves has the fields that it must have."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connector.mail import clean
from connector.mail.model import Envelope
from connector.mail.parse import parse
from connector.people import write_people
from connector.templates import Template
from storage.people_rows import AccountRow, ContactRow, EmployeeRow
from tests.house import PUBLIC, House
from tests.sent import Sent, sent_for

ALWAYS = {"from", "reply-to", "to", "subject", "date", "message-id", "x-cmtemailconnector"}
OURS = {"auto-submitted", "x-auto-response-suppress", "mime-version", "content-type", "content-transfer-encoding"}
MAYBE = {
    "cc", "in-reply-to", "references", "auto-submitted", "importance", "x-priority", "sensitivity", "mime-version",
    "content-type", "content-transfer-encoding", "content-disposition", "content-language",
}  # fmt: skip

EVIL = "evil@else.example"
PIECES = (
    f"x\r\nBcc: {EVIL}",
    f"x\nBcc: {EVIL}",
    f"x\rBcc: {EVIL}",
    f"x\r\n\r\nBcc: {EVIL}",
    f"x\r\n Bcc: {EVIL}",
    f"x\u2028Bcc: {EVIL}",
    f"x\u2029Bcc: {EVIL}",
    f"x\x85Bcc: {EVIL}",
    f"x\x0bBcc: {EVIL}\x0c",
    f"x\0\x07\x1b[2JBcc: {EVIL}",
    f"=?utf-8?q?x=0D=0ABcc:_{EVIL}?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQGVsc2UuZXhhbXBsZQ0K?=",
    f"=?utf-16?q?=0D=00=0A=00B=00c=00c=00:_{EVIL}?=",
    "=?utf-8?q?=ED=A0=80=00?=",
    "\udced\udca0\udc80",
    f'"><{EVIL}>, "',
    f"a@x>\r\nRCPT TO:<{EVIL}",
    f"{EVIL}>, <jane@acme.example",
    f'x"; name="y\\"; a=b; Bcc={EVIL}',
    "x\\",
    "=?utf-8?q?",
    "\u202e\u200b\ufeff",
    "y" * 3000,
    "é" * 2000,
    "é " * 900,
    " ",
    "",
)
PLACES = (
    b"Subject: [0500-1000] %s",
    b"Subject: %s",
    b"To: %s <jane@acme.example>",
    b"To: %s",
    b'Cc: "%s" <john@acme.example>, x@acme.example',
    b"Cc: <%s>",
    b"Cc: a@acme.example, %s@acme.example, b@%s.example",
    b"Message-ID: <1.%s@acme.example>",
    b"Message-ID: %s",
    b"In-Reply-To: <2.%s@acme.example>",
    b"References: <3@acme.example> %s <4.%s@acme.example>",
    b"Date: Mon, 2 Mar 2026 09:12:31 %s",
    b"Date: %s",
    b"MIME-Version: 1.0 %s",
    b'Content-Type: multipart/mixed; boundary="%s"',
    b"Content-Type: text/plain; charset=%s",
    b'Content-Type: text/plain; name="%s"; format=flowed',
    b"Content-Type: text/plain; name*=utf-8''%s",
    b"Content-Type: %s",
    b"Content-Type : text/plain; x=%s",
    b'Content-Disposition: attachment; filename="%s"',
    b"Content-Transfer-Encoding: %s",
    b"Content-Language: %s",
    b"Importance: %s",
    b"X-Priority: 1 %s",
    b"Auto-Submitted: no; x=%s",
    b"Reply-To: %s <jane@acme.example>",
    b"Reply-To: %s",
    b"Sender: %s",
    b"Return-Path: <%s>",
    b"X-CmtEmailConnector: %s",
    b"X-Auto-Response-Suppress: None%s",
    b"Bcc: %s",
    b"X-%s: y",
)

COUNT = itertools.count()
"""No mail is a duplicate of one before."""

lines = st.builds(
    lambda place, piece: place.replace(b"%s", piece.encode("utf-8", "surrogateescape")),
    st.sampled_from(PLACES),
    st.sampled_from(PIECES),
)
senders = st.builds(
    lambda name, sender: f'From: "{name}" <{sender}>'.encode("utf-8", "surrogateescape"),
    st.sampled_from(PIECES),
    st.sampled_from(("alice@company.example", "jane@acme.example", "stranger@else.example")),
)


def house_with(folder: Path, name: str = "Alice Archer", other: str = "Jane Doe", **more: object) -> House:
    """A house whose people have these names, with ticket 0500-1000 of Jane's."""
    people = folder / "people.csv"
    rows = (
        EmployeeRow(name, "alice@company.example", "", True, "Full", "all"),
        EmployeeRow(f"Bob {name}", "bob@company.example", "", True, "Full", "all"),
        AccountRow(f"Acme {other}", "", "", ("acme.example",), "alice@company.example"),
        ContactRow(other, f"Acme {other}", "jane@acme.example", "", True),
    )
    with people.open("w", encoding="utf-8", newline="") as out:
        write_people(rows, out)
    house = House(folder, people, **more)
    house.send("Jane Doe <jane@acme.example>")
    return house


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> House:
    """One house for all mails of the property."""
    return house_with(tmp_path_factory.mktemp("house"))


def judge(mail: Sent) -> None:
    """Exactly the fields that must be there, each once, and read alike by two parsers; no line, no recipient more."""
    names = [name.lower() for name in mail.headers]
    assert len(names) == len(set(names)), names
    assert set(names) >= ALWAYS
    if mail.kind == "distribution":
        assert set(names) <= ALWAYS | MAYBE
    else:
        assert set(names) - {"in-reply-to", "references", "cc"} == ALWAYS | OURS
    assert mail.headers.defects == []
    ours = parse(mail.head, Envelope())
    assert [name.lower() for name, _ in ours.headers] == names
    assert not set(ours.repairs) - {"missing-boundary", "unknown-encoding", "unknown-charset"}  # of the body alone
    assert mail.head.isascii()
    assert mail.head.endswith(b"\r\n\r\n")
    held = mail.head[:-4].split(b"\r\n")
    assert all(line.strip() and len(line) <= 998 for line in held)
    assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", b"".join(held))
    unfolded = (mail.headers.get(name, "").replace("\r\n ", " ") for name in ("From", "To", "Cc", "Subject"))
    shown = "".join(str(make_header(decode_header(value))) for value in unfolded)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", shown)
    assert [one.key for one in ours.from_] == [PUBLIC]
    assert all(re.fullmatch(r"[^\s<>,;:\"\\()\[\]]+@[a-z0-9.-]+", address) for address in mail.envelope)


@given(sender=senders, extra=st.lists(lines, max_size=5), number=st.booleans())
@settings(
    max_examples=80,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.timeout(180)
def test_mail__adds_no_field_no_line_no_recipient(
    standing: House, sender: bytes, extra: list[bytes], number: bool
) -> None:
    """B12, B84, B85: nothing of a mail, in any place, becomes a header field, a line, or a recipient of its own."""
    subject = b"Subject: [0500-1000] x" if number else b"Subject: x"
    raw = b"\r\n".join((sender, *extra, f"To: {PUBLIC}".encode(), subject)) + b"\r\n\r\nHello %d\r\n" % next(COUNT)
    for mail in sent_for(standing, standing.take(raw)):
        judge(mail)


@pytest.mark.parametrize("piece", PIECES, ids=[f"{n}" for n in range(len(PIECES))])
@pytest.mark.parametrize("sender", ["alice@company.example", "jane@acme.example"])
def test_names__of_the_directory_and_settings_are_names(tmp_path: Path, piece: str, sender: str) -> None:
    """B84: nor does a name out of the CSV, a token of the INI, or a template."""
    name = clean.text(piece).strip()[:1000] or "x"
    house = house_with(tmp_path, name=name, other=name, response_from_name=piece.encode("utf-8", "replace").decode())
    house.policy = replace(
        house.policy, response=Template("response.txt", f"{{{{ number }}}}\n{clean.text(piece)}\n{{{{ name }}}}\n")
    )
    number = "[0500-1000]" if sender.startswith("alice") else ""
    done = house.take(f"From: {sender}\r\nTo: {PUBLIC}\r\nSubject: {number} x\r\n\r\nHello\r\n".encode())
    made = sent_for(house, done)

    assert made
    for mail in made:
        judge(mail)
