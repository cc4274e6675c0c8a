"""Delivery reports as servers write them, on mails that a house has sent."""

from __future__ import annotations

from datetime import timedelta

from connector.mail.model import Envelope
from connector.processing import Processed
from storage.records import Parcel, Result
from tests.house import PUBLIC, House

NO_USER = "550 5.1.1 No such user"


def send_all(house: House) -> list[Parcel]:
    """Let the relay take everything that is due."""
    parcels = house.store.claim_deliveries(house.clock() + timedelta(seconds=1), 1000, 60, "test")
    results = [Result(drop.delivery_id, "sent", "250 ok", house.clock()) for one in parcels for drop in one.drops]
    house.store.record_results(results, house.clock())
    return parcels


def sent_to(house: House, address: str) -> Parcel:
    """The newest mail to an address, all that was due being sent now."""
    parcels = [one for one in send_all(house) if any(drop.address == address for drop in one.drops)]
    return parcels[-1]


def returned(parcel: Parcel) -> str:
    """The header of a mail that comes back."""
    return parcel.head.decode("ascii").replace("\r\n", "\n").strip()


def report(
    address: str,
    about: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    answer: str = NO_USER,
    sender: str = "MAILER-DAEMON@mx.acme.example",
    key: str = "1",
) -> bytes:
    """A report in the form of RFC 3464 on the mail whose header is `about`."""
    text = f"""From: {sender}
To: {PUBLIC}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-{key}@mx.acme.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.acme.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.acme.example
Diagnostic-Code: smtp; {answer}

--b
Content-Type: text/rfc822-headers

{about}

--b--
"""
    return text.replace("\n", "\r\n").encode()


def bounce(house: House, raw: bytes) -> Processed:
    """The report arrives with the null return path."""
    return house.take(raw, Envelope(rcpt_to=(PUBLIC,), mail_from="", has_sender=True))


def states(house: House) -> dict[str, list[str]]:
    """The states of each address's deliveries, the oldest first."""
    found: dict[str, list[str]] = {}
    for row in reversed(house.store.deliveries(limit=1000)):
        found.setdefault(str(row["recipient"]), []).append(str(row["state"]))
    return found


def codes(done: Processed) -> set[str]:
    """All reasons of stages 3, 4 and 7."""
    decision = done.decision
    return {reason.code for reason in (*decision.match.because, *decision.scope.because, *decision.record.because)}
