"""Everything that the running service sends is signed, and nothing in a signature names an employee."""

from __future__ import annotations

from pathlib import Path

import dkim

from tests.courier.test_signing import KEY_FILE
from tests.house import PUBLIC, mail_bytes
from tests.service import Service, until
from tests.trust import signing

ALICE = "alice@company.example"
TAGS = (b"v", b"a", b"c", b"d", b"s", b"t", b"h", b"bh", b"b")
DOMAIN = PUBLIC.partition("@")[2]


def signature_is_good(raw: bytes) -> bool:
    """Whether it verifies with the key that stands at the name it tells."""

    def look_up(name: bytes, timeout: float = 5) -> bytes | None:
        return signing.KEY if name == f"s1._domainkey.{DOMAIN}.".encode() else None

    return bool(dkim.verify(raw, dnsfunc=look_up))


def test_service__all_that_leaves_is_signed(tmp_path: Path) -> None:
    """B84, B85: an automatic response, an employee's mail with 8-bit text to a customer, and what goes to employees."""
    values = {"DkimSelector": "s1", "DkimDomain": DOMAIN, "DkimKeyFile": str(KEY_FILE)}
    with Service(tmp_path, **{f"OUTGOING__{name}": value for name, value in values.items()}) as service:
        service.send(mail_bytes("Jane Doe <jane@acme.example>", subject="Printer", Message_ID="<1@acme.example>"))
        until(lambda: len(service.outbox()), 2)
        reply = mail_bytes(
            f"Alice Archer <{ALICE}>", subject="Re: Ticket [0500-1000] Printer", Message_ID=f"<2.{ALICE}>",
            body="Grüße\r\n.\r\n",
        )  # fmt: skip
        service.send(reply, ALICE)
        until(lambda: sum(b"X-Envelope-To: jane@acme.example" in mail for mail in service.outbox()), 2)

        mails = service.outbox()
        assert [mail for mail in mails if not signature_is_good(mail)] == []
        signatures = [mail.partition(b"DKIM-Signature:")[2].partition(b"\r\nFrom:")[0] for mail in mails]
        assert all(dkim.parse_tag_value(one).keys() == set(TAGS) for one in signatures)
        assert not any(b"alice" in signature.lower() for signature in signatures)
        assert len(mails) >= 3
