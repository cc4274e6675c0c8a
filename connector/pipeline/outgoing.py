"""The very bytes of a delivery: a new header block on the original's body, or on a body of its own (B84, B85)."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import partial

from connector.mail import clean, compose
from connector.mail.headers import decode_words, parameters
from connector.mail.model import Mail
from connector.pipeline.concealment import own_addresses, reveals
from connector.pipeline.marker import MARKER, marker_value
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.verdicts import Delivery, Sender
from storage.records import NewOutgoing

NEEDED = ("boundary", "charset", "format", "delsp", "protocol", "micalg", "report-type", "type", "start", "method")
"""Parameters of Content-Type that the body cannot be read without."""

CASED = {name.decode(): name.decode().title().replace("Mime", "MIME") for name in compose.KEPT}
TYPE = re.compile(r"[A-Za-z0-9.+_-]{1,60}/[A-Za-z0-9.+_-]{1,60}")
PLAIN_WORD = re.compile(r"[A-Za-z0-9.+_-]{1,60}")
"""What of a MIME header is kept where the whole of it cannot be; no at sign in it."""


AUTO_SUBMITTED = {"response": b"auto-replied", "alert": b"auto-generated", "alarm": b"auto-generated"}
"""What our own texts say of themselves (RFC 3834, section 5)."""


def outgoing(mail: Mail | None, sender: Sender, delivery: Delivery, policy: Policy, receipt: Receipt) -> NewOutgoing:
    """One mail to send, as the store keeps it; the body is the original's, not a copy, wherever that can be.

    `mail` is None for an alert, which answers none.
    """
    if delivery.body is None:
        assert mail is not None
        own = own_addresses(mail, sender, policy) if delivery.outward else frozenset[str]()
        mime, body = _original(mail, own)
    else:
        mime, body = _text(clean.text(delivery.body))
    return NewOutgoing(
        kind=delivery.kind,
        message_id=delivery.message_id,
        envelope_from=delivery.envelope_from,
        head=_head(mail, delivery, policy, receipt) + mime + b"\r\n",
        recipients=delivery.envelope,
        outward=delivery.outward,
        body=body,
        body_start=mail.body_start if mail and body is None else 0,
    )


def _head(mail: Mail | None, delivery: Delivery, policy: Policy, receipt: Receipt) -> bytes:
    """All header lines that are not about MIME; a text of our own has our date, and says that it is automatic."""
    original = mail if delivery.body is None else None
    date = original.date if original and original.date else receipt.now
    automatic = AUTO_SUBMITTED.get(delivery.kind)
    return b"".join(
        (
            compose.addresses("From", [delivery.sender]),
            compose.addresses("Reply-To", [("", delivery.reply_to)]),
            compose.addresses("To", delivery.to),
            compose.addresses("Cc", delivery.cc) if delivery.cc else b"",
            compose.unstructured("Subject", delivery.subject),
            compose.date(date),
            compose.message_ids("Message-ID", [delivery.message_id]),
            compose.message_ids("In-Reply-To", delivery.references[-1:]),
            compose.message_ids("References", delivery.references),
            b"Auto-Submitted: " + automatic + b"\r\nX-Auto-Response-Suppress: All\r\n"
            if automatic
            else compose.passed_on(original)
            if original
            else b"",
            compose.words(MARKER, marker_value(policy.installation, delivery.message_id)),
        )
    )


def _text(text: str) -> tuple[bytes, bytes]:
    """MIME headers and body of a plain text of our own; plain ASCII stays readable as it is."""
    plain = text.isascii() and max(map(len, text.split("\n"))) < compose.MAX_LINE
    encoding, charset = ("7bit", "us-ascii") if plain else ("base64", "utf-8")
    data = text.encode() if plain else base64.encodebytes(text.encode())
    lines = (
        "MIME-Version: 1.0",
        f"Content-Type: text/plain; charset={charset}",
        f"Content-Transfer-Encoding: {encoding}",
    )
    return ("\r\n".join(lines) + "\r\n").encode("ascii"), data.replace(b"\n", b"\r\n")


def _original(mail: Mail, own: frozenset[str]) -> tuple[bytes, bytes | None]:
    """The original's MIME headers, and its body where not even that can stay: a boundary that names the writer."""
    replaced: dict[str, str] = {}

    def rebuild(name: str, value: str) -> bytes:
        if name == "content-type":
            return _content_type(value, own, replaced)
        word = PLAIN_WORD.match(value)
        return compose.unstructured(CASED[name], word[0]) if word else b""

    mime = compose.mime_headers(mail, partial(reveals, addresses=own), rebuild)
    for old, new in replaced.items():
        if new.encode("ascii") in mime:
            return mime, _with_boundary(mail, old, new)
    return mime, None


def _content_type(value: str, own: frozenset[str], replaced: dict[str, str]) -> bytes:
    """A Content-Type with the parameters that the body needs and no others.

    A boundary that cannot stay is put down in `replaced`, with the one that stands for it.
    """
    kind = TYPE.search(value.partition(";")[0])
    values = {name: held for name, held in parameters(value)[1].items() if name in NEEDED}
    old = values.get("boundary", "")
    if reveals(decode_words(old), own) or (old and not compose.QUOTABLE.fullmatch(old)):
        values["boundary"] = replaced[old] = "=_" + hashlib.sha256(old.encode("utf-8", "replace")).hexdigest()[:32]
    kept = {name: held for name, held in values.items() if not reveals(decode_words(held), own)}
    return compose.parameterised("Content-Type", kind[0].lower() if kind else "text/plain", kept)


def _with_boundary(mail: Mail, old: str, new: str) -> bytes:
    """The body with another boundary on its delimiter lines."""
    delimiter = re.compile(
        rb"^--" + re.escape(old.encode("utf-8", "replace")) + rb"(?=(?:--)?[ \t]*\r?$)", re.MULTILINE
    )
    return delimiter.sub(b"--" + new.encode("ascii"), mail.raw[mail.body_start :])
