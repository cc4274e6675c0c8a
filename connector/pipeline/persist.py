"""Stage 7: what is written down: the outcome, the ticket's new state, who is on it then (B5, B12, B14, B70, B92)."""

from __future__ import annotations

from connector.mail.model import COMMAND, Mail
from connector.pipeline.authentication import FAILED
from connector.pipeline.holding import NOT_AUTHENTIC, UNKNOWN
from connector.pipeline.marker import MARKER, proven_id
from connector.pipeline.policy import Policy
from connector.pipeline.reasons import in_words
from connector.pipeline.reported import not_ours
from connector.pipeline.verdicts import Additions, Circle, Match, Reason, Record, Reported, Scope, Sender, because
from storage.records import Change, ExternalRecipient, Facts, Ticket


def persist(
    mail: Mail, sender: Sender, match: Match, scope: Scope, additions: Additions, facts: Facts, policy: Policy
) -> Record:
    """The record of a mail; all of it becomes visible in one transaction, or none of it does."""
    outcome, reasons = _outcome(mail, sender, match, facts, policy)
    if outcome != "filed":
        return Record(outcome, reasons)
    circle, heard_of = _circle(match, additions, facts), _heard_of(mail, sender, scope, facts)
    if match.reported is not None:
        return _on_report(match, match.reported, circle, reasons)
    inbox = sender.kind != "employee"
    return Record(
        outcome,
        reasons,
        circle,
        (*_changes(match, additions, policy, inbox=inbox), *_resumed(heard_of, facts)),
        status=policy.connector.reopen_status if match.reopened else None,
        in_inbox=True if inbox else None,
        unread=True if inbox else None,
        heard_of=heard_of,
    )


def _on_report(match: Match, report: Reported, circle: Circle, reasons: tuple[Reason, ...]) -> Record:
    """A mail that did not arrive puts its ticket into the Inbox, and so does a report that nobody can place (B11)."""
    inbox = bool(report.failures) or not report.believed
    out = match.ticket is not None and not match.ticket.in_inbox
    changes = (Change("inbox", "out", "in", "delivery failed"),) if inbox and out else ()
    return Record("filed", reasons, circle, (*changes, *_pausing(match)), in_inbox=True if inbox else None)


def _heard_of(mail: Mail, sender: Sender, scope: Scope, facts: Facts) -> str:
    """The sender's address where mail to it failed and a person now writes from there, not proved to be another."""
    written = not scope.automatic and sender.trusted and sender.authentication != FAILED
    return sender.address if written and sender.address in facts.failing and mail.envelope.road != COMMAND else ""


def _resumed(address: str, facts: Facts) -> tuple[Change, ...]:
    """The entry that tells of a suspension's end."""
    return (Change("suspended", address, "", "mail came from there"),) if facts.failing.get(address) else ()


def _outcome(mail: Mail, sender: Sender, match: Match, facts: Facts, policy: Policy) -> tuple[str, tuple[Reason, ...]]:
    own = _own(mail, facts, policy)
    if own is not None:
        return "own", (own,)
    if facts.duplicate_of is not None:
        return "duplicate", (because("received-before", mail=facts.duplicate_of),)
    skipped = _no_mail_of_ours(sender, match, policy) or _by_rule(mail, sender, match)
    if skipped is not None:
        return "skipped", (skipped,)
    if sender.hold and not _is_known_there(sender, match):
        return _waiting(sender)
    hops, limit = len(mail.all_headers("Received")), policy.connector.max_received_headers
    if hops > limit and not mail.envelope.release:
        return "held", (because("too-many-hops", hops=hops, limit=limit),)
    doubts = (match.pause.because,) if match.pause else ()
    if facts.message_id_known and facts.duplicate_of is None:
        doubts = (*doubts, because("message-id-used-before", message_id=mail.message_id))
    return "filed", doubts


def _no_mail_of_ours(sender: Sender, match: Match, policy: Policy) -> Reason | None:
    """Why a delivery report belongs to no ticket, or None: it is on a mail that we did not send, or on an alarm."""
    report = sender.nature.report
    if report is None or match.ticket is not None:
        return None
    if match.reported is not None:
        return because("report-on-alarm", message_id=match.reported.message_id)
    return not_ours(report, policy.installation)


def _by_rule(mail: Mail, sender: Sender, match: Match) -> Reason | None:
    """B14: the rule that skips a machine's mail; not a report on a mail of ours, nor what a person let out."""
    if not sender.nature.skip or match.reported is not None or mail.envelope.release:
        return None
    return because("rule-skips-it", rule=sender.nature.skip)


def _waiting(sender: Sender) -> tuple[str, tuple[Reason, ...]]:
    """Held, or rejected where a person has chosen that for such mails of this sender (B9)."""
    why = because(sender.hold, address=sender.address)
    if sender.ruling is None:
        return "held", (why, *(sender.proof if sender.hold == NOT_AUTHENTIC else ()))
    return "rejected", (sender.ruling.because, why)


def _is_known_there(sender: Sender, match: Match) -> bool:
    """Whether somebody unknown has a say in the ticket all the same (B33); then there is nothing to decide (B25)."""
    return sender.hold == UNKNOWN and match.ticket is not None and match.verified


def _own(mail: Mail, facts: Facts, policy: Policy) -> Reason | None:
    """B12: a mail of this installation that came back; a marker without the right key is a stranger's."""
    if facts.own_message:
        return because("own-message-id", message_id=mail.message_id)
    for value in mail.all_headers(MARKER):
        if message_id := proven_id(policy.installation, value):
            return because("own-marker", message_id=message_id)
    return None


def _circle(match: Match, additions: Additions, facts: Facts) -> Circle:
    """Everybody on the ticket, those who were there before first."""
    ticket, opening = match.ticket, match.opening
    joining = [addition.recipient for addition in additions.added]
    external = ticket.external if ticket else ()
    listed = ticket.employee_ids if ticket else ()
    roles = ticket.roles if ticket else ()
    manager_id = ticket.manager_id if ticket else opening.manager_id if opening else None
    account_id = ticket.account_id if ticket else opening.account_id if opening else None
    account = facts.accounts.get(account_id) if account_id is not None else None
    return Circle(
        (*external, *(ExternalRecipient(new.address, new.name, new.type) for new in joining if new.list == "external")),
        (*listed, *(new.employee_id for new in joining if new.employee_id is not None)),
        (*roles, *(new.role for new in joining if new.role)),
        manager_id,
        account.manager_id if account else None,
        ticket.opened_by_id if ticket else opening.opened_by_id if opening else None,
    )


def _changes(match: Match, additions: Additions, policy: Policy, *, inbox: bool) -> tuple[Change, ...]:
    """B71: what this mail changes on the ticket, field by field."""
    ticket = match.ticket
    changes = []
    if match.reopened and ticket is not None:
        changes.append(Change("status", ticket.status, policy.connector.reopen_status, "a customer wrote again"))
    if inbox and not (ticket and ticket.in_inbox):
        changes.append(Change("inbox", "out", "in", "new ticket by mail" if ticket is None else "customer's mail"))
    if ticket is not None:
        changes += _ticket_changes(ticket, match, additions, inbox=inbox)
    return tuple(changes)


def _ticket_changes(ticket: Ticket, match: Match, additions: Additions, *, inbox: bool) -> list[Change]:
    changes = []
    if inbox and not ticket.unread:
        changes.append(Change("unread", "read", "unread", "customer's mail"))
    changes += _pausing(match)
    joining = ", ".join(addition.address for addition in additions.added)
    if joining:
        changes.append(Change("recipients", "", joining, "named in the mail"))
    return changes


def _pausing(match: Match) -> tuple[Change, ...]:
    """The entry that tells of a pause's beginning (B13)."""
    if match.pause is None or not match.pause.begins:
        return ()
    return (Change("pause", "", match.pause.sender, in_words(match.pause.because)),)
