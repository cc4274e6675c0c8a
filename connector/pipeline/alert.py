"""Part of stage 8: what customers are told of a ticket that was opened or closed by hand (B86)."""

from __future__ import annotations

from connector.pipeline.audience import outsiders
from connector.pipeline.concealment import name_without_address
from connector.pipeline.marker import new_message_id
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.subject import with_number
from connector.pipeline.verdicts import Circle, Delivery, Sender
from connector.templates import Template
from storage.addresses import domain_of
from storage.records import ExternalRecipient, Facts, Ticket

NOBODY = Sender("unknown", "", "", frozenset())
"""Alerts have no writer who must not get them back."""


def alert(
    ticket: Ticket, template: Template, description: str, facts: Facts, policy: Policy, receipt: Receipt
) -> Delivery | None:
    """The mail to all External Recipients, in To, Cc or Bcc as set; None where there is nobody to tell."""
    people = outsiders(Circle(ticket.external), NOBODY, facts, policy)
    if not people:
        return None
    public = policy.public_address
    to, cc = (tuple((name_without_address(p.name), p.address) for p in people if p.type == t) for t in ("to", "cc"))
    return Delivery(
        kind="alert",
        sender=(policy.connector.response_from_name, public),
        reply_to=public,
        to=to or (("", public),),
        cc=cc,
        envelope=tuple(person.address for person in people),
        envelope_from=public,
        subject=with_number(ticket.subject, ticket.number, policy),
        message_id=new_message_id(policy.installation, receipt, "alert", domain_of(public)),
        references=tuple(known.message_id for known in ticket.thread if known.outward),
        outward=True,
        body=template.render(
            number=ticket.number,
            subject=ticket.subject,
            name=_name(people),
            account=facts.accounts[ticket.account_id].name,
            description=description,
            from_name=policy.connector.response_from_name,
        ),
    )


def _name(people: tuple[ExternalRecipient, ...]) -> str:
    """Whom the mail speaks to: the one who gets it, if it is one."""
    return name_without_address(people[0].name) if len(people) == 1 else ""
