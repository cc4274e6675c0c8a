"""A reply by command: a mail of the acting employee's, taken through the stages like any other."""

from __future__ import annotations

from connector.cli.refusal import Refused
from connector.cli.runs import Filing
from connector.cli.session import Session
from connector.clock import utc_now
from connector.intake.files import MailFile
from connector.mail.model import COMMAND, Envelope
from connector.mail.writing import plain_mail
from connector.pipeline.reasons import in_words
from connector.pipeline.subject import with_number
from connector.pipeline.verdicts import Decision
from connector.processing import Processor
from storage.records import Ticket


def write(session: Session, ticket: Ticket, text: str, *, internal: bool) -> bytes:
    """The mail that the employee's client would have sent: internal with the public address in Cc alone (B41)."""
    employee = session.actor.employee
    assert employee is not None
    public = session.policy.public_address
    to, cc = ((), (public,)) if internal else ((public,), ())
    answered = ticket.thread[-1].message_id if ticket.thread else ""
    subject = answering(with_number(ticket.subject, ticket.number, session.policy))
    return plain_mail((employee.name, employee.addresses[0]), to, cc, subject, text, utc_now(), answered)


def answering(subject: str) -> str:
    """The subject of an answer, as mail programs write it."""
    return subject if subject[:3].lower() == "re:" else f"Re: {subject}"


def send(session: Session, ticket: Ticket, raw: bytes, *, internal: bool) -> tuple[str, ...]:
    """File the mail and give its deliveries to the courier; who gets it. Refused where it would be something else."""
    employee = session.actor.employee
    assert employee is not None
    address, to = employee.addresses[0], (session.policy.public_address,)
    envelope = Envelope(address, to, has_sender=True, road=COMMAND, auth_user=address)
    _check(_decided(session, raw, envelope), session, ticket, internal=internal)
    with Filing(session.settings, session.book) as run:
        outcome = run.take(MailFile("reply", raw, COMMAND), envelope)
    if outcome.decision is None:
        raise Refused(outcome.fault)
    return tuple(address for delivery in outcome.decision.deliveries for address in delivery.envelope)


def _decided(session: Session, raw: bytes, envelope: Envelope) -> Decision:
    processor = Processor(session.store, session.originals, session.policy)
    return processor.dry_run(raw, envelope).decision


def _check(decision: Decision, session: Session, ticket: Ticket, *, internal: bool) -> None:
    """Nothing is sent before it is sure that the stages take it for what was asked."""
    if decision.sender.employee_id != session.actor.employee_id:
        raise Refused(f"the mail is from {decision.sender.address or 'nobody'}, not from {session.actor.name}")
    if decision.record.outcome != "filed":
        raise Refused(f"it would be {decision.record.outcome}: {'; '.join(map(in_words, decision.record.because))}")
    if decision.match.new or decision.match.number != ticket.number:
        raise Refused(f"its subject and references lead to ticket {decision.match.number}, not to {ticket.number}")
    if decision.scope.internal and not internal:
        why = "; ".join(map(in_words, decision.scope.because))
        raise Refused(f"it would stay inside: {why}. Say --internal if that is meant")
    if internal and not decision.scope.internal:
        raise Refused("it would go to customers: the public address stands in To, the keyword not in the subject")
