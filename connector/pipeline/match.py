"""Stage 3: which ticket the mail belongs to, and whether its sender has a say there (B30 to B36)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connector.mail.model import Mail
from connector.pipeline.automatic import automatic_reasons
from connector.pipeline.ingest import numbers_in, referenced
from connector.pipeline.opening import opening
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.verdicts import Match, Reason, Sender, because
from storage.records import Facts, Ticket

Found = tuple[Ticket | None, tuple[Reason, ...]]


def match_ticket(mail: Mail, sender: Sender, facts: Facts, policy: Policy, receipt: Receipt) -> Match:
    """The ticket named in the subject, else the one of the message answered, else a new one."""
    ticket, reasons = _find(mail, facts, policy)
    if ticket is None:
        return _new(mail, sender, facts, policy, reasons)
    say = _has_say(mail, sender, ticket, facts)
    match = Match(ticket, ticket.number, verified=say.code not in NO_SAY, because=(*reasons, say))
    if ticket.is_open:
        return match
    return _on_closed(mail, sender, facts, policy, receipt, match)


def _find(mail: Mail, facts: Facts, policy: Policy) -> Found:
    ticket, reasons = _by_number(numbers_in(mail.subject, policy), facts)
    if ticket is not None:
        return ticket, reasons
    threaded, more = _by_thread(mail, facts)
    return threaded, (*reasons, *more)


def _by_number(numbers: tuple[str, ...], facts: Facts) -> Found:
    """The first number that names a ticket (B31); one that was merged leads on (B34)."""
    reasons: list[Reason] = []
    for number in numbers:
        ticket = facts.tickets.get(facts.numbers.get(number, 0))
        if ticket is None:
            reasons.append(because("number-names-no-ticket", number=number))
            continue
        reasons.append(because("number-in-subject", number=number))
        if ticket.number != number:
            reasons.append(because("ticket-was-merged", number=number, into=ticket.number))
        return ticket, tuple(reasons)
    return None, tuple(reasons)


def _by_thread(mail: Mail, facts: Facts) -> Found:
    """The ticket of the nearest message that this one answers (B32)."""
    for message_id in referenced(mail):
        known = facts.messages.get(message_id)
        if known is not None and known.ticket_id in facts.tickets:
            header = "In-Reply-To" if message_id in mail.in_reply_to else "References"
            return facts.tickets[known.ticket_id], (because("answers-message", message_id=message_id, header=header),)
    return None, ()


NO_SAY = frozenset(("not-on-ticket", "sender-not-trusted", "employee-restricted", "released-as-unverified"))


def _has_say(mail: Mail, sender: Sender, ticket: Ticket, facts: Facts) -> Reason:
    """Why the sender may speak on the ticket, or one of `NO_SAY` (B33)."""
    if mail.envelope.release == "unverified":
        return because("released-as-unverified", by=mail.envelope.released_by)
    if sender.restricted:
        return because("employee-restricted", restriction=sender.restricted)
    if sender.kind == "employee":
        return because("sender-is-employee")
    if not sender.trusted:
        return because("sender-not-trusted")
    if any(sender.address == recipient.address for recipient in ticket.external):
        return because("sender-is-recipient", address=sender.address)
    if sender.address in ticket.contact_addresses:
        return because("sender-is-contact", address=sender.address)
    if sender.account_id is not None and sender.account_id == ticket.account_id:
        return because("sender-of-account", account=facts.accounts[ticket.account_id].name)
    issued = (known for known in map(facts.messages.get, referenced(mail)) if known is not None and known.issued)
    answered = next((known for known in issued if known.ticket_id == ticket.id), None)
    if answered is not None:
        return because("answers-issued-message", message_id=answered.message_id)
    return because("not-on-ticket", address=sender.address)


def _on_closed(mail: Mail, sender: Sender, facts: Facts, policy: Policy, receipt: Receipt, match: Match) -> Match:
    """B35: a customer's mail reopens for some days; an employee's, a robot's or a stranger's never does."""
    if sender.kind == "employee" or not match.verified or automatic_reasons(mail, policy.rules):
        return replace(match, because=(*match.because, because("closed-stays-closed", number=match.number)))
    assert match.ticket is not None
    closed_at = match.ticket.closed_at or receipt.now
    days = policy.connector.reopen_days
    age = receipt.now - closed_at
    if days and age <= timedelta(days=days):
        reason = because("reopened", number=match.number, days=age.days, limit=days)
        return replace(match, reopened=True, because=(*match.because, reason))
    reason = because("closed-too-long", number=match.number, days=age.days, limit=days)
    return replace(_new(mail, sender, facts, policy, (*match.because, reason)), follows=match.number)


def _new(mail: Mail, sender: Sender, facts: Facts, policy: Policy, reasons: tuple[Reason, ...]) -> Match:
    opened, why = opening(mail, sender, facts, policy)
    verified = not sender.restricted and mail.envelope.release != "unverified"
    return Match(None, facts.next_number, opened, verified=verified, because=(*reasons, because("new-ticket"), why))
