"""A mail as this relay can take it: in seven bits where it has no 8BITMIME, signed, and no larger than it says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from connector.clock import utc_now
from connector.courier.signing import Signer
from connector.courier.transport import Content
from connector.mail.sevenbit import SignedContent, seven_bit

HEAD_END = b"\r\n\r\n"


class Unsendable(Exception):
    """This relay cannot take the mail; the text says why."""


async def fitted(content: Content, extensions: Mapping[str, str], signer: Signer | None) -> Content:
    """The mail for a relay that said this at EHLO (names in lower case). Raises Unsendable, OSError."""
    if signer is not None or "8bitmime" not in extensions:
        content = await asyncio.to_thread(_made_fit, content, "8bitmime" in extensions, signer)
    most, size = extensions.get("size", ""), content.size()
    if most.isascii() and most.isdigit() and 0 < int(most) < size:  # 0: no limit (RFC 1870, section 4)
        raise Unsendable(f"the relay takes mails of at most {most} bytes, and this one has {size}")
    return content


def _made_fit(content: Content, eight_bit: bool, signer: Signer | None) -> Content:
    if not eight_bit and not all(chunk.isascii() for chunk in content.chunks()):
        content = _in_seven_bits(content)
    return signer.signed(content, utc_now()) if signer else content


def _in_seven_bits(content: Content) -> Content:
    """Held whole in memory, as few relays of today need it."""
    try:
        raw = seven_bit(b"".join(content.chunks()))
    except SignedContent:
        why = "the relay takes seven bits only (it has no 8BITMIME), and re-encoding would break the mail's signature"
        raise Unsendable(why) from None
    head, blank, body = raw.partition(HEAD_END)
    return Content(head + blank, body)
