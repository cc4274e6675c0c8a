"""What a mail is to the rest of the program: parsed once, read by every stage, changed by none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from storage.values import frozen

COMMAND = "command"
"""The road of a mail that was written or handed over by command: no mail program has sent it to anybody."""


@frozen
class Envelope:
    """What the road knew of a mail besides its bytes."""

    mail_from: str = ""  # "" is the null return path where `road` has envelopes
    rcpt_to: tuple[str, ...] = ()
    road: str = (
        "file"  # smtp, lmtp, imap:NAME, pop3:NAME, maildir:NAME; of commands: file, mbox, maildir, stdin, command
    )
    has_sender: bool = False  # whether `mail_from` was given at all; a file has no envelope
    client: str = ""  # the peer's address
    helo: str = ""
    auth_user: str = ""  # who logged in (SMTP AUTH), else ""
    release: str = ""  # "", "as-is" or "unverified": let out of the hold queue by a person (B9)
    released_by: str = ""


@frozen
class Address:
    """One address of a header: display name decoded, address as written, `key` normalised for comparing (B20)."""

    name: str
    address: str
    key: str


@frozen
class Part:
    """One leaf part: where its bytes lie in the mail, and what its headers say.

    `start` and `end` are offsets into the raw mail; the content there is still transfer-encoded.
    """

    type: str  # lower-case type/subtype
    charset: str
    encoding: str  # lower-case Content-Transfer-Encoding
    disposition: str  # lower-case attachment, inline or ""
    name: str  # decoded file name or ""
    content_id: str  # without angle brackets
    start: int
    end: int
    depth: int = 0
    nested: bool = False  # inside an attached message/rfc822
    body: bool = False  # read as part of the mail's text or HTML


@frozen
class Attachment:
    """One attachment, numbered from 1; `size` is that of the decoded content in bytes."""

    number: int
    name: str  # as sent, control and bidi characters taken out; data only, never a path
    type: str
    size: int
    inline: bool = False
    content_id: str = ""
    part: Part | None = None  # None: not a MIME part (uuencoded, or out of a winmail.dat or smime.p7m)


@frozen
class FailedRecipient:
    """One recipient that a delivery report speaks of (RFC 3464, section 2.3); what is not said is empty."""

    addresses: tuple[str, ...]  # Final-Recipient, Original-Recipient: normalised
    action: str  # failed, delayed, delivered, relayed, expanded
    status: str  # RFC 3463: 5.1.1
    answer: str  # Diagnostic-Code without its type, one clean line
    remote: str = ""  # Remote-MTA


@frozen
class DeliveryReport:
    """What a delivery report says, believed or not. `form`: "status" is RFC 3464, "text" one of the odd forms.

    `returned` are header fields of the mail that it is about, names in lower case, decoded, the first of each.
    """

    form: str
    recipients: tuple[FailedRecipient, ...]
    returned: Mapping[str, str]
    envelope_id: str = ""


@frozen
class Mail:
    """One mail, whole. Texts are clean: no NUL, no lone surrogates, no control characters but tab and line feed.

    Line ends in `text` are single line feeds. Message-IDs have their angle brackets.
    """

    raw: bytes = field(repr=False)
    sha256: str
    envelope: Envelope
    headers: tuple[tuple[str, str], ...]  # of the top level: name as written, value unfolded and decoded
    raw_headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)  # name, and the whole field with line ends
    body_start: int  # offset of the first body byte in `raw`
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]  # as written, oldest first
    subject: str
    from_: tuple[Address, ...]
    from_defects: tuple[str, ...]  # why From identifies nobody (B27); empty: it is in order
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    text: str = field(repr=False)  # the plain body, or the HTML body turned to text
    html: str = field(repr=False)  # the HTML body, or ""
    plain: str = field(repr=False)  # the text/plain body, or ""
    attachments: tuple[Attachment, ...] = ()
    parts: tuple[Part, ...] = field(default=(), repr=False)
    repairs: tuple[str, ...] = ()  # stable codes of what was repaired or cut (B8)
    report: str = ""  # what it reports (RFC 6522): delivery-status, disposition-notification, feedback-report
    delivery_report: DeliveryReport | None = None  # where that is a delivery, or the mail looks like an odd form (B11)
    _by_name: dict[str, list[str]] = field(init=False, repr=False, compare=False)  # in lower case

    def __post_init__(self) -> None:
        by_name: dict[str, list[str]] = {}
        for name, value in self.headers:
            by_name.setdefault(name.lower(), []).append(value)
        object.__setattr__(self, "_by_name", by_name)

    @property
    def sender(self) -> Address:
        """The first address of From, or an empty one."""
        return self.from_[0] if self.from_ else Address("", "", "")

    def header(self, name: str) -> str:
        """The first value of a header, decoded, or nothing; letter case of the name is ignored."""
        values = self._by_name.get(name.lower())
        return values[0] if values else ""

    def all_headers(self, name: str) -> tuple[str, ...]:
        """Every value of a header, from the top."""
        return tuple(self._by_name.get(name.lower(), ()))
