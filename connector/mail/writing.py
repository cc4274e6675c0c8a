"""A mail written here: plain text from one person, as a mail client would write it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid

Person = tuple[str, str]
"""Display name, or nothing, and address."""


def plain_mail(
    sender: Person,
    to: Sequence[str],
    cc: Sequence[str],
    subject: str,
    text: str,
    date: datetime,
    in_reply_to: str = "",
) -> bytes:
    """The bytes, with CR LF line ends; the Message-ID is new. ValueError for an address that no header can hold."""
    mail = EmailMessage(policy.SMTP)
    mail["From"] = Address(sender[0], addr_spec=sender[1])
    for name, addresses in (("To", to), ("Cc", cc)):
        if addresses:
            mail[name] = [Address(addr_spec=address) for address in addresses]
    mail["Subject"] = " ".join(subject.split())
    mail["Date"] = date
    mail["Message-ID"] = make_msgid(domain=sender[1].rpartition("@")[2])
    if in_reply_to:
        mail["In-Reply-To"] = in_reply_to
    mail.set_content(text)
    return mail.as_bytes()
