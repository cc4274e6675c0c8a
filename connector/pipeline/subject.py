"""The subject of what goes out: it holds the ticket's number (B85)."""

from __future__ import annotations

from connector.pipeline.ingest import PATTERN_SECONDS, numbers_in
from connector.pipeline.policy import Policy

MAX_SUBJECT = 900


def with_number(subject: str, number: str, policy: Policy) -> str:
    """The subject with the ticket's number in it; in front, so that it is the first one found (B31)."""
    subject = " ".join(subject.split())[:MAX_SUBJECT]
    if numbers_in(subject, policy)[:1] == (number,):
        return subject
    return f"{policy.connector.ticket_subject_format.format(number=number)} {subject}".rstrip()


def without_numbers(subject: str, policy: Policy) -> str:
    """The subject without the numbers of tickets in it, for a ticket that is none of them."""
    form = policy.connector.ticket_subject_format
    for number in numbers_in(subject, policy):
        subject = subject.replace(form.format(number=number), " ")
    pattern = policy.connector.ticket_subject_pattern
    rest = pattern.sub(" ", subject, timeout=PATTERN_SECONDS) if numbers_in(subject, policy) else subject
    return " ".join(rest.split())
