"""Stage 3: which ticket the mail belongs to, and whether its sender has a say there (B13, B30 to B36)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from connector.mail.model import Mail
from connector.pipeline.authentication import is_refuted
from connector.pipeline.breaker import breaker
from connector.pipeline.holding import is_unverified, silences
from connector.pipeline.ingest import numbers_in, numbers_of_report, referenced
from connector.pipeline.lookalike import look_alike
from connector.pipeline.opening import opening
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.reported import not_ours, reported
from connector.pipeline.verdicts import Match, Reason, Reported, Sender, because
from connector.privileges import OTHER_TICKETS
from storage.addresses import domain_of
from storage.records import Employee, Facts, Ticket

Found = tuple[Ticket | None, tuple[Reason, ...]]


def match_ticket(mail: Mail, sender: Sender, facts: Facts, policy: Policy, receipt: Receipt) -> Match:
    """The ticket of the mail reported on, the one named in the subject, that of the message answered, or a new one."""
    report = reported(sender.nature.report, facts)
    if report is not None:
        return _reported_on(report, sender, facts, policy)
    ticket, reasons = _find(mail, sender, facts, policy)
    if ticket is None:
        return _new(mail, sender, facts, policy, reasons)
    say = _has_say(mail, sender, ticket, facts, policy)
    pause = breaker(sender, ticket, facts, policy)
    match = Match(ticket, ticket.number, verified=say.code not in NO_SAY, pause=pause, because=(*reasons, say))
    if ticket.is_open:
        return match
    return _on_closed(mail, sender, facts, policy, receipt, match)


def _reported_on(report: Reported, sender: Sender, facts: Facts, policy: Policy) -> Match:
    """Where the mail belongs that did not arrive (B11); one of no ticket, an alarm, leads to none."""
    known = facts.messages.get(report.message_id)
    ticket = facts.tickets.get(known.ticket_id) if known else None
    if ticket is None:
        return Match(None, "", verified=report.believed, because=report.because, reported=report)
    pause = breaker(sender, ticket, facts, policy)
    return Match(ticket, ticket.number, verified=report.believed, pause=pause, because=report.because, reported=report)


def _find(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> Found:
    numbers, report = numbers_in(mail.subject, policy), sender.nature.report
    strange = not_ours(report, policy.installation) if report is not None else None
    why = (strange,) if strange is not None else ()
    if report is not None:
        numbers += numbers_of_report(mail, policy)
    ticket, reasons = _by_number(numbers, facts)
    reasons = (*why, *reasons)
    if ticket is not None:
        taken_to, more = _taken_from(ticket, mail, facts)
        return taken_to or ticket, (*reasons, *more)
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


def _taken_from(ticket: Ticket, mail: Mail, facts: Facts) -> Found:
    """Where the message answered went, if it was filed on this ticket first: its number stands in the subject (B38)."""
    for message_id in referenced(mail):
        known = facts.messages.get(message_id)
        if known is None or ticket.id not in (known.ticket_id, known.taken_from):
            continue
        if known.ticket_id == ticket.id:
            break
        taken_to = facts.tickets[known.ticket_id]
        why = because("entry-was-taken", message_id=message_id, number=ticket.number, to=taken_to.number)
        return taken_to, (why,)
    return None, ()


def _by_thread(mail: Mail, facts: Facts) -> Found:
    """The ticket of the nearest message that this one answers (B32)."""
    for message_id in referenced(mail):
        known = facts.messages.get(message_id)
        if known is not None and known.ticket_id in facts.tickets:
            header = "In-Reply-To" if message_id in mail.in_reply_to else "References"
            return facts.tickets[known.ticket_id], (because("answers-message", message_id=message_id, header=header),)
    return None, ()


NO_SAY = frozenset((
    "not-on-ticket", "sender-not-trusted", "employee-restricted", "released-as-unverified", "not-an-own-ticket",
    "authentication-failed", "looks-like",
))  # fmt: skip


def _has_say(mail: Mail, sender: Sender, ticket: Ticket, facts: Facts, policy: Policy) -> Reason:
    """Why the sender may speak on the ticket, or one of `NO_SAY` (B33)."""
    barred = _barred(sender)
    if barred is not None:
        return barred
    if sender.employee_id is not None:
        return _employee_say(facts.directory.employees[sender.employee_id], ticket, policy)
    return _known_there(sender, ticket, facts) or _stranger_say(mail, sender, ticket, facts)


def _barred(sender: Sender) -> Reason | None:
    """Why this mail has no say on any ticket, or None."""
    if sender.ruling is not None and silences(sender):
        return because("released-as-unverified", by=sender.ruling.by)
    if sender.restricted:
        return because("employee-restricted", restriction=sender.restricted)
    if not sender.trusted:
        return because("sender-not-trusted")
    if is_refuted(sender):
        return because("authentication-failed", address=sender.address)
    return None


def _known_there(sender: Sender, ticket: Ticket, facts: Facts) -> Reason | None:
    """How somebody outside belongs to the ticket, or None."""
    if any(recipient.address in sender.addresses for recipient in ticket.external):
        return because("sender-is-recipient", address=sender.address)
    if not sender.addresses.isdisjoint(ticket.contact_addresses):
        return because("sender-is-contact", address=sender.address)
    if sender.address and sender.address == ticket.first_sender:
        return because("sender-opened-it", address=sender.address)
    if ticket.account_id in _accounts(sender, facts):
        return because("sender-of-account", account=facts.accounts[ticket.account_id].name)
    return None


def _stranger_say(mail: Mail, sender: Sender, ticket: Ticket, facts: Facts) -> Reason:
    """Who answers what was sent for the ticket was given it; not who only reads like one of its people (B27)."""
    alike = look_alike(domain_of(sender.address), {domain_of(recipient.address) for recipient in ticket.external})
    if alike is not None and sender.kind == "unknown":
        return alike
    issued = (known for known in map(facts.messages.get, referenced(mail)) if known is not None and known.issued)
    answered = next((known for known in issued if known.ticket_id == ticket.id), None)
    if answered is not None:
        return because("answers-issued-message", message_id=answered.message_id)
    return because("not-on-ticket", address=sender.address)


def _employee_say(employee: Employee, ticket: Ticket, policy: Policy) -> Reason:
    """Employees speak on all tickets that they may see (B96)."""
    own = employee.id in (ticket.manager_id, ticket.opened_by_id)
    if own or policy.may(employee, OTHER_TICKETS):
        return because("sender-is-employee")
    return because("not-an-own-ticket", name=employee.name, privilege=OTHER_TICKETS)


def _accounts(sender: Sender, facts: Facts) -> set[int]:
    """The accounts that the sender belongs to; an address may stand in several."""
    known = {contact.account_id for contact in facts.contacts.get(sender.address, ())}
    known |= {account.id for account in facts.account_addresses.get(sender.address, ())}
    return known | ({sender.account_id} if sender.account_id is not None else set())


def _on_closed(mail: Mail, sender: Sender, facts: Facts, policy: Policy, receipt: Receipt, match: Match) -> Match:
    """B35: a customer's mail reopens for some days; an employee's, a robot's, a stranger's, one too many never does."""
    if sender.kind == "employee" or not match.verified or sender.nature.automatic or match.pause:
        return replace(match, because=(*match.because, because("closed-stays-closed", number=match.number)))
    assert match.ticket is not None
    closed_at = match.ticket.closed_at or receipt.received_at
    days = policy.connector.reopen_days
    age = receipt.received_at - closed_at  # what a mail waited here does not count against its writer
    if days and age <= timedelta(days=days):
        reason = because("reopened", number=match.number, days=age.days, limit=days)
        return replace(match, reopened=True, because=(*match.because, reason))
    reason = because("closed-too-long", number=match.number, days=age.days, limit=days)
    return replace(_new(mail, sender, facts, policy, (*match.because, reason)), follows=match.number)


def _new(mail: Mail, sender: Sender, facts: Facts, policy: Policy, reasons: tuple[Reason, ...]) -> Match:
    opened, why = opening(mail, sender, facts, policy)
    refuted = (because("authentication-failed", address=sender.address),) if is_refuted(sender) else ()
    verified = not sender.restricted and not is_unverified(sender) and not refuted
    all_reasons = (*reasons, because("new-ticket"), *why, *refuted)
    return Match(None, facts.next_number, opened, verified=verified, because=all_reasons)
