"""From a decision to its effects: the values that the store writes in one transaction (B70)."""

from __future__ import annotations

from connector.mail.model import Mail
from connector.pipeline.explain import as_dict, as_json
from connector.pipeline.outgoing import outgoing
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.verdicts import Decision, Opening
from storage.records import Filing, MailRecord, NewAttachment, NewEntry, NewTicket

MAX_DESCRIPTION = 2000


def effects(decision: Decision, directory_version: int, policy: Policy, receipt: Receipt) -> Filing:
    """Everything this mail changes; a mail that is not filed changes the ledger alone."""
    told = as_json(as_dict(decision))
    failures = decision.match.reported.failures if decision.match.reported else ()
    if decision.record.outcome not in ("filed", "skipped"):
        failures = ()
    if decision.record.outcome != "filed":
        ledger = _ledger(decision, receipt, told)
        return Filing(ledger, receipt.now, directory_version=directory_version, failures=failures)
    ticket, record = decision.match.ticket, decision.record
    return Filing(
        mail=_ledger(decision, receipt, None),
        at=receipt.now,
        actor=_actor(decision),
        directory_version=directory_version,
        ticket_id=ticket.id if ticket else None,
        ticket_version=ticket.version if ticket else 0,
        new_ticket=_new_ticket(decision, decision.match.opening) if decision.match.opening else None,
        entry=_entry(decision, told),
        changes=record.changes,
        status=record.status,
        in_inbox=record.in_inbox,
        unread=record.unread,
        recipients=tuple(addition.recipient for addition in decision.additions.added),
        pause=decision.match.pause.sender if decision.match.pause and decision.match.pause.begins else "",
        outgoing=tuple(outgoing(decision.mail, decision.sender, made, policy, receipt) for made in decision.deliveries),
        failures=failures,
        heard_of=record.heard_of,
    )


def _actor(decision: Decision) -> str:
    return decision.sender.address or "unknown"


def _ledger(decision: Decision, receipt: Receipt, told: str | None) -> MailRecord:
    """The mail's row in the ledger; what waits for a person must not make its own release a duplicate."""
    mail, record = decision.mail, decision.record
    reason = record.because[0].code if record.because else ""
    return MailRecord(
        spool_id=receipt.spool_id,
        received_at=receipt.received_at,
        road=mail.envelope.road,
        sha256=mail.sha256,
        size=len(mail.raw),
        message_id=mail.message_id,
        dedupe_key=decision.dedupe_key if record.outcome == "filed" else None,
        sender=decision.sender.address,
        subject=mail.subject,
        outcome=record.outcome,
        reason=reason,
        decision=told,
    )


def _new_ticket(decision: Decision, opening: Opening) -> NewTicket:
    match = decision.match
    follows = f"Follows ticket {match.follows}, which is closed.\n\n" if match.follows else ""
    return NewTicket(
        number=match.number,
        account_id=opening.account_id,
        account_name=opening.account_name,
        contact_id=opening.contact_id,
        manager_id=opening.manager_id,
        opened_by_id=opening.opened_by_id,
        subject=decision.mail.subject or "(no subject)",
        description=(follows + decision.written.text)[:MAX_DESCRIPTION],
    )


def _entry(decision: Decision, told: str) -> NewEntry:
    mail, sender, forwarded = decision.mail, decision.sender, decision.match.forwarded
    return NewEntry(
        kind="delivery-report" if decision.match.reported else "email",
        direction="in",
        actor=_actor(decision),
        public=decision.scope.public,
        subject=mail.subject,
        text=decision.written.text,
        whole_text=decision.written.whole or mail.text,
        sender_address=sender.address,
        sender_name=sender.name,
        sender_kind=sender.kind,
        authentication=sender.authentication,
        on_behalf_name=forwarded.name if forwarded else "",
        on_behalf_address=forwarded.address if forwarded else "",
        verified=decision.match.verified,
        message_id=mail.message_id,
        original_sha256=mail.sha256,
        decision=told,
        attachments=_attachments(mail),
    )


def _attachments(mail: Mail) -> tuple[NewAttachment, ...]:
    return tuple(NewAttachment(one.number, one.name, one.type, one.size) for one in mail.attachments)
