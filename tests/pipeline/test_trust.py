"""Forgeries and near misses that an audit tried, each with what must come of it."""

from __future__ import annotations

from email import message_from_bytes

import pytest

from connector.config.load import ConfigError, load
from connector.mail.model import Envelope
from storage.records import Facts, Wanted
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.service import write_ini

ALICE, BOB, JANE = "alice@company.example", "bob@company.example", "jane@acme.example"


@pytest.fixture
def ticket(house: House) -> str:
    """Jane's ticket."""
    done = house.send(f"Jane Doe <{JANE}>")
    return done.decision.match.number


def raw_from(from_: bytes, number: str, more: bytes = b"") -> bytes:
    return b"From: " + from_ + f"\r\nTo: {PUBLIC}\r\nSubject: [{number}] x\r\n".encode() + more + b"\r\nHello\r\n"


def goes_outside(house: House, raw: bytes) -> list[str]:
    """Who outside the house would get the mail."""
    made = house.dry_run(raw).decision.deliveries
    return [one for delivery in made for one in delivery.envelope if not one.endswith("@company.example")]


@pytest.mark.parametrize("charset", ["cp037", "cp500", "cp1026"])
def test_from__letters_by_charset_alone_are_nobodys(house: House, ticket: str, charset: str) -> None:
    """B27: bytes that are an employee's address in one charset only are seen so by no other program."""
    more = f"Content-Type: text/plain; charset={charset}\r\n".encode()
    raw = raw_from(ALICE.encode(charset), ticket, more)
    assert house.dry_run(raw).decision.sender.kind != "employee"
    assert goes_outside(house, raw) == []


def test_from__latin1_name_before_a_plain_address_is_no_defect(house: House, ticket: str) -> None:
    """B8, B27: a raw name in Latin-1 is repaired; the address stands in plain bytes."""
    raw = raw_from("Älice <alice@company.example>".encode("latin-1"), ticket)
    assert house.dry_run(raw).decision.sender.kind == "employee"


@pytest.mark.parametrize(
    "address",
    [
        "alice@comp\ufe00any.example",
        "alice@comp\u180bany.example",
        "alice@company\u3002example",
        "alice@ｃompany.example",
        "alice@compan\u200dy.example",
    ],
)
def test_from__look_alike_domain_is_nobodys(house: House, ticket: str, address: str) -> None:
    """B20, B27: a domain that only folds into the employee's is another one."""
    raw = raw_from(address.encode(), ticket)
    assert house.dry_run(raw).decision.sender.kind != "employee"
    assert goes_outside(house, raw) == []


def test_from__a_field_with_a_blank_before_the_colon_is_one(house: House, ticket: str) -> None:
    """B27: a second From is not taken for the envelope line of an mbox."""
    raw = f"From : bob@evil.example\r\nFROM: {ALICE}\r\nTo: {PUBLIC}\r\nSubject: [{ticket}] x\r\n\r\nHello\r\n".encode()
    assert goes_outside(house, raw) == []


@pytest.mark.parametrize("writer", ["ivan@company.example", "heidi@company.example"])
def test_employee__speaks_on_own_tickets_alone(house: House, ticket: str, writer: str) -> None:
    """B96: who lacks other-employees-tickets writes to no customer of others, and brings nobody in."""
    decision = house.dry_run(mail_bytes(writer, subject=f"[{ticket}] x", Cc="private@x.example")).decision
    assert not decision.match.verified
    assert [reason.code for reason in decision.match.because][-1] == "not-an-own-ticket"
    assert decision.additions.added == ()
    assert all(one.endswith("@company.example") for made in decision.deliveries for one in made.envelope)


def facts(house: House, number: str) -> Facts:
    return house.store.facts(Wanted(numbers=(number,)))


def test_say__who_wrote_the_first_mail(house: House) -> None:
    """B33: a stranger whose Reply-To joined still speaks on the ticket that his own mail opened."""
    number = house.send("a@x.example", Reply_To="b@y.example").decision.match.number
    match = house.send("a@x.example", subject=f"[{number}] more").decision.match
    assert (match.verified, match.because[-1].code) == (True, "sender-opened-it")


def test_say__by_the_other_address(house: House) -> None:
    """B33: a contact on the ticket by one of two addresses speaks by the other as well."""
    number = house.send("birgit@borealis.example", Cc="chloe@corvus.example").decision.match.number
    assert house.send("chloe.martin@mail.example", subject=f"[{number}] x").decision.match.verified


def test_hold__not_who_has_a_say(build: Build) -> None:
    """B25, B33: UnknownSender=hold asks about strangers, not about people who are on the ticket."""
    house = build(unknown_sender="hold")
    number = house.send(JANE, Cc="friend@f.example").decision.match.number
    assert house.send("friend@f.example", subject=f"[{number}] x").decision.record.outcome == "filed"
    assert house.send("friend@f.example", subject="new").decision.record.outcome == "held"
    assert house.send("stranger@f.example", subject=f"[{number}] x").decision.record.outcome == "held"


PRIVATE = "alice.private@web.example"


@pytest.mark.parametrize("header", ["Sender", "Return_Path", "Reply_To"])
def test_own__addresses_join_nothing_and_get_nothing(house: House, ticket: str, header: str) -> None:
    """B83, B84: an address by which the employee could be known is added, shown and written to nowhere."""
    headers = {header: PRIVATE, "Cc": f"{PRIVATE}, other@acme.example"}
    raw = mail_bytes(ALICE, subject=f"[{ticket}] from {PRIVATE}", **headers)
    done = house.take(raw, Envelope(PRIVATE, (PUBLIC,), has_sender=True))
    assert PRIVATE not in [addition.address for addition in done.decision.additions.added]
    (parcel,) = house.store.claim_deliveries(house.clock(), 10, 60, "test")[-1:]
    assert PRIVATE.encode() not in parcel.head
    assert PRIVATE not in [drop.address for drop in parcel.drops]


@pytest.mark.parametrize(
    "spelled",
    [
        '"alice"@company.example',
        "alice%40company.example",
        "alice(x)@company.example",
        "alice @ company.example",
        "alice&#64;company.example",
        "=?utf-8?B?YWxpY2U=?= @company.example",
        "ａlice＠company.example",
        "alice@company .example",
    ],
)
def test_own__address_in_a_subject_in_any_spelling(house: House, ticket: str, spelled: str) -> None:
    """B84: what reads as the employee's address, to people or programs, is not in the subject that customers get."""
    decision = house.dry_run(mail_bytes(f"Alice <{ALICE}>", subject=f"[{ticket}] call {spelled} now")).decision
    (made,) = decision.deliveries
    assert "alice" not in made.subject.lower()
    assert ticket in made.subject


@pytest.mark.parametrize(
    "parameter",
    [
        'name="alice%40company.example"',
        "name='\"alice\"@company.example'",
        "name*0=alice%40; name*1=company.example",
        "name *=utf-8''alice%40company.example",
        "name*=utf-8''x; name*=utf-8''alice%40company.example",
        'name="alice@company.\r\n example"',
    ],
)
def test_own__address_in_a_mime_parameter(house: House, ticket: str, parameter: str) -> None:
    """B84: nor is it in a MIME header."""
    raw = mail_bytes(f"Alice <{ALICE}>", subject=f"[{ticket}] x")
    raw = raw.replace(b"\r\n\r\n", f"\r\nContent-Type: text/plain; {parameter}\r\n\r\n".encode(), 1)
    house.take(raw)
    parcel = house.store.claim_deliveries(house.clock(), 10, 60, "test")[-1]
    assert b"company" not in parcel.head.lower()
    assert message_from_bytes(parcel.head).get_content_type() == "text/plain"


@pytest.mark.parametrize("written", ["straße@acme.example", "\u212aate@acme.example", "pro\ufb01@acme.example"])
def test_recipients__letters_that_become_others_join_nothing(house: House, ticket: str, written: str) -> None:
    """B20, B80: folding letters for comparing must not write to another mailbox."""
    decision = house.dry_run(mail_bytes(ALICE, subject=f"[{ticket}] x", Cc=written)).decision
    assert decision.additions.added == ()
    assert decision.additions.not_added[-1].because.code == "not-an-address"


@pytest.mark.parametrize(
    ("pattern", "form"),
    [
        (r"#(?P<number>\d{4}-\d{4})", "#{number}"),
        (r"#(?P<number>\d{4}-\d{4})\b", "#{number}"),
        (r"^\[(?P<number>\d{4,}-\d{4,})\]", "[{number}]"),
        (r"\[(?P<number>\d{4,}-\d{4,})\]$", "[{number}]"),
    ],
)
def test_pattern__must_find_every_number_in_a_reply(tmp_path: object, pattern: str, form: str) -> None:
    """B85, B90: after 9999 the counter has five digits; a pattern that finds the wrong ticket is an error."""
    values = {"EMAILCONNECTOR.TicketSubjectPattern": pattern, "EMAILCONNECTOR.TicketSubjectFormat": form}
    with pytest.raises(ConfigError, match="TicketSubjectFormat"):
        load(write_ini(tmp_path, values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "automatic"),
    [
        ("Auto-Submitted", "( \\( no) auto-replied", True),
        ("Auto-Submitted", "(x auto-replied", True),
        ("Auto-Submitted", "(comment (nested)) No (really)", False),
        ("Precedence", '"bulk"', True),
        ("Precedence", "bulk, list", True),
        ("Precedence", "first-class", False),
        ("Return-Path", "< >", True),
        ("Return-Path", "<jane@acme.example>", False),
        ("Subject", "Vacation response does not send", False),
        ("Subject", "On leave from Monday - Bob takes over your tickets", False),
        ("Subject", "Re: Re: Automatic reply: x", True),
        ("Subject", "Automatische\u00a0Antwort: x", True),
        ("Subject", "re\u0301ponse automatique : x", True),
    ],
)
def test_automatic__as_it_is_written(house: House, name: str, value: str, automatic: bool) -> None:
    """B10: comments, quotes, lists and blanks are read as the standards say; people's subjects are people's."""
    lines = {"Subject": "x", **{name: value}}
    head = "".join(f"{key}: {held}\r\n" for key, held in lines.items())
    raw = f"From: {JANE}\r\nTo: {PUBLIC}\r\n{head}\r\nHello\r\n".encode()
    assert house.dry_run(raw).decision.scope.automatic is automatic


@pytest.mark.parametrize(
    "address", ["notifications-noreply@x.example", "noreply2@x.example", "auto-reply@x.example", "u@noreply.x.example"]
)
def test_recipients__nobody_reads_there(house: House, ticket: str, address: str) -> None:
    """B61: addresses that say so in a word of theirs."""
    decision = house.dry_run(mail_bytes(ALICE, subject=f"[{ticket}] x", Cc=address)).decision
    assert [one.because.code for one in decision.additions.not_added][-1] == "nobody-reads-it"


def test_response__repeats_nothing_to_a_third_party(house: House) -> None:
    """B86: a forged From with somebody's Reply-To sends him neither the forger's subject nor his name."""
    raw = mail_bytes(f'"Win now" <{JANE}>', subject="Claim your prize", Reply_To="victim@v.example")
    (response,) = [one for one in house.take(raw).decision.deliveries if one.kind == "response"]
    assert response.envelope == ("victim@v.example",)
    assert "prize" not in response.subject
    assert "Win" not in (response.body or "") + response.to[0][0]


def test_response__plus_forms_are_one_mailbox(house: House) -> None:
    """B13: the limit is by mailbox, not by what stands behind a plus sign."""
    made = [house.send(f"u{i}@x.example", Reply_To=f"victim+{i}@v.example").decision.deliveries for i in range(8)]
    assert sum(one.kind == "response" for each in made for one in each) == 5
