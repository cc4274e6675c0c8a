"""The mail of RFC 8463, appendix A.3: signed by Ed25519 and by RSA, with the keys of appendix A.2."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.mail.model import Envelope
from connector.mail.parse import parse
from connector.pipeline.signatures import Signature, Signatures
from connector.trust.dkim import signatures
from connector.trust.keys import Answer, Keys

RAW = (Path(__file__).parent / "rfc8463.eml").read_bytes()
DOMAIN = "football.example.com"
SIGNED_AT = datetime.fromtimestamp(1528637909, UTC)
ED25519 = b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
RSA = (
    b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
    b"iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
    b"DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
    b"Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
)


def said(raw: bytes = RAW, ed25519: bytes | None = ED25519, rsa: bytes | None = RSA) -> Signatures:
    """What the check says of a mail that comes at once."""
    records = {f"brisbane._domainkey.{DOMAIN}.": ed25519, f"test._domainkey.{DOMAIN}.": rsa}
    return signatures(parse(raw, Envelope()), SIGNED_AT, Keys(lambda name: Answer(records[name])))


def test_vector__is_authentic_by_ed25519() -> None:
    """B26: the topmost signature proves, and the one by RSA is not asked for."""
    assert said() == (Signature("brisbane", "authentic"),)


def test_vector__is_authentic_by_rsa() -> None:
    """B26: where the other key is not there."""
    assert said(ed25519=None) == (Signature("brisbane", "none", "no-key"), Signature("test", "authentic"))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [(b"dinner", b"supper", "headers-changed"), (b"hungry", b"thirsty", "body-changed"),
     (b"/gCrinpc", b"/gCrinpd", "headers-changed"), (b"p1Q1Dw==", b"p1Q=", "headers-changed")],
)  # fmt: skip
def test_vector__changed_is_refuted(old: bytes, new: bytes, why: str) -> None:
    """B26: a header, the body, the signature, its length."""
    changed = RAW.replace(old, new)
    assert changed != RAW

    assert said(changed)[0] == Signature("brisbane", "failed", why)


@pytest.mark.parametrize(
    ("record", "verdict", "why"),
    [
        (ED25519[:-5] + b"=", "failed", "key-or-signature-unreadable"),
        (b"v=DKIM1; k=ed25519; p=", "failed", "key-or-signature-unreadable"),
        (b"v=DKIM1; k=ed448; p=AAAA", "failed", "key-or-signature-unreadable"),
        (ED25519 + b"; s=tlsrpt", "failed", "key-or-signature-unreadable"),
        (ED25519 + b"; s=other : email", "authentic", ""),
        (RSA, "none", "unknown-algorithm"),
        (RSA.replace(b"k=rsa", b"k=ed25519"), "failed", "key-or-signature-unreadable"),
        (ED25519.replace(b"k=ed25519; ", b""), "failed", "key-or-signature-unreadable"),
        (b"v=DKIM1; k=ed25519; p=" + b"A" * 43 + b"=", "failed", "headers-changed"),
    ],
)
def test_vector__keys(record: bytes, verdict: str, why: str) -> None:
    """B26: cut short, withdrawn, of a kind or for a service that is not ours, of the other kind, all noughts."""
    assert said(ed25519=record)[0] == Signature("brisbane", verdict, why)


def test_rsa__key_alone_is_read_as_well() -> None:
    """B26: RSAPublicKey without the envelope around it (erratum 3017 of RFC 6376)."""
    from base64 import b64decode, b64encode

    alone = b64encode(b64decode(RSA.partition(b"p=")[2])[22:])

    assert said(ed25519=None, rsa=b"v=DKIM1; p=" + alone)[1] == Signature("test", "authentic")
