"""Part of stage 8: the automatic response to a new ticket (B86)."""

from __future__ import annotations

from connector.mail.model import Mail
from connector.pipeline.answer import answer_address
from connector.pipeline.marker import new_message_id
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.subject import with_number
from connector.pipeline.verdicts import Delivery, Match, Scope, Sender
from storage.addresses import domain_of
from storage.records import Facts


def response(
    mail: Mail, sender: Sender, match: Match, scope: Scope, facts: Facts, policy: Policy, receipt: Receipt
) -> Delivery | None:
    """The answer that tells a customer the number of the new ticket, or None where none may be sent."""
    address = answer_address(mail, sender, facts, policy)
    if not address or facts.failing.get(address) or not _may_respond(sender, match, scope, facts, policy):
        return None
    return answer(mail, sender, address, match.number, match.follows, policy, receipt)


def answer(
    mail: Mail, sender: Sender, address: str, number: str, follows: str, policy: Policy, receipt: Receipt
) -> Delivery:
    """The answer itself, to one address; `follows` is the number of the closed ticket that the new one follows."""
    known = sender.kind != "unknown" and address in sender.addresses  # else it may be sent to a third party
    subject = with_number(mail.subject if known else "", number, policy)
    name = sender.name if known else ""
    return Delivery(
        kind="response",
        sender=(policy.connector.response_from_name, policy.public_address),
        reply_to=policy.public_address,
        to=((name, address),),
        cc=(),
        envelope=(address,),
        envelope_from="",
        subject=subject,
        message_id=new_message_id(policy.installation, receipt, "answer", domain_of(policy.public_address)),
        references=(mail.message_id,) if mail.message_id else (),
        outward=True,
        body=policy.response.render(
            number=number, name=name, follows=follows, from_name=policy.connector.response_from_name
        ),
    )


def _may_respond(sender: Sender, match: Match, scope: Scope, facts: Facts, policy: Policy) -> bool:
    """New tickets of people outside alone, and only so many an hour to one address (B13)."""
    settings = policy.connector
    return (
        settings.respond_to_new_tickets
        and match.opening is not None
        and match.verified
        and sender.kind != "employee"
        and not sender.restricted
        and not scope.automatic
        and not scope.internal
        and (sender.kind != "unknown" or settings.respond_to_unknown_senders)
        and facts.responses < settings.auto_responses_per_hour
    )
