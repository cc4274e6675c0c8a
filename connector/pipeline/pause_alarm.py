"""Part of stage 8: what the ticket's manager is told when a pair of sender and ticket is paused (B13)."""

from __future__ import annotations

from connector.pipeline.alarm_mail import alarm_mail, can_be_told, resume_command, shown
from connector.pipeline.opening import manager_of
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.verdicts import Delivery, Match, Pause
from storage.records import Employee, Facts, PacedMail, Ticket

SUBJECTS = 5
"""So many of the mails that were counted are told by their subjects."""

MAX_SHOWN = 120


def pause_alarm(match: Match, pause: Pause, facts: Facts, policy: Policy, receipt: Receipt) -> Delivery | None:
    """The mail to the manager, who gets it whatever mail he wants; None where there is nobody to tell."""
    assert match.ticket is not None
    manager = _manager(match.ticket, facts, policy)
    if manager is None:
        return None
    sender = shown(pause.sender, MAX_SHOWN)
    body = policy.paused_pair.render(
        number=match.number,
        subject=shown(match.ticket.subject, MAX_SHOWN),
        name=manager.name,
        sender=sender,
        limit=str(policy.connector.mails_per_ticket_per_hour),
        mails="\n".join(map(_mail, pause.evidence[:SUBJECTS])),
        command=resume_command(f"ticket resume {match.number}", pause.sender),
    )
    to, subject = (manager.name, manager.addresses[0]), f"Mails of {sender} are paused"
    return alarm_mail(to, subject, body, policy, receipt, ticket=match.ticket)


def _manager(ticket: Ticket, facts: Facts, policy: Policy) -> Employee | None:
    """The ticket's manager, else its account's, else `DefaultManager`."""
    employees = facts.directory.employees
    chosen = employees.get(ticket.manager_id) if ticket.manager_id is not None else None
    if chosen is None or not chosen.active:
        other = manager_of(facts.accounts.get(ticket.account_id), facts.directory, policy.default_manager)
        chosen = employees[other] if other is not None else None
    return chosen if chosen and can_be_told(chosen) else None


def _mail(mail: PacedMail) -> str:
    return f"{mail.at:%Y-%m-%d %H:%M} UTC  {shown(mail.subject, MAX_SHOWN)}"
