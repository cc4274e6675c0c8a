"""Part of stage 3: which mail of ours a delivery report is about, and what is believed of it (B11).

Anybody can write a report. Believed is what names a Message-ID that this service issued, which nobody can guess, and a
recipient to whom that very mail was sent. So it is written by a server on the way, or by somebody who got that mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connector.mail import status
from connector.mail.model import DeliveryReport, FailedRecipient, Mail
from connector.pipeline.marker import MARKER, proven_id
from connector.pipeline.policy import Installation
from connector.pipeline.verdicts import Reason, Reported, because
from storage.records import DeliveryFailure, Facts, IssuedDelivery, IssuedMail

ARRIVED = frozenset(("delivered", "relayed", "expanded"))
"""Actions that report no failure (RFC 3464, section 2.3.3)."""

TOLD = 50
"""So many recipients of a report are told of, in the text of its entry and among the reasons."""


def reported_id(mail: Mail, installation: Installation) -> str:
    """The Message-ID, as it was issued, of the mail that a report is about; relays rewrite it, and leave the marker."""
    report = mail.delivery_report
    if report is None or is_forged(report, installation):
        return ""
    marker = report.returned.get(MARKER.lower(), "")
    return proven_id(installation, marker) or report.returned.get("message-id", "")


def is_forged(report: DeliveryReport, installation: Installation) -> bool:
    """Whether the returned mail bears a marker that this installation has not made."""
    marker = report.returned.get(MARKER.lower(), "")
    return bool(marker) and not proven_id(installation, marker)


def not_ours(report: DeliveryReport, installation: Installation) -> Reason | None:
    """Why a report is on a mail that this service did not send, where no mail of ours fits; None: it tells nothing."""
    if is_forged(report, installation):
        return because("report-marker-forged")
    returned = report.returned.get("message-id", "")
    return because("report-not-ours", message_id=returned) if returned else None


def reported(report: DeliveryReport | None, facts: Facts) -> Reported | None:
    """What is believed of a report on a mail of ours; None for a report on any other."""
    issued = facts.reported
    if report is None or issued is None:
        return None
    found = [_failed(one, issued, report.form) for one in report.recipients]
    failures: dict[int, DeliveryFailure] = {}
    for failure, _ in found:
        if failure is not None:
            failures.setdefault(failure.delivery_id, failure)
    reasons: list[Reason] = []
    for _, reason in found[:TOLD]:
        if reason not in reasons:
            reasons.append(reason)
    return Reported(
        issued.message_id,
        tuple(failures.values()),
        any(reason.code != "report-names-nobody" for _, reason in found),
        issued.of_report,
        frozenset(address for one in report.recipients for address in one.addresses),
        _text(report, issued),
        (because("report-on-mail", message_id=issued.message_id, kind=issued.kind), *reasons),
    )


def _failed(one: FailedRecipient, issued: IssuedMail, form: str) -> tuple[DeliveryFailure | None, Reason]:
    """The delivery that failed by this, or None, and why."""
    delivery = _delivery(one, issued, form)
    if delivery is None:
        return None, because("report-names-nobody", address=_named(one), message_id=issued.message_id)
    address = delivery.recipient
    if one.action in ARRIVED:
        return None, because("report-of-arrival", address=address, action=one.action)
    if one.action == "delayed" or (one.action != "failed" and not status.is_final(one.status, one.answer)):
        return None, because("report-of-delay", address=address)
    if delivery.state != "sent":
        return None, because("report-of-the-known", address=address, state=delivery.state)
    counted = status.blames_address(one.status, one.answer)
    failure = DeliveryFailure(delivery.id, address, _answer(one), counted)
    return failure, because(
        "report-of-failure" if counted else "report-blames-no-address", address=address, why=_why(one)
    )


def _delivery(one: FailedRecipient, issued: IssuedMail, form: str) -> IssuedDelivery | None:
    """The delivery to this recipient; odd forms name nobody, or nobody as he is known here."""
    by_address: Mapping[str, IssuedDelivery] = {delivery.recipient: delivery for delivery in issued.deliveries}
    found = next((by_address[address] for address in one.addresses if address in by_address), None)
    if found is None and form == "text" and len(issued.deliveries) == 1:
        return issued.deliveries[0]
    return found


def _named(one: FailedRecipient) -> str:
    return ", ".join(one.addresses) or "nobody"


def _why(one: FailedRecipient) -> str:
    """In words, with the code: `no such mailbox (5.1.1)`."""
    code = status.exact(one.status, one.answer)
    words = status.in_words(code)
    return f"{words} ({code})" if words else code or "no reason is given"


def _answer(one: FailedRecipient) -> str:
    return one.answer or _why(one)


def _text(report: DeliveryReport, issued: IssuedMail) -> str:
    """What the report says, for the ticket's history."""
    return "\n".join((*_lines(report.recipients, issued, report.form), f"Message-ID: {issued.message_id}"))


def _lines(recipients: Iterable[FailedRecipient], issued: IssuedMail, form: str) -> Iterable[str]:
    for number, one in enumerate(recipients):
        if number == TOLD:
            yield "and more, which the original tells"
            return
        delivery = _delivery(one, issued, form)
        whom = delivery.recipient if delivery else f"{_named(one)}, to whom this mail was not sent"
        how = "Arrived at" if one.action in ARRIVED else "Delayed to" if one.action == "delayed" else "Not delivered to"
        yield f"{how} {whom}: {_why(one)}"
        if one.answer:
            yield f"  {one.remote or 'the server'} answered: {one.answer}"
