"""Header fields: decoding, identity, threading, dates, and the strict reading of From."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.mail.mails import from_, read


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?b?R3LDvMOf?=\r\n =?utf-8?b?ZQ==?=", "Grüße"),
        (b"=?utf-8?q?a=C3?= =?utf-8?q?=A9b?=", "aéb"),
        (b"=?iso-2022-jp?b?GyRCJUYlOSVIGyhC?=", "テスト"),
        (b"=?koi8-r?b?8NLJ18XU?= [0500-1000]", "Привет [0500-1000]"),
        (b"=?utf8?q?no_closing", "=?utf8?q?no_closing"),
        (b"=?x-nobody-knows?q?a?=", "a"),
        (b"Gr\xc3\xbc\xc3\x9fe", "Grüße"),
        (b"Gr\xfc\xdfe", "Grüße"),
        (b"a\x00b\x1b[31mc", "ab[31mc"),
        (b"folded\r\n\tline", "folded line"),
        (b"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    ],
)
def test_subject__is_decoded_and_clean(field, subject):
    """B8, B30: encoded words, raw 8-bit and folding are read; no control character or line end is left."""
    assert read(b"Subject: " + field + b"\r\n\r\nx").subject == subject


def test_raw_8bit__takes_the_charset_of_the_body():
    """B8: a raw header is read in the charset that the body declares, with a note."""
    parsed = read("Subject: Привет\nContent-Type: text/plain; charset=koi8-r\n\nx".encode("koi8-r"))
    assert parsed.subject == "Привет"
    assert "raw-8bit-header" in parsed.repairs


def test_message_ids__have_brackets_and_no_blanks():
    """B32: identifiers are found in any of the forms that clients write."""
    parsed = read(
        "Message-ID: <a b@c>\nMessage-ID: <second@x>\nIn-Reply-To: Your mail <x@y> of May\nReferences: p@q r@s\n\n"
    )
    assert parsed.message_id == "<ab@c>"
    assert parsed.in_reply_to == ("<x@y>",)
    assert parsed.references == ("<p@q>", "<r@s>")


def test_references__keep_the_newest_200():
    """B32: a chain without end is cut at its oldest end."""
    parsed = read("References: " + " ".join(f"<{n}@x>" for n in range(1000)) + "\n\n")
    assert (len(parsed.references), parsed.references[-1]) == (200, "<999@x>")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tue, 11 Jun 2024 08:00:01 +0200", datetime(2024, 6, 11, 6, 0, 1, tzinfo=UTC)),
        ("11 Jun 2024 08:00 -0330 (NST)", datetime(2024, 6, 11, 11, 30, tzinfo=UTC)),
        ("Tue, 11 Jun 24 08:00:01 GMT", datetime(2024, 6, 11, 8, 0, 1, tzinfo=UTC)),
        ("Tue, 11 Jun 2024 23:59:60 +0000", datetime(2024, 6, 11, 23, 59, 59, tzinfo=UTC)),
        ("yesterday", None),
        ("Tue, 99 Jun 2024 08:00:01 +0000", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", None),
    ],
)
def test_date__is_utc_or_none(value, expected):
    """B8: a date is an aware time in UTC; what is none is noted."""
    parsed = read(f"Date: {value}\n\n")
    assert parsed.date == expected
    assert ("date-unreadable" in parsed.repairs) == (expected is None)


def test_addresses__of_all_shapes_are_found():
    """B60: lists, groups, comments, quoted names and semicolons are read; keys are for comparing."""
    parsed = read('To: "Doe, J." <J@X.example>; b@x.example (Bea), Team: c@x.example, <d@x.example>;\nCc: Nobody\n\n')
    assert [(found.name, found.key) for found in parsed.to] == [
        ("Doe, J.", "j@x.example"),
        ("Bea", "b@x.example"),
        ("", "c@x.example"),
        ("", "d@x.example"),
    ]
    assert [(found.name, found.key) for found in parsed.cc] == [("Nobody", "")]


@pytest.mark.parametrize(
    "value",
    [
        "ann@a.example",
        "<ann@a.example>",
        "Ann B. Lee <ann@a.example>",
        '"Lee, Ann" <ann@a.example>',
        "=?utf-8?q?J=C3=BCrgen?= <ann@a.example>",
        "Jürgen <ann@a.example>",
        "ann@a.example (Ann)",
        '"ann@a.example" <ann@a.example>',
        "Ann <ann@bücher.example>",
        "=?utf-8?b?5bGx55Sw44CA?= <ann@a.example>",
    ],
)
def test_sound_from__has_no_defect(value):
    """B27: ordinary From fields, encoded, UTF-8 and internationalised ones, are in order."""
    parsed = from_(value)
    assert parsed.from_defects == ()
    assert parsed.sender.key.startswith("ann@")


@pytest.mark.parametrize(
    ("value", "defect"),
    [
        ("", "no-address"),
        ("<>", "no-address"),
        ("alice@company.com <bob@evil.example>", "address-in-name"),
        ('"alice@company.com" <bob@evil.example>', "address-in-name"),
        ("=?utf-8?q?alice=40company.com?= <bob@evil.example>", "address-in-name"),
        ('"alice＠company.com" <bob@evil.example>', "address-in-name"),
        ("bob@evil.example, alice@company.com", "several-addresses"),
        ("<bob@evil.example> <alice@company.com>", "several-addresses"),
        ("Staff: alice@company.com;", "group"),
        ("<@relay.example:alice@company.com>", "route"),
        ("alice(@evil.example)@company.com", "comment"),
        ("Alice (<bob@evil.example>) <alice@company.com>", "comment"),
        ("alice", "no-domain"),
        ("alice@company.com\x00 <bob@evil.example>", "control-characters"),
        ("Ali\u202ece <alice@company.com>", "control-characters"),
        ("=?utf-8?q?Ali=E2=80=8Bce?= <alice@company.com>", "control-characters"),
        ("=?utf-8?q?a=0Ab?= <alice@company.com>", "control-characters"),
        ("alice @company.com", "unparsable"),
        ('"Alice <alice@company.com>', "unparsable"),
        ("=?utf-8?q?a,b?= <alice@company.com>", "several-addresses"),
        ("\u212aim@company.com", "look-alike"),
        ("kim@ｃompany.com", "look-alike"),
    ],
)
def test_unsound_from__identifies_nobody(value, defect):
    """B27: whatever a strict reading refuses, or another reader could take for somebody else, is a defect."""
    assert defect in from_(value).from_defects


def test_missing_and_double_from__are_defects():
    """B27: no From and several From fields identify nobody; the first is still shown."""
    assert read("To: x@y.example\n\n").from_defects == ("no-from",)
    parsed = read("From: a@x.example\nFROM : b@x.example\n\n")
    assert "several-from-headers" in parsed.from_defects
    assert parsed.sender.address == "a@x.example"


def test_from_behind_the_limits__is_a_defect():
    """B27, B8: where headers were cut a second From may lie behind, so nobody is identified."""
    parsed = read("From: a@x.example\n" + "X: y\n" * 1100 + "From: b@x.example\n\nbody")
    assert "headers-cut" in parsed.from_defects
    assert parsed.text == "body"
