"""Our own check of DKIM signatures: what is good, what is refuted, what proves nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connector.mail.model import Envelope
from connector.mail.parse import parse
from connector.pipeline.signatures import Signature, Signatures
from connector.trust import dkim as tested
from connector.trust.dkim import MOST_SIGNATURES, signatures
from connector.trust.keys import Answer, Keys, NoAnswer
from tests.house import mail_bytes
from tests.trust.signing import COVERED, KEY, NAME, NOW, WEAK_KEY, signed

ALICE = "Alice Archer <alice@company.example>"
MAIL = mail_bytes(
    ALICE, Message_ID="<1@company.example>", Date="Mon, 2 Mar 2026 08:59:00 +0000", body="Hello  you \r\n"
)
GOOD = (Signature("s1", "authentic"),)


def said(raw: bytes, record: bytes | None = KEY, **time: float) -> Signatures:
    """What the check says of a mail that arrives a minute after NOW, or later."""
    keys = Keys(lambda name: Answer(record if name == NAME else None))
    return signatures(parse(raw, Envelope()), NOW + timedelta(**(time or {"minutes": 1})), keys)


@pytest.mark.parametrize("form", ["relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"])
def test_dkim__good_signature_proves(form: str) -> None:
    """B26: an aligned signature that is good is authentic, in each canonical form, by either line end."""
    raw = signed(MAIL, form=form)

    assert said(raw) == GOOD
    assert said(raw.replace(b"\r\n", b"\n")) == GOOD


def test_dkim__received_above_and_unsigned_headers_do_no_harm() -> None:
    """B26: what servers put on top on the way changes nothing."""
    assert said(b"Received: from a by b; now\r\nX-Spam: no\r\n" + signed(MAIL)) == GOOD


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"l": "5"}, "body-length-limited"),
        ({"a": "rsa-sha1"}, "weak-algorithm"),
        ({"x": str(int(NOW.timestamp()))}, "expired"),
        ({"at": NOW - timedelta(days=5)}, "signed-too-long-ago"),
        ({"at": None, "x": "1"}, "expired"),
        ({"v": "2"}, "malformed"),
        ({"i": "@evil.example"}, "malformed"),
        ({"t": "x"}, "malformed"),
        ({"s": "../s1"}, "malformed"),
        ({"c": "strange"}, "malformed"),
        ({"bh": "AAAA"}, "body-changed"),
        ({"bh": "%"}, "key-or-signature-unreadable"),
    ],
)
def test_dkim__refuted(tags: dict[str, Any], why: str) -> None:
    """B26: `l=`, sha1, what is expired, old or out of order counts as a fail."""
    assert said(signed(MAIL, **tags)) == (Signature(tags.get("s", "s1"), "failed", why),)


def test_dkim__date_is_the_time_where_the_signature_has_none() -> None:
    """B26: five days after its Date a signed mail is one that is sent once more; a Date that is not signed is none."""
    raw = signed(MAIL, at=None)

    assert said(raw, days=4.9) == GOOD
    assert said(raw, days=5.1) == (Signature("s1", "failed", "signed-too-long-ago"),)
    assert said(signed(MAIL, at=None, covered=COVERED[:3])) == (Signature("s1", "none", "no-time"),)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (b"Hello", b"Hullo", "body-changed"),
        (b"Subject: Printer", b"Subject: Prizes", "headers-changed"),
        (b"alice@company", b"bob@company", "headers-changed"),
        (b"<1@", b"<2@", "headers-changed"),
    ],
)
def test_dkim__changed_mail_is_refuted(before: bytes, after: bytes, why: str) -> None:
    """B26: a body or a signed header that was changed on the way is a fail."""
    raw = signed(MAIL)
    changed = raw.replace(before, after)
    assert changed != raw

    assert said(changed) == (Signature("s1", "failed", why),)


@pytest.mark.parametrize("missing", ["subject", "message-id"])
def test_dkim__what_names_the_mail_must_be_covered(missing: str) -> None:
    """B26: a signature that leaves subject or Message-ID free vouches for none that stands there."""
    covered = tuple(name for name in COVERED if name != missing)

    assert said(signed(MAIL, covered=covered)) == (Signature("s1", "none", "header-not-covered"),)


def test_dkim__no_message_id_needs_no_cover() -> None:
    """B26: Message-ID must be covered if it is there."""
    assert said(signed(mail_bytes(ALICE), covered=("from", "subject"))) == GOOD


@pytest.mark.parametrize(
    "line", [b"Subject: x\r\n", b"Message-ID: <9@x.example>\r\n", b"To: support@example.com\r\n", b"Date: now\r\n"]
)
def test_dkim__second_header_above_the_signed_one_proves_nothing(line: bytes) -> None:
    """B26, B41: what stands above the signed one is read too: a mail to somebody else is not made one to us."""
    raw = line + signed(MAIL)

    assert said(raw) == (Signature("s1", "none", "header-repeated"),)


def test_dkim__second_from_is_refuted_or_proves_nothing() -> None:
    """B26, B27: no second From slips past a signature."""
    assert said(b"From: bob@company.example\r\n" + signed(MAIL))[0].verdict != "authentic"


@pytest.mark.parametrize(
    ("record", "verdict", "why"),
    [
        (None, "none", "no-key"),
        (b"", "none", "no-key"),
        (b"v=spf1 -all", "none", "no-key"),
        (b"v=DKIM2; " + KEY.partition(b";")[2], "none", "no-key"),
        (KEY + b"; t=y:s", "none", "key-for-tests"),
        (b"v=DKIM1; p=", "failed", "key-or-signature-unreadable"),
        (b"v=DKIM1; p=%%%", "failed", "key-or-signature-unreadable"),
        (b"v=DKIM1; k=ed25519; p=AAAA", "failed", "key-or-signature-unreadable"),
        (WEAK_KEY, "failed", "weak-key"),
    ],
)
def test_dkim__keys(record: bytes | None, verdict: str, why: str) -> None:
    """B26: no key proves nothing; one that is revoked, broken or under 1024 bits refutes."""
    raw = signed(MAIL, key="key-768.pem") if record == WEAK_KEY else signed(MAIL)

    assert said(raw, record) == (Signature("s1", verdict, why),)


def test_dkim__silent_dns_proves_nothing() -> None:
    """B26: a time-out is no fail."""

    def silent(name: str) -> Answer:
        raise NoAnswer("time-out")

    found = signatures(parse(signed(MAIL), Envelope()), NOW, Keys(silent))

    assert found == (Signature("s1", "none", "no-answer-from-dns"),)


@pytest.mark.parametrize("domain", ["evil.example", "mail.company.example", "example", "company.example.evil.example"])
def test_dkim__only_the_very_domain_of_from_is_looked_at(domain: str) -> None:
    """B26: a signature of another domain is none here, and its key is not asked for."""
    asked: list[str] = []
    keys = Keys(lambda name: asked.append(name) or Answer(KEY))  # type: ignore[func-returns-value]

    assert signatures(parse(signed(MAIL, d=domain), Envelope()), NOW, keys) == ()
    assert asked == []


def test_dkim__one_good_signature_among_bad_ones() -> None:
    """B26: a few are looked at, the good one ends it, and what stands behind them is never asked for."""
    tags = b"v=1; a=rsa-sha256; d=company.example; s=s1; t=1; h=from:subject:message-id; bh=AA==; b=AA=="
    bad = b"DKIM-Signature: " + tags + b"\r\n"

    assert [one.verdict for one in said(bad + signed(MAIL))] == ["failed", "authentic"]
    assert len(said(bad * 9 + signed(MAIL))) == MOST_SIGNATURES


def test_dkim__body_is_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """B26: however many signatures a stranger puts on a large mail."""
    made: list[bool] = []
    monkeypatch.setattr(tested, "body_hash", lambda raw, start, relaxed: made.append(relaxed) or b"")
    raw = signed(signed(signed(MAIL), form="simple/simple"))

    assert [one.why for one in said(raw)] == ["body-changed"] * MOST_SIGNATURES
    assert made == [True, False]


@pytest.mark.parametrize(
    "field",
    [
        b"v=1; v=1; a=rsa-sha256; d=company.example",
        b"d=company.example; nonsense",
        b"d=company.example; b=" + b" " * 3000,
        b"d=company.example; b=" + b"A" * 5000,
    ],
)
def test_dkim__what_cannot_be_read_is_no_signature(field: bytes) -> None:
    """B26, B8: tags twice, without value, or longer than any real one."""
    assert said(b"DKIM-Signature: " + field + b"\r\n" + MAIL) == ()


def test_dkim__empty_from_has_no_signature() -> None:
    """B27: where From has no domain, a signature without one is not aligned with it."""
    assert said(b"DKIM-Signature: v=1; d=; s=s1\r\nSubject: x\r\n\r\nx\r\n") == ()
