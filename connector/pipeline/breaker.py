"""Part of stage 3: whether a sender writes so much on a ticket that it looks like a loop (B13)."""

from __future__ import annotations

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
    mails, limit = len(pace.mails) + 1, policy.connector.mails_per_ticket_per_hour
    if mails <= limit:
        return None
    return Pause(name, because("pair-too-fast", sender=name, limit=limit), begins=True, evidence=pace.mails)
