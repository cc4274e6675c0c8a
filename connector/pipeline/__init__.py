"""The eight stages. This screen is the program; each stage has a file of its own beside it.

The stages are plain functions: values in, one frozen verdict out, each with its why. None of them touches the store,
the clock, the disk or the configuration file, so a dry run, the fixtures and the server run the very same code.
"""

from __future__ import annotations

from collections.abc import Generator

from connector.mail.model import Envelope
from connector.pipeline.classify import classify
from connector.pipeline.distribute import distribute
from connector.pipeline.identify import identify
from connector.pipeline.ingest import ingest, wanted
from connector.pipeline.match import match_ticket
from connector.pipeline.persist import persist
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.recipients import add_recipients
from connector.pipeline.signatures import Prove
from connector.pipeline.strip import strip, strip_first
from connector.pipeline.unrelated import may_open
from connector.pipeline.verdicts import Decision
from storage.records import Facts, Wanted

Deciding = Generator[Wanted, Facts, Decision]


def decide(raw: bytes, envelope: Envelope, sha256: str, prove: Prove, policy: Policy, receipt: Receipt) -> Deciding:
    """All verdicts on one mail. It stops once, before the second stage, to ask the store, and goes on with the facts.

    `prove` checks signatures in the second stage, where nothing else says whether an employee wrote (B26). `sha256` is
    the hash that the bytes were held against, if they were.
    """
    mail = ingest(raw, envelope, sha256)
    asked = wanted(mail, policy, receipt)
    first = strip_first(mail, policy) if may_open(asked) else None  # before others have to wait for it
    facts = yield asked
    # failpoint: stages.begun
    sender = identify(mail, facts, policy, prove)
    match = match_ticket(mail, sender, facts, policy, receipt)
    scope = classify(mail, sender, match, policy)
    written = strip(mail, match, facts, policy, first=first)
    additions = add_recipients(mail, sender, match, scope, facts, policy)
    record = persist(mail, sender, match, scope, additions, facts, policy)
    deliveries = distribute(mail, sender, match, scope, record, facts, policy, receipt)
    return Decision(mail, sender, match, scope, written, additions, record, deliveries, asked.dedupe_key)
