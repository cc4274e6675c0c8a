"""DKIM signatures of what leaves (RFC 6376): made just before it is sent, from the very bytes that are (B84, B85).

Relaxed in header and body, which every relay on the way respects; no `l=`, which lets others add to the body; no `i=`,
so that nothing is said of who wrote. The headers that a reader sees are signed once more than they are there, so that
none can be added above them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.clock import utc_now
from connector.config.settings import Outgoing
from connector.courier.dkim_key import DkimKey, read_key
from connector.courier.transport import Content, well_formed
from connector.trust.body_hash import hash_of

SIGNED = (
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "auto-submitted",
)  # fmt: skip
"""Headers that are signed, there or not."""
FOLD = 72

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:((?:[^\r]|\r\n[ \t])*+)\r\n")
_BLANKS = re.compile(rb"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for a domain; its public key stands in the DNS at `selector._domainkey.domain`."""

    selector: str
    domain: str
    key: DkimKey

    def signed(self, content: Content, now: datetime) -> Content:
        """The mail with its signature on top; the body is read once, in pieces. Raises OSError."""
        digest = hash_of(replace(content, head=b"").chunks(), relaxed=True)
        return replace(content, head=self._signature(_fields(content.head), digest, now) + content.head)

    def _signature(self, fields: Sequence[tuple[bytes, bytes]], body: bytes, now: datetime) -> bytes:
        present = [name for name, _ in fields]
        covered = [name.encode() for name in SIGNED for _ in range(present.count(name.encode()) + 1)]
        lines = (
            f"DKIM-Signature: v=1; a={self.key.algorithm}; c=relaxed/relaxed;",
            f"d={self.domain}; s={self.selector}; t={int(now.timestamp())};",
            *_folded(f"h={b':'.join(covered).decode()};", ":"),
            f"bh={base64.b64encode(body).decode()};",
            "b=",
        )
        unsigned = "\r\n\t".join(lines).encode()
        name, _, value = unsigned.partition(b":")
        header = _canonical(_selected(fields, covered)) + _canonical([(name.lower(), value)]).removesuffix(b"\r\n")
        signature = base64.b64encode(self.key.sign(header, hashlib.sha256(header).digest())).decode()
        pieces = [signature[start : start + FOLD] for start in range(0, len(signature), FOLD)]
        return unsigned + "\r\n\t".join(pieces).encode() + b"\r\n"


def signer_of(settings: Outgoing) -> Signer | None:
    """Who signs, as `[OUTGOING]` says; None: nobody. Raises UnfitKey."""
    if settings.dkim_key_file is None:
        return None
    return Signer(settings.dkim_selector, settings.dkim_domain, read_key(settings.dkim_key_file))


def sign(content: Content, signer: Signer | None) -> Content:
    """The mail as it leaves now. Raises OSError."""
    return signer.signed(content, utc_now()) if signer else content


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """The fields of a header block as it leaves: name in lower case, value as it stands."""
    return [(found[1].lower(), found[2]) for found in _FIELD.finditer(b"".join(well_formed([head])))]


def _selected(fields: Sequence[tuple[bytes, bytes]], covered: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """What is hashed: of several equal fields the lowest first (section 5.4.2); one that is not there is nothing."""
    left = list(reversed(fields))
    found = []
    for name in covered:
        field = next((field for field in left if field[0] == name), None)
        if field is not None:
            left.remove(field)
            found.append(field)
    return found


def _canonical(fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The relaxed form (section 3.4.2)."""
    return b"".join(name + b":" + _BLANKS.sub(b" ", value).strip(b" ") + b"\r\n" for name, value in fields)


def _folded(text: str, mark: str) -> list[str]:
    """Lines that end behind a mark, none much longer than others of a header."""
    lines = [""]
    for word in text.split(mark):
        if len(lines[-1]) + len(word) > FOLD:
            lines.append("")
        lines[-1] += word + mark
    lines[-1] = lines[-1].removesuffix(mark)
    return lines
