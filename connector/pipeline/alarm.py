"""Part of stage 8: what the ticket's manager is told when a pair of sender and ticket is paused (B13)."""

from __future__ import annotations

import shlex

from connector.mail.clean import escape_for_terminal, line
from connector.pipeline.marker import new_message_id
from connector.pipeline.opening import manager_of
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.subject import with_number
from connector.pipeline.verdicts import Delivery, Match, Pause
from storage.addresses import domain_of, is_writable
from storage.records import Employee, Facts, PacedMail, Ticket

SUBJECTS = 5
"""So many of the mails that were counted are told by their subjects."""

MAX_SUBJECT = 120


def alarm(match: Match, pause: Pause, facts: Facts, policy: Policy, receipt: Receipt) -> Delivery | None:
    """The mail to the manager, who gets it whatever mail he wants; None where there is nobody to tell."""
    assert match.ticket is not None
    manager = _manager(match.ticket, facts, policy)
    if manager is None:
        return None
    public = policy.public_address
    keyword = policy.connector.internal_keyword  # so that an answer to this mail stays inside (B40)
    return Delivery(
        kind="alarm",
        sender=(policy.connector.response_from_name, public),
        reply_to=public,
        to=((manager.name, manager.addresses[0]),),
        cc=(),
        envelope=manager.addresses[:1],
        envelope_from="",
        subject=with_number(f"Mails of {_shown(pause.sender)} are paused {keyword}", match.number, policy),
        message_id=new_message_id(policy.installation, receipt, "alarm", domain_of(public)),
        references=tuple(known.message_id for known in match.ticket.thread),
        outward=False,
        body=policy.paused_pair.render(
            number=match.number,
            subject=_shown(match.ticket.subject),
            name=manager.name,
            sender=_shown(pause.sender),
            limit=str(policy.connector.mails_per_ticket_per_hour),
            mails="\n".join(map(_mail, pause.evidence[:SUBJECTS])),
            command=resume_command(match.number, pause.sender),
        ),
    )


def _manager(ticket: Ticket, facts: Facts, policy: Policy) -> Employee | None:
    """The ticket's manager, else its account's, else `DefaultManager`."""
    employees = facts.directory.employees
    chosen = employees.get(ticket.manager_id) if ticket.manager_id is not None else None
    if chosen is None or not chosen.active:
        other = manager_of(facts.accounts.get(ticket.account_id), facts.directory, policy.default_manager)
        chosen = employees[other] if other is not None else None
    return chosen if chosen and chosen.addresses and is_writable(chosen.addresses[0]) else None


def resume_command(number: str, sender: str) -> str:
    """What ends the pause, as it is typed into a shell."""
    no_option = "-- " if sender.startswith("-") else ""
    return f"email-connector ticket resume {number} {no_option}{shlex.quote(_shown(sender))}"


def _mail(mail: PacedMail) -> str:
    return f"{mail.at:%Y-%m-%d %H:%M} UTC  {_shown(mail.subject)}"


def _shown(text: str) -> str:
    """What a stranger wrote, in one line that shows all its characters."""
    return escape_for_terminal(line(text))[:MAX_SUBJECT]
