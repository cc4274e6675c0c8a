"""Stage 8: who is told, by which mails (B79 to B86)."""

from __future__ import annotations

from collections.abc import Iterator

from connector.mail.model import COMMAND, Mail
from connector.pipeline.audience import contact_addresses, employees_to_tell, outsiders
from connector.pipeline.concealment import hide, name_without_address, own_addresses, reveals
from connector.pipeline.marker import new_message_id
from connector.pipeline.pause_alarm import pause_alarm
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.respond import response
from connector.pipeline.subject import with_number
from connector.pipeline.verdicts import Delivery, Match, Record, Reported, Scope, Sender
from storage.addresses import domain_of
from storage.records import Employee, Facts

UNIDENTIFIED = "Unidentified sender"
"""The name in From where the mail's own From is not in order."""

Pair = tuple[str, str]


def distribute(
    mail: Mail,
    sender: Sender,
    match: Match,
    scope: Scope,
    record: Record,
    facts: Facts,
    policy: Policy,
    receipt: Receipt,
) -> tuple[Delivery, ...]:
    """The mails to send; none where the mail was not filed, or where nobody is left to be told."""
    if record.outcome != "filed":
        return ()
    if match.pause:
        told = pause_alarm(match, match.pause, facts, policy, receipt) if match.pause.begins else None
        return (told,) if told else ()
    inside_only = scope.internal or not match.verified or sender.kind != "employee"
    make = _inside if inside_only else _outside
    made = make(mail, sender, match, record, facts, policy, receipt)
    answer = response(mail, sender, match, scope, facts, policy, receipt)
    return tuple(delivery for delivery in (made, answer) if delivery is not None and delivery.envelope)


def _outside(
    mail: Mail, sender: Sender, match: Match, record: Record, facts: Facts, policy: Policy, receipt: Receipt
) -> Delivery:
    """B80: an employee's external mail: the External Recipients as set, the employees in Bcc."""
    own = own_addresses(mail, sender, policy)
    people = outsiders(record.circle, sender, facts, policy, own)
    having = _having(mail, facts)
    inside = employees_to_tell(record.circle, sender, facts, policy)
    envelope = [person.address for person in people if person.address not in having]
    envelope += [employee.addresses[0] for employee in inside]
    to, cc = (tuple((name_without_address(p.name), p.address) for p in people if p.type == t) for t in ("to", "cc"))
    return _delivery(mail, sender, match, policy, receipt, to, cc, envelope, own, outward=True)


def _having(mail: Mail, facts: Facts) -> set[str]:
    """Who has the mail already: those in To and Cc, by any of their addresses, where a mail program sent it."""
    if mail.envelope.road == COMMAND:
        return set()
    return {one for person in (*mail.to, *mail.cc) for one in (person.key, *contact_addresses(person.key, facts))}


def _inside(
    mail: Mail, sender: Sender, match: Match, record: Record, facts: Facts, policy: Policy, receipt: Receipt
) -> Delivery:
    """B81, B82: employees alone, the Ticket Manager in To, the others in Cc; nobody where the sender is inactive."""
    inside = employees_to_tell(record.circle, sender, facts, policy) if sender.restricted != "inactive" else ()
    if match.reported is not None:
        inside = _not_reported(inside, match.reported)
    manager = record.circle.manager_id
    to = tuple((employee.name, employee.addresses[0]) for employee in inside if employee.id == manager)
    cc = tuple((employee.name, employee.addresses[0]) for employee in inside if employee.id != manager)
    envelope = [address for _, address in (*to, *cc)]
    return _delivery(mail, sender, match, policy, receipt, to, cc, envelope, frozenset(), outward=False)


def _not_reported(inside: tuple[Employee, ...], report: Reported) -> tuple[Employee, ...]:
    """Who is told of a report: nobody whom it names, and nobody at all of one on a report, or there is no end of it."""
    return () if report.echo else tuple(e for e in inside if report.addresses.isdisjoint(e.addresses))


def _delivery(
    mail: Mail,
    sender: Sender,
    match: Match,
    policy: Policy,
    receipt: Receipt,
    to: tuple[Pair, ...],
    cc: tuple[Pair, ...],
    envelope: list[str],
    secrets: frozenset[str],
    *,
    outward: bool,
) -> Delivery:
    public = policy.public_address
    subject = hide(mail.subject, secrets, public) if secrets else mail.subject
    return Delivery(
        kind="distribution",
        sender=(sender_name(sender, policy, outward=outward), public),
        reply_to=public,
        to=to or (("", public),),
        cc=cc,
        envelope=tuple(dict.fromkeys(envelope)),
        envelope_from="" if match.reported else public,
        subject=with_number(subject, match.number, policy),
        message_id=new_message_id(policy.installation, receipt, "mail", domain_of(public)),
        references=tuple(one for one in _references(mail, match, outward=outward) if not reveals(one, secrets)),
        outward=outward,
    )


def sender_name(sender: Sender, policy: Policy, *, outward: bool) -> str:
    """The name that stands in From (B84); a name that holds an address is no name, nor is one that may be forged."""
    if outward and not policy.connector.use_employee_sender_name:
        return policy.connector.response_from_name
    if not sender.trusted:
        return UNIDENTIFIED
    name = name_without_address(sender.name)
    if name:
        return name
    return policy.connector.response_from_name if outward else sender.address.replace("@", " at ")


def _references(mail: Mail, match: Match, *, outward: bool) -> Iterator[str]:
    """The ticket's Message-IDs that the receivers may have seen, oldest first; outsiders see none from inside."""
    for known in match.ticket.thread if match.ticket else ():
        if known.outward or not outward:
            yield known.message_id
    if not outward and mail.message_id:
        yield mail.message_id
