"""Stage 4: internal or external, public or not, written by a person or a machine (B40 to B44, B10)."""

from __future__ import annotations

from connector.mail.model import Mail
from connector.pipeline.concealment import comparable
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import Match, Reason, Scope, Sender, because

FORWARDED = "forwarded-by-employee"
"""The reason that keeps a mail inside for its own sake and not its customer off the ticket (B37)."""


def classify(mail: Mail, sender: Sender, match: Match, policy: Policy) -> Scope:
    """How far the mail may go; each ground that keeps it inside stands for itself."""
    nature = sender.nature
    inside = _internal_reasons(mail, sender, match, policy)
    hidden = _private_reasons(sender, match)
    reasons = (*inside, *hidden, *nature.because) or (
        because("customer-mail" if sender.kind != "employee" else "external"),
    )
    return Scope(
        internal=bool(inside),
        public=not inside and not hidden,
        automatic=nature.automatic,
        because=(*reasons, *nature.unasked),
    )


def _internal_reasons(mail: Mail, sender: Sender, match: Match, policy: Policy) -> tuple[Reason, ...]:
    reasons = []
    if match.reported is not None:
        reasons.append(because("report-stays-inside"))
    keyword = policy.connector.internal_keyword
    subjects = "\n".join(mail.all_headers("Subject"))  # a second one is a defect, and the writer's wish all the same
    if keyword and comparable(keyword) in comparable(subjects):
        reasons.append(because("keyword-in-subject", keyword=keyword))
    if sender.restricted:
        reasons.append(because("employee-restricted", restriction=sender.restricted))
    if sender.kind == "employee":
        reasons += _employee_reasons(mail, policy, automatic=sender.nature.automatic)
    if match.forwarded is not None:
        reasons.append(because(FORWARDED, address=match.forwarded.address))
    return tuple(reasons)


def _employee_reasons(mail: Mail, policy: Policy, *, automatic: bool) -> list[Reason]:
    """B41, for employees alone; and their robots stay inside (B10)."""
    reasons = []
    if not any(policy.is_public(person.key) for person in mail.to):
        where = "cc" if any(policy.is_public(person.key) for person in mail.cc) else "bcc"
        code = f"public-address-in-{where}" if mail.to else "to-is-empty"
        reasons.append(because(code))
    if automatic:
        reasons.append(because("employee-automatic"))
    return reasons


def _private_reasons(sender: Sender, match: Match) -> tuple[Reason, ...]:
    """Why customers must not see the entry though the mail is not internal (B33)."""
    if match.verified or sender.restricted:
        return ()
    return (because("unverified"),)
