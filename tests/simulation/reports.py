"""Delivery reports: of servers whose users are gone, and in the same form those that attackers forge (RFC 3464)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.simulation.letters import Letter
from tests.simulation.post import Copy
from tests.simulation.world import World

MINUTES = 3
FORM = (
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\r\n'
    "\r\n"
    "--r\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered. {{token}}\r\n"
    "--r\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example\r\n\r\n"
    "Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
    "\r\n--r\r\nContent-Type: text/rfc822-headers\r\n\r\n"
    "{head}--r--\r\n"
)


def report(address: str, head: str) -> str:
    """The body of a report that mail to this address failed; `head` is the mail's header block, empty line included."""
    return FORM.format(address=address, head=head)


class Servers:
    """Those that take a mail for a user who is gone, and say so minutes later."""

    def __init__(self, world: World) -> None:
        self._gone = world.gone

    def answer(self, copy: Copy) -> Iterator[tuple[timedelta, Letter]]:
        """The report on one copy, if its receiver is gone."""
        if copy.receiver in self._gone:
            server = f"MAILER-DAEMON@{copy.receiver.rpartition('@')[2]}"
            subject = "Undelivered Mail Returned to Sender"
            attached = report(copy.receiver, copy.head)
            yield (
                timedelta(minutes=MINUTES),
                Letter("report", server, subject, "", copy.ticket, null_path=True, attached=attached),
            )
