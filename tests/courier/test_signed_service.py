"""Everything that the running service sends is signed, and nothing in a signature names an employee."""

from __future__ import annotations

import base64
from email import message_from_bytes
from pathlib import Path

import dkim

from tests.courier.test_signing import KEY_FILE
from tests.house import PUBLIC, mail_bytes
from tests.service import Service, until
from tests.sink import Sink
from tests.trust import signing

ALICE = "alice@company.example"
TAGS = (b"v", b"a", b"c", b"d", b"s", b"t", b"h", b"bh", b"b")
DOMAIN = PUBLIC.partition("@")[2]


def signature_is_good(raw: bytes) -> bool:
    """Whether it verifies with the key that stands at the name it tells."""

    def look_up(name: bytes, timeout: float = 5) -> bytes | None:
        return signing.KEY if name == f"s1._domainkey.{DOMAIN}.".encode() else None

    return bool(dkim.verify(raw, dnsfunc=look_up))


PNG = base64.encodebytes(bytes(range(256)) * 30).replace(b"\n", b"\r\n").decode()
BODY = f"""--b\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
Grüße\r
.\r
..two dots, and a line of {"many words " * 80}\r
\r
--b\r
Content-Type: image/png; name=p.png\r
Content-Transfer-Encoding: base64\r
\r
{PNG}\r
--b--"""


def letter(number: int) -> bytes:
    """An employee's mail to the customer: 8-bit text, dots, a long line, an attachment, and no line end at its end."""
    fields = {"MIME_Version": "1.0", "Content_Type": "multipart/mixed; boundary=b"}
    subject = f"Re: Ticket [0500-1000] Printer {number}"
    return mail_bytes(f"Alice Archer <{ALICE}>", subject=subject, body=BODY, Message_ID=f"<{number}.{ALICE}>", **fields)


def test_service__all_that_leaves_is_signed(tmp_path: Path) -> None:
    """B84, B85: an answer and employees' mail reach another's server signed, by 8BITMIME and without; what they hold
    is what was written; no signature names an employee. B107: a relay that refuses us as a whole raises an alarm."""
    values = {"DkimSelector": "s1", "DkimDomain": DOMAIN, "DkimKeyFile": str(KEY_FILE), "Transport": "smtp",
              "Host": "127.0.0.1", "Tls": "none"}  # fmt: skip

    with Sink().running() as sink:

        def to_jane() -> list[bytes]:
            return [raw for recipients, raw in sink.mails if "jane@acme.example" in recipients]

        named = {f"OUTGOING__{name}": value for name, value in {**values, "Port": str(sink.port)}.items()}
        with Service(tmp_path, **named) as service:
            service.send(mail_bytes("Jane Doe <jane@acme.example>", Message_ID="<1@acme.example>"))
            until(lambda: len(sink.mails), 2)
            service.send(letter(2), ALICE)
            until(lambda: len(to_jane()), 2)
            sink.take_seven_bits()
            service.send(letter(3), ALICE)
            until(lambda: len(to_jane()), 3)
            sink.reply = "550 5.7.60 SMTP; Client does not have permissions to send as this sender"
            service.send(letter(4), ALICE)
            assert "5.7.60" in service.wait_for("alarm", name="refusals")["reason"]

        mails = sink.taken()
        assert [raw for raw in mails if not signature_is_good(raw)] == []
        _, eight, seven = to_jane()
        assert eight.endswith(f"\r\n\r\n{BODY}\r\n".encode())
        assert seven.isascii()
        assert [part.get_payload(decode=True) for part in message_from_bytes(seven).walk()] == [
            part.get_payload(decode=True) for part in message_from_bytes(eight).walk()
        ]
        signatures = [raw.partition(b"DKIM-Signature:")[2].partition(b"\r\nFrom:")[0] for raw in mails]
        assert all(dkim.parse_tag_value(one).keys() == set(TAGS) for one in signatures)
        assert not any(b"alice" in signature.lower() for signature in signatures)
        assert len(mails) >= 4
