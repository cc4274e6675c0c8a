"""Our own check of the DKIM signatures of the very domain of From (B26, RFC 6376, RFC 8301, RFC 8463).

Stricter than the standard where that keeps a signature from vouching for what its writer did not send: a part of the
body alone, a second Subject, an old mail sent once more. Runs in a worker, for it may ask the DNS.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from connector.mail.model import Mail
from connector.pipeline.authentication import AUTHENTIC, FAILED, NONE
from connector.pipeline.signatures import Signature, Signatures
from connector.trust.body_hash import body_hash
from connector.trust.keys import Keys, NoAnswer
from connector.trust.public_key import public_key
from storage.addresses import domain_of, normalise_domain

if TYPE_CHECKING:
    from dkim.canonicalization import CanonicalizationPolicy

MOST_SIGNATURES = 3
MAX_FIELD = 4096  # bytes of a signature's field; real ones have a quarter of that
MAX_NAMES = 200  # header names in h=
OLDEST = timedelta(days=5)  # a mail is under way so long at most; what is older is sent once more
ALGORITHMS = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}
"""What `a=` may be, and the kind of key that it takes."""
COVERED = (b"from", b"subject", b"message-id")
"""Headers that a signature must cover."""
ONCE = (*COVERED, b"date", b"sender", b"reply-to", b"to", b"cc", b"in-reply-to", b"references",
        b"mime-version", b"content-type", b"content-transfer-encoding")  # fmt: skip
"""Headers that stand in a mail once (RFC 5322, section 3.6): a further one was put above the one that was signed."""

_LONG_BLANK = re.compile(rb"\s{40}")
_DIGITS = re.compile(rb"\d{1,12}")
_SELECTOR = re.compile(rb"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")


BodyHash = Callable[[bool], bytes]
"""Whether relaxed -> the hash of the mail's body; each is made once, however many signatures there are."""


class Refuted(Exception):
    """The signature is not good: its code says why."""


class Undecided(Exception):
    """The signature says nothing about this mail: its code says why."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature: its field (name, value) and its tags."""

    name: bytes
    value: bytes
    tags: dict[bytes, bytes]

    @property
    def names(self) -> list[bytes]:
        """The headers that it covers, lowered, in order."""
        return [name.strip().lower() for name in self.tags.get(b"h", b"").split(b":")]


def signatures(mail: Mail, received_at: datetime, keys: Keys) -> Signatures:
    """What the signatures of the domain of From say, the topmost first; none is looked at behind a good one."""
    domain = domain_of(mail.sender.key)
    found: list[Signature] = []
    body = cache(lambda relaxed: body_hash(mail.raw, mail.body_start, relaxed=relaxed))
    for signed in _aligned(mail, domain):
        found.append(_checked(mail, signed, domain, received_at, keys, body))
        if found[-1].verdict == AUTHENTIC or len(found) == MOST_SIGNATURES:
            break
    return tuple(found)


def _aligned(mail: Mail, domain: str) -> Iterator[Signed]:
    for name, field in mail.raw_headers:
        if name.lower() == b"dkim-signature" and len(field) <= MAX_FIELD and not _LONG_BLANK.search(field):
            tags = _tags(field.partition(b":")[2])
            if domain and normalise_domain(tags.get(b"d", b"").decode("ascii", "replace")) == domain:
                yield Signed(name, _with_line_end(field), tags)


def _tags(value: bytes) -> dict[bytes, bytes]:
    """The tags of a signature or a key (section 3.2); nothing where they are not in order, or one is there twice."""
    tags: dict[bytes, bytes] = {}
    for spec in value.strip().removesuffix(b";").split(b";"):
        name, equals, content = spec.partition(b"=")
        if not equals or not name.strip().isalnum() or name.strip() in tags:
            return {}
        tags[name.strip()] = content.strip()
    return tags


def _checked(mail: Mail, signed: Signed, domain: str, received_at: datetime, keys: Keys, body: BodyHash) -> Signature:
    selector = signed.tags.get(b"s", b"").decode("ascii", "replace")[:100]
    try:
        _check_form(signed, domain)
        _check_cover(mail, signed)
        _check_time(mail, signed, received_at)
        _check_content(mail, signed, _key(selector, domain, keys), body)
    except Refuted as error:
        return Signature(selector, FAILED, str(error))
    except Undecided as error:
        return Signature(selector, NONE, str(error))
    return Signature(selector, AUTHENTIC)


def _check_form(signed: Signed, domain: str) -> None:
    """What must be true of its tags alone."""
    tags = signed.tags
    if tags.get(b"a") == b"rsa-sha1":
        raise Refuted("weak-algorithm")
    if tags.get(b"a") not in ALGORITHMS or tags.get(b"q", b"dns/txt") != b"dns/txt":
        raise Undecided("unknown-algorithm")
    if b"l" in tags:
        raise Refuted("body-length-limited")
    complete = tags.get(b"v") == b"1" and tags.keys() >= {b"b", b"bh", b"h", b"s"}
    numbers = (tags[name] for name in (b"t", b"x") if name in tags)
    if not complete or not _SELECTOR.fullmatch(tags[b"s"]) or not all(map(_DIGITS.fullmatch, numbers)):
        raise Refuted("malformed")
    identity = normalise_domain(tags.get(b"i", b"@" + tags[b"d"]).rpartition(b"@")[2].decode("ascii", "replace"))
    if identity != domain and not identity.endswith(f".{domain}"):
        raise Refuted("malformed")


def _check_cover(mail: Mail, signed: Signed) -> None:
    """Whether what names the mail is all signed, and nothing stands above it that is shown in its place."""
    names = signed.names
    if len(names) > MAX_NAMES:
        raise Refuted("malformed")
    present = [name.lower() for name, _ in mail.raw_headers]
    if any(name not in names and (name in present or name != b"message-id") for name in COVERED):
        raise Undecided("header-not-covered")
    if any(present.count(name) > names.count(name) for name in ONCE if name in names):
        raise Undecided("header-repeated")


def _check_time(mail: Mail, signed: Signed, received_at: datetime) -> None:
    """Whether it was signed lately; a Date counts only if it is signed too."""
    expires = signed.tags.get(b"x")
    if expires is not None and int(expires) < received_at.timestamp():
        raise Refuted("expired")
    at = int(signed.tags[b"t"]) if b"t" in signed.tags else _signed_date(mail, signed)
    if at is None:
        raise Undecided("no-time")
    if received_at.timestamp() - at > OLDEST.total_seconds():
        raise Refuted("signed-too-long-ago")


def _signed_date(mail: Mail, signed: Signed) -> float | None:
    dates = sum(name.lower() == b"date" for name, _ in mail.raw_headers)
    if mail.date is None or dates != 1 or b"date" not in signed.names:
        return None
    return (mail.date if mail.date.tzinfo else mail.date.replace(tzinfo=UTC)).timestamp()


def _key(selector: str, domain: str, keys: Keys) -> bytes:
    """The signer's key record, if it is one for this kind of signature and not only for tests."""
    try:
        text = keys.get(selector, domain)
    except NoAnswer as error:
        raise Undecided("no-answer-from-dns") from error
    tags = _tags(text) if text else {}
    if b"p" not in tags or tags.get(b"v", b"DKIM1") != b"DKIM1":
        raise Undecided("no-key")
    if b"y" in map(bytes.strip, tags.get(b"t", b"").split(b":")):
        raise Undecided("key-for-tests")
    assert text is not None
    return text


def _check_content(mail: Mail, signed: Signed, record: bytes, body: BodyHash) -> None:
    """Whether body and headers are those that were signed."""
    from dkim.canonicalization import CanonicalizationPolicy, InvalidCanonicalizationPolicyError

    try:
        form = CanonicalizationPolicy.from_c_value(signed.tags.get(b"c"))
        key = public_key(_tags(record))
        signature = base64.b64decode(b"".join(signed.tags[b"b"].split()), validate=True)
        expected = base64.b64decode(b"".join(signed.tags[b"bh"].split()), validate=True)
    except InvalidCanonicalizationPolicyError as error:
        raise Refuted("malformed") from error
    except ValueError as error:
        raise Refuted("key-or-signature-unreadable") from error
    if key.kind != ALGORITHMS[signed.tags[b"a"]]:
        raise Undecided("unknown-algorithm")
    if key.weak:
        raise Refuted("weak-key")
    if body(form.body_algorithm.name == b"relaxed") != expected:
        raise Refuted("body-changed")
    if not key.signed(_header_hash(mail, signed, form), signature):
        raise Refuted("headers-changed")


def _header_hash(mail: Mail, signed: Signed, form: CanonicalizationPolicy) -> bytes:
    """SHA-256 of the headers that are signed, and of the signature's own field (section 3.7)."""
    import dkim  # heavy, and few mails need it

    headers = form.canonicalize_headers([(name, _with_line_end(field)) for name, field in mail.raw_headers])
    covered = [*signed.names, b"from"]  # once more: so none can be added
    hashed = dkim.HashThrough(hashlib.sha256())
    dkim.hash_headers(hashed, form, headers, covered, (signed.name, signed.value), signed.tags)
    return bytes(hashed.digest())


def _with_line_end(field: bytes) -> bytes:
    """The value of a field, its lines ending in CR LF."""
    return field.partition(b":")[2].rstrip(b"\r\n").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n"
