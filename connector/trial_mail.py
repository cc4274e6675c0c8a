"""A mail to try the way out with; the store never hears of it."""

from __future__ import annotations

import secrets
from datetime import datetime

from connector.mail import clean
from connector.pipeline.alert import NOBODY
from connector.pipeline.marker import new_message_id
from connector.pipeline.outgoing import outgoing
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.verdicts import Delivery
from storage.addresses import domain_of
from storage.records import NewOutgoing


def trial_mail(to: str, subject: str, text: str, policy: Policy, now: datetime) -> NewOutgoing:
    """As any other of our own texts: from the public address, automatic, signed where mail is."""
    public, receipt = policy.public_address, Receipt(secrets.token_hex(16), now, now)
    delivery = Delivery(
        kind="alarm",
        sender=(policy.connector.response_from_name, public),
        reply_to=public,
        to=(("", to),),
        cc=(),
        envelope=(to,),
        envelope_from=public,
        subject=clean.name(subject),
        message_id=new_message_id(policy.installation, receipt, "trial", domain_of(public)),
        references=(),
        outward=True,
        body=text,
    )
    return outgoing(None, NOBODY, delivery, policy, receipt)
