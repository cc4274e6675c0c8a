"""Part of stage 3: whether a sender writes so much on a ticket that it looks like a loop (B13)."""

from __future__ import annotations

from connector.pipeline.authentication import is_refuted
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import Pause, Sender, because
from storage.addresses import pair_name
from storage.records import Facts, Pace, Ticket


def breaker(sender: Sender, ticket: Ticket, facts: Facts, policy: Policy) -> Pause | None:
    """Why this pair of sender and ticket is paused; None where the mail may be distributed, as employees' mails may."""
    if sender.kind == "employee":
        return None
    pace, name = facts.paces.get(ticket.id, Pace()), pair_name(sender.address)
    if pace.paused_at is not None:
        return Pause(name, because("pair-paused", sender=name, since=f"{pace.paused_at:%Y-%m-%d %H:%M} UTC"))
    refuted, limit = is_refuted(sender), policy.connector.mails_per_ticket_per_hour
    mails = tuple(one for one in pace.mails if one.refuted is refuted)
    if len(mails) < limit:
        return None
    if refuted:  # whoever forges an address must not silence the one whose it is
        return Pause(name, because("forgeries-too-fast", sender=name, limit=limit))
    return Pause(name, because("pair-too-fast", sender=name, limit=limit), begins=True, evidence=mails)
