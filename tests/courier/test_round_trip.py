"""Signed mail through servers of others: what arrives is what was signed, whatever stands in it (RFC 6376)."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from connector.config.settings import Outgoing
from connector.courier.relay import Relay
from connector.courier.transport import Content, MailObject
from tests.courier.test_sent_along import in_a_row
from tests.courier.test_signing import HEAD, SIGNER, verifies
from tests.sink import SMTP_SINK, Running, by_aiosmtpd, by_postfix

PNG = base64.encodebytes(bytes(range(256)) * 40).replace(b"\n", b"\r\n")
MIXED = (
    b'Content-Type: multipart/mixed; boundary="b"\r\nContent-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n\r\n',
    b"before\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    b"Gr\xc3\xbc\xc3\x9fe \t \r\n.\r\n..\r\n\r\n--b\r\nContent-Type: image/png; name=\"p\xc3\xa4.png\"\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n" + PNG + b"--b\r\nContent-Type: application/octet-stream\r\n"
    b"Content-Transfer-Encoding: binary\r\n\r\n\xff\xfe.\r\n.\x80\r\n--b--\r\nafter",
)  # fmt: skip
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n\r\n"
DATE = b"Date: Sat, 28 Nov 2026 12:00:00 +0000\r\n"
"""All that leaves has one; Postfix adds one that is missing, which is signed as missing."""
UNSAID = "pä.png".encode()
"""Letters in a field of a part stay as they are (docs/open.md)."""
CONTENTS = {
    "dots": (PLAIN, b".\r\n..\r\n.x\r\nx\r\n.\r\n\r\n.\r\n"),
    "no final line end": (PLAIN, b"Hello\r\n."),
    "blank lines at the end": (PLAIN, b"Hello \t\r\n \r\n\r\n\r\n"),
    "nothing": (PLAIN, b""),
    "bare line ends": (PLAIN, b"a\nb\rc\r\n\n.\n\r"),
    "line of 998": (PLAIN, b"x" * 998 + b"\r\n." + b"y" * 997 + b"\r\n"),
    "8 bits": (PLAIN, "Grüße, 東京 \r\n.é\r\n".encode() * 50),
    "8 bits in one long line": (PLAIN, "é".encode() * 700),
    "attachments": MIXED,
    "large": (PLAIN, b".line that begins with a dot\r\n" * 20_000),
}
SINKS = [
    by_aiosmtpd,
    pytest.param(by_postfix, marks=pytest.mark.skipif(SMTP_SINK is None, reason="Postfix's smtp-sink is not at hand")),
]


def mail(name: str) -> Content:
    """The mail before it is signed; a field of it tells which it is."""
    fields, body = CONTENTS[name]
    return Content(HEAD.replace(b"X-Other: x\r\n\r\n", DATE + b"X-Case: %s\r\n" % name.encode()) + fields, body)


def case_of(arrived: bytes) -> str:
    return arrived.partition(b"\r\nX-Case: ")[2].partition(b"\r\n")[0].decode()


async def send_all(port: int) -> list[str]:
    """Over one connection, each begun with the dot of the one before; what became of each."""
    relay = Relay(Outgoing("smtp", host="127.0.0.1", port=port, tls="none"), signer=SIGNER)
    mails = [MailObject("support@company.example", ["amy@x.example"], mail(name)) for name in CONTENTS]
    tried = await in_a_row(relay.session(), mails)
    assert relay.sends_along
    await relay.close()
    return [one.outcomes["amy@x.example"].state for one in tried]


@pytest.mark.parametrize("eight_bits", [True, False], ids=["8BITMIME", "seven bits"])
@pytest.mark.parametrize("running", SINKS)
def test_round_trip__signature_survives(running: Running, eight_bits: bool, tmp_path: Path) -> None:
    """B84, B85: each arrives once, verifies, and holds the content; in seven bits alone where no more is taken."""
    with running(tmp_path, eight_bits=eight_bits) as (port, taken):
        assert asyncio.run(send_all(port)) == ["sent"] * len(CONTENTS)
        arrived = {case_of(raw): raw for raw in taken()}
    assert arrived.keys() == CONTENTS.keys()
    assert [name for name, raw in arrived.items() if not verifies(raw)] == []
    assert [name for name, raw in arrived.items() if verifies(raw.replace(b"a   b", b"a   c"))] == []
    if eight_bits:
        sent = {name: b"".join(mail(name).chunks()) for name in CONTENTS}
        assert {name: raw[raw.index(b"From:") :] for name, raw in arrived.items()} == sent
    else:
        assert [name for name, raw in arrived.items() if not raw.replace(UNSAID, b"").isascii()] == []
