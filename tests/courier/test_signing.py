"""DKIM signatures of what leaves, checked by dkimpy as whoever gets the mail does."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import mailbox
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import given
from hypothesis import strategies as st

from connector.config.settings import Outgoing
from connector.courier.dkim_key import UnfitKey, read_key
from connector.courier.relay import Relay
from connector.courier.signing import Signer
from connector.courier.transport import Content, MailObject, Transport
from connector.courier.transports import transport_of
from tests.fakes.relay import FakeRelay
from tests.trust import signing as trust

FOLDER = Path(trust.__file__).parent
KEY_FILE = FOLDER / "key-2048.pem"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HEAD = (
    b"From: Support <support@company.example>\r\nTo: amy@x.example,\r\n\tbob@x.example\r\nSubject:  a   b \r\n\tc\r\n"
    b"Message-ID: <1@company.example>\r\nX-Other: x\r\n\r\n"
)
SETTINGS = {"dkim_selector": "s1", "dkim_domain": trust.DOMAIN, "dkim_key_file": KEY_FILE}
SIGNER = Signer("s1", trust.DOMAIN, read_key(KEY_FILE))


def verifies(raw: bytes) -> bool:
    """Whether dkimpy finds the topmost signature good."""
    return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: trust.KEY if name == trust.NAME.encode() else None))


def leaves(content: Content, signer: Signer = SIGNER) -> bytes:
    return b"".join(signer.signed(content, NOW).chunks())


def sent(way: Transport, content: Content) -> None:
    asyncio.run(way.session().send(MailObject("support@company.example", ["amy@x.example"], content)))


PIECES = (b"a", b" ", b"\t", b"\r\n", b"\n", b"\r", b"\0", b"\xff", b".", b"\r\n\r\n", b"word ")
BODIES = st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join)


@given(body=BODIES)
def test_signed__any_body_verifies(body: bytes) -> None:
    """B84, B85: what is signed is what leaves, whatever line ends and NULs were repaired on the way."""
    raw = leaves(Content(HEAD, body))

    assert verifies(raw)
    assert raw.endswith(b"".join(Content(HEAD, body).chunks()))


def test_signed__original_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B85: a body that lies in the original is hashed as it is read."""
    monkeypatch.setattr("connector.courier.transport.CHUNK", 7)
    file = tmp_path / "x.eml"
    file.write_bytes(b"H: x\r\n\r\n" + b"one  line \t\r\n.\r\n\r\n" * 50 + b"end")

    assert verifies(leaves(Content(HEAD, None, file, 8, file.stat().st_size)))


def test_signed__says_nothing_of_the_writer() -> None:
    """B84: no i=, no z=, no l=: nothing that names a person, and no part of the body that is free."""
    signature = leaves(Content(HEAD, b"x\r\n")).partition(b"\r\nFrom:")[0]

    tags = dict(tag.strip().split(b"=", 1) for tag in signature.partition(b":")[2].split(b";"))
    assert list(tags) == [b"v", b"a", b"c", b"d", b"s", b"t", b"h", b"bh", b"b"]
    assert (tags[b"d"], tags[b"s"], tags[b"c"]) == (b"company.example", b"s1", b"relaxed/relaxed")
    assert tags[b"t"] == b"%d" % NOW.timestamp()
    assert max(map(len, signature.split(b"\r\n"))) <= 100


@pytest.mark.parametrize(
    "name", ["From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References",
             "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted"],
)  # fmt: skip
def test_signed__no_header_can_be_added(name: str) -> None:
    """B84: what a reader sees is signed once more than it is there; another one breaks the signature."""
    raw = leaves(Content(HEAD, b"x\r\n"))

    assert verifies(b"X-Trace: added on the way\r\n" + raw)
    assert not verifies(name.encode() + b": evil@x.example\r\n" + raw)


@pytest.mark.parametrize(("old", "new"), [(b"a   b", b"a   d"), (b"Hello", b"Hallo"), (b"amy@", b"eve@")])
def test_signed__change_breaks_it(old: bytes, new: bytes) -> None:
    """B84: a changed subject, body or recipient is known."""
    raw = leaves(Content(HEAD, b"Hello\r\n"))

    assert verifies(raw)
    assert not verifies(raw.replace(old, new))


def test_signed__repeated_headers() -> None:
    """B84: of headers that stand there twice both are signed, the lower first (RFC 6376, section 5.4.2)."""
    raw = leaves(Content(b"To: amy@x.example\r\nTo: bob@x.example\r\n" + HEAD, b"x\r\n"))

    assert verifies(raw)
    assert not verifies(raw.replace(b"bob@x.example\r\nFrom", b"eve@x.example\r\nFrom"))


def test_outbox__what_lies_there_is_signed(tmp_path: Path) -> None:
    """B85: the outbox holds what a relay would get; it verifies out of the Maildir, under the two envelope lines."""
    sent(transport_of(Outgoing(outbox=tmp_path, **SETTINGS)), Content(HEAD, b"Hello\n.\n"))  # type: ignore[arg-type]

    (name,) = mailbox.Maildir(str(tmp_path), create=False).keys()
    raw = (tmp_path / "new" / name).read_bytes()
    assert verifies(raw)
    assert re.match(rb"X-Envelope-From: .*\r\nX-Envelope-To: .*\r\nDKIM-Signature: ", raw)


def test_relay__what_it_gets_is_signed() -> None:
    """B85: a signature survives the way to the relay, dots at line starts too; the size announced counts it."""
    fake = FakeRelay()

    async def script() -> None:
        async with fake.running():
            settings = Outgoing("smtp", host="localhost", port=fake.port, tls="none", **SETTINGS)  # type: ignore[arg-type]
            way = transport_of(settings)
            assert isinstance(way, Relay)
            content = Content(HEAD, b".\r\n..\r\nHello\r\n")
            await way.session().send(MailObject("support@company.example", ["amy@x.example"], content))
            await way.close()

    asyncio.run(script())

    (mail,) = fake.taken
    assert verifies(mail.content)
    assert any(f"SIZE={len(mail.content)}" in command for command in fake.commands)


def test_ed25519__verifies(tmp_path: Path) -> None:
    """RFC 8463: the signature is that of the hash of what dkimpy makes of the headers."""
    key = ed25519.Ed25519PrivateKey.generate()
    file = tmp_path / "key"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    raw = leaves(Content(HEAD, b"Hello\r\n"), replace(SIGNER, key=read_key(file)))

    headers, _ = dkim.rfc822_parse(raw)
    tags = dkim.parse_tag_value(headers[0][1])
    form = CanonicalizationPolicy.from_c_value(tags[b"c"])
    digest = dkim.HashThrough(hashlib.sha256())
    covered = [name.lower() for name in re.split(rb"\s*:\s*", tags[b"h"])]
    dkim.hash_headers(digest, form, form.canonicalize_headers(headers[1:]), covered, headers[0], tags)
    signature = base64.b64decode(b"".join(tags[b"b"].split()))

    assert tags[b"a"] == b"ed25519-sha256"
    key.public_key().verify(signature, digest.digest())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, hashlib.sha256(b"x").digest())


def locked(format_: PrivateFormat) -> bytes:
    return ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, format_, BestAvailableEncryption(b"x"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nplanted-secret\n-----END PRIVATE KEY-----\n", "no private key in PEM"),
        ((FOLDER / "key-768.pem").read_bytes(), "an RSA key of 768 bits"),
        (locked(PrivateFormat.PKCS8), "a key that is locked with a password"),
        (
            ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "a private key that is neither RSA nor Ed25519",
        ),
    ],
)
def test_read_key__unfit(content: bytes, why: str, tmp_path: Path) -> None:
    """B102: what is wrong with a key is said without any of its content."""
    (tmp_path / "key").write_bytes(content)

    with pytest.raises(UnfitKey, match=f"^{why}$"):
        read_key(tmp_path / "key")
    with pytest.raises(UnfitKey, match="a file that cannot be read: No such file or directory"):
        read_key(tmp_path / "gone")
