"""Signs mails for tests as dkimpy does, with any tags and times; its body hash is not the one that is tested."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import dkim
from dkim.canonicalization import CanonicalizationPolicy
from dkim.crypto import HASH_ALGORITHMS, parse_pem_private_key

HERE = Path(__file__).parent
DOMAIN = "company.example"
NAME = f"s1._domainkey.{DOMAIN}."
KEY = (HERE / "key-2048.dns").read_bytes().strip()
WEAK_KEY = (HERE / "key-768.dns").read_bytes().strip()
COVERED = ("from", "subject", "message-id", "date", "to")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def signed(
    raw: bytes,
    key: str = "key-2048.pem",
    covered: tuple[str, ...] = COVERED,
    form: str = "relaxed/relaxed",
    at: datetime | None = NOW,
    **tags: str,
) -> bytes:
    """The mail with a signature on top; `tags` replace those of a plain signature, an empty value leaves one out."""
    algorithm = tags.get("a", "rsa-sha256").encode()
    signer = dkim.DKIM(raw, signature_algorithm=algorithm)
    signer.hasher = HASH_ALGORITHMS[algorithm]
    policy = CanonicalizationPolicy.from_c_value(form.encode())
    body = policy.canonicalize_body(signer.body)
    if "l" in tags:
        body = body[: int(tags["l"])]
    digest = base64.b64encode(hashlib.new(signer.hasher().name, body).digest()).decode()
    plain = {"v": "1", "a": algorithm.decode(), "c": form, "d": DOMAIN, "s": "s1"}
    plain |= {"t": str(int(at.timestamp()))} if at else {}
    plain |= {"h": ":".join(covered), "bh": digest, **tags, "b": "0" * 60}
    fields = [(name.encode(), value.encode()) for name, value in plain.items() if value]
    private = parse_pem_private_key((HERE / key).read_bytes())
    names = [name.encode() for name in covered]
    value = signer.gen_header(fields, names, policy, b"DKIM-Signature", private)
    return b"DKIM-Signature: " + bytes(value) + raw
