"""Part of stage 2: what a person decided on a mail that must wait, now or before for its sender (B9)."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from connector.mail.model import Mail
from connector.pipeline.verdicts import Ruling, Sender, because
from storage.records import Facts

AS_IS, UNVERIFIED, REJECT = CHOICES = ("as-is", "unverified", "reject")

UNKNOWN = "unknown-sender"
NOT_AUTHENTIC = "employee-not-authentic"

REMEMBERED: dict[str, frozenset[str]] = {
    UNKNOWN: frozenset(CHOICES),
    "public-address-as-sender": frozenset(CHOICES),
    NOT_AUTHENTIC: frozenset((UNVERIFIED, REJECT)),
}
"""Reason for holding -> what can be remembered for a sender.

Whoever forges From must not be let in by what was chosen for the one whose address it is.
"""


NAMELESS = frozenset(("from-identifies-nobody", "looks-like"))
"""Reasons that make the sender nobody whom a choice could be remembered for (B27)."""


def ruled(sender: Sender, mail: Mail, facts: Facts) -> Sender:
    """The sender as he is once what people decided counts; a mail that is to be rejected keeps its hold."""
    ruling = _on_this_mail(mail) or _remembered(sender, facts)
    if ruling is None:
        return sender
    if ruling.choice == REJECT:
        return replace(sender, ruling=ruling)
    return replace(sender, hold="", ruling=ruling, because=(*sender.because, ruling.because))


def _on_this_mail(mail: Mail) -> Ruling | None:
    choice, by = mail.envelope.release, mail.envelope.released_by
    return Ruling(choice, by, because("released", by=by, how=choice)) if choice else None


def _remembered(sender: Sender, facts: Facts) -> Ruling | None:
    """What was chosen for such mails of this address; a From that is not in order names nobody (B27)."""
    chosen = facts.choices.get(sender.hold) if sender.trusted else None
    if chosen is None or chosen.choice not in REMEMBERED.get(sender.hold, ()):
        return None
    day = f"{chosen.at:%Y-%m-%d}"
    why = because(
        "choice-remembered", address=sender.address, hold=sender.hold, choice=chosen.choice, by=chosen.by, at=day
    )
    return Ruling(chosen.choice, chosen.by, why, sender.hold)


def is_unverified(sender: Sender) -> bool:
    """Whether a person wants the mail filed as unverified."""
    return sender.ruling is not None and sender.ruling.choice == UNVERIFIED


def silences(sender: Sender) -> bool:
    """Whether that takes the sender's say in a ticket; who has one is no stranger, whatever was chosen for those."""
    return is_unverified(sender) and sender.ruling is not None and sender.ruling.on != UNKNOWN


def cannot_be_remembered(hold: str, choice: str, reasons: Set[str]) -> str:
    """Why a choice must not be remembered for the sender of a held mail, as a sentence for people; else nothing.

    `reasons` are the codes that were given for who the sender is.
    """
    if not reasons.isdisjoint(NAMELESS):
        return "its From header is not in order or misleads, and identifies nobody whom one could remember"
    if hold not in REMEMBERED:
        return "it is held for what became of this mail, not for who wrote it; decide on each such mail"
    if choice not in REMEMBERED[hold]:
        return (
            "anybody can write this employee's address into From, and from then on every forgery would pass; "
            "release this mail alone, or remember that such mail is filed as unverified"
        )
    return ""
