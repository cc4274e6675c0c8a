"""What all mails have in common that tell the house of trouble (B11, B13, B107): headers, and how things are shown."""

from __future__ import annotations

import shlex

from connector.mail.clean import escape_for_terminal, line
from connector.pipeline.marker import new_message_id
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.subject import with_number
from connector.pipeline.verdicts import Delivery
from storage.addresses import domain_of, is_writable
from storage.records import Employee, Ticket


def alarm_mail(
    to: tuple[str, str],
    subject: str,
    body: str,
    policy: Policy,
    receipt: Receipt,
    *,
    ticket: Ticket | None = None,
    number: int = 0,
) -> Delivery:
    """The mail to one name and address; the keyword in its subject keeps an answer to it in the house (B40).

    About a `ticket` it stands in its thread. `number` tells several apart that are made for one receipt.
    """
    public = policy.public_address
    subject = f"{subject} {policy.connector.internal_keyword}".rstrip()
    return Delivery(
        kind="alarm",
        sender=(policy.connector.response_from_name, public),
        reply_to=public,
        to=(to,),
        cc=(),
        envelope=(to[1],),
        envelope_from="",
        subject=with_number(subject, ticket.number, policy) if ticket else subject,
        message_id=new_message_id(policy.installation, receipt, f"alarm-{number}", domain_of(public)),
        references=tuple(known.message_id for known in ticket.thread) if ticket else (),
        outward=False,
        body=body,
    )


def can_be_told(employee: Employee) -> bool:
    """Whether there is an address that mail can be sent to."""
    return bool(employee.addresses) and is_writable(employee.addresses[0])


def shown(text: str, most: int | None = None) -> str:
    """What a stranger wrote, in one line that shows all its characters; so many of them at most."""
    return escape_for_terminal(line(text))[:most]


def resume_command(command: str, address: str) -> str:
    """A command that ends something for an address, as it is typed into a shell."""
    no_option = "-- " if address.startswith("-") else ""
    return f"email-connector {command} {no_option}{shlex.quote(shown(address))}"
