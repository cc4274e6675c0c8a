"""The eight stages. This screen is the program; each stage has a file of its own beside it.

The stages are plain functions: values in, one frozen verdict out, each with its why. None of them touches the store,
the clock, the disk or the configuration file, so a dry run, the fixtures and the server run the very same code.
"""

from __future__ import annotations

from connector.mail.model import Envelope, Mail
from connector.pipeline.classify import classify
from connector.pipeline.distribute import distribute
from connector.pipeline.identify import identify
from connector.pipeline.ingest import ingest, wanted
from connector.pipeline.match import match_ticket
from connector.pipeline.persist import persist
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.recipients import add_recipients
from connector.pipeline.signatures import Prove
from connector.pipeline.steps import Steps
from connector.pipeline.strip import strip, strip_first
from connector.pipeline.unrelated import may_open
from connector.pipeline.verdicts import Decision, Written
from storage.records import Facts, Wanted
from storage.values import frozen


@frozen
class Question:
    """A mail that was read: what it asks of the store, and what was stripped of it before the answer, if anything."""

    mail: Mail
    wanted: Wanted
    first: Written | None


def ask(raw: bytes, envelope: Envelope, sha256: str, policy: Policy, receipt: Receipt) -> Steps[Question]:
    """The first stage. `sha256` is the hash that the bytes were held against, if they were."""
    mail = ingest(raw, envelope, sha256)
    yield
    asked = wanted(mail, policy, receipt)
    yield
    first = strip_first(mail, policy) if may_open(asked) else None  # before others have to wait for it
    return Question(mail, asked, first)


def decide(question: Question, facts: Facts, prove: Prove, policy: Policy, receipt: Receipt) -> Steps[Decision]:
    """The other stages, with the facts that were asked for.

    `prove` checks signatures in the second stage, where nothing else says whether an employee wrote (B26).
    """
    mail = question.mail
    # failpoint: stages.begun
    sender = identify(mail, facts, policy, prove)
    yield
    match = match_ticket(mail, sender, facts, policy, receipt)
    scope = classify(mail, sender, match, policy)
    yield
    written = strip(mail, match, facts, policy, first=question.first)
    yield
    additions = add_recipients(mail, sender, match, scope, facts, policy)
    record = persist(mail, sender, match, scope, additions, facts, policy)
    yield
    deliveries = distribute(mail, sender, match, scope, record, facts, policy, receipt)
    return Decision(mail, sender, match, scope, written, additions, record, deliveries, question.wanted.dedupe_key)
