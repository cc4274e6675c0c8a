"""The eight stages. This screen is the program; each stage has a file of its own beside it.

The stages are plain functions: values in, one frozen verdict out, each with its why. None of them touches the store,
the clock, the disk or the configuration file, so a dry run, the fixtures and the server run the very same code.
"""

from __future__ import annotations

from collections.abc import Callable

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
from connector.pipeline.strip import strip
from connector.pipeline.verdicts import Decision
from storage.records import Facts, Wanted


def decide(
    raw: bytes, envelope: Envelope, read: Callable[[Wanted], Facts], prove: Prove, policy: Policy, receipt: Receipt
) -> Decision:
    """All verdicts on one mail; `read` answers once, before the second stage, what the mail asks of the store.

    `prove` checks signatures in the second stage, where nothing else says whether an employee wrote (B26).
    """
    mail = ingest(raw, envelope, receipt.sha256)
    asked = wanted(mail, policy, receipt)
    facts = read(asked)
    # failpoint: stages.begun
    sender = identify(mail, facts, policy, prove)
    match = match_ticket(mail, sender, facts, policy, receipt)
    scope = classify(mail, sender, match, policy)
    written = strip(mail, match, facts, policy)
    additions = add_recipients(mail, sender, match, scope, facts, policy)
    record = persist(mail, sender, match, scope, additions, facts, policy)
    deliveries = distribute(mail, sender, match, scope, record, facts, policy, receipt)
    return Decision(mail, sender, match, scope, written, additions, record, deliveries, asked.dedupe_key)
