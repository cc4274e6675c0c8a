"""One mail through the eight stages and into the store: what the workers, `process` and the tests all call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.clock import utc_now
from connector.config.settings import Settings
from connector.mail.model import Envelope, Mail
from connector.originals import Originals
from connector.pipeline import decide
from connector.pipeline.effects import effects
from connector.pipeline.policy import Installation, Policy, Receipt
from connector.pipeline.signatures import Prove, Signatures
from connector.pipeline.verdicts import Decision
from connector.rulebook.rules import Rules
from connector.suspending import suspend_failing
from connector.templates import Template
from connector.trust.dkim import signatures
from connector.trust.keys import Keys
from connector.turns import Turns
from storage.records import Facts, FactsMoved, Filed, Wanted
from storage.store import Store
from storage.values import frozen

MOST_DECISIONS = 20
"""So often a mail is decided on anew because the store moved meanwhile; then it waits its turn again."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All that comes out of the rules folder."""

    rules: Rules
    templates: Mapping[str, Template]  # by file name

    def without(self, rule: str) -> RuleBook:
        """The same without one rule."""
        return replace(self, rules=self.rules.without(rule))


@frozen
class Processed:
    """A decision, and what it became; `filed` is None for a dry run."""

    decision: Decision
    filed: Filed | None


def policy_of(settings: Settings, book: RuleBook, store: Store) -> Policy:
    """What the stages are told, out of the configuration, the rules and the installation's own keys."""
    return Policy(
        settings.connector,
        Installation(store.installation, store.secret),
        book.rules,
        book.templates["response.txt"],
        book.templates["paused-pair.txt"],
        book.templates["suspended-address.txt"],
        settings.groups,
        settings.tickets.default_manager,
    )


class Processor:
    """Takes mails through the stages against one store; of its own it has only the signers' keys that it looked up."""

    def __init__(
        self,
        store: Store,
        originals: Originals,
        policy: Policy,
        clock: Callable[[], datetime] = utc_now,
        keys: Keys | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._store = store
        self._originals = originals
        self._policy = policy
        self._clock = clock
        self._keys = keys or Keys()
        self._turns = turns

    def without(self, rule: str) -> Processor:
        """A processor of the same store that does not know one rule (B52)."""
        policy = replace(self._policy, rules=self._policy.rules.without(rule))
        return Processor(self._store, self._originals, policy, self._clock, self._keys, self._turns)

    def process(
        self,
        raw: bytes,
        envelope: Envelope,
        spool_id: str,
        received_at: datetime,
        file: str | None = None,
        sha256: str = "",
    ) -> Processed:
        """Decide, and make it so; doing it again for the same spool entry changes nothing (B5).

        `file` is the spool's, which becomes the original; `settle` makes that safe, before the spool lets go of it.
        `sha256` is the hash that the bytes were held against, if they were.
        """
        prove = self._prover(received_at)
        for _ in range(MOST_DECISIONS):
            receipt = Receipt(spool_id, received_at, self._clock(), sha256)
            try:
                decision, facts = self._decide(raw, envelope, prove, receipt, self._turns)
                # failpoint: processing.decided
                self._keep(raw, decision, file)
                # failpoint: processing.kept
                filing = effects(decision, facts.directory.version, self._policy, receipt)
                filed = self._store.file(filing)
                # failpoint: processing.filed
                if filing.failures:
                    suspend_failing(self._store, self._policy, receipt.now)
                return Processed(decision, filed)
            except FactsMoved as error:
                moved = error
            finally:
                if self._turns:
                    self._turns.give()
        raise moved

    def _keep(self, raw: bytes, decision: Decision, file: str | None) -> None:
        """Keep the original; a held mail stays in the spool as it is, and what is kept of it is a copy."""
        if file is None or decision.record.outcome == "held":
            self._originals.keep(raw, decision.mail.sha256)
        else:
            self._originals.adopt(file, raw, decision.mail.sha256)

    def settle(self) -> None:
        """Make all that was processed, and the originals, safe on the disk. Raises StoreBusy, OSError."""
        self._originals.sync()
        self._store.sync()

    def recorded(self, spool_id: str) -> str:
        """The SHA-256 of the mail that was recorded for a spool entry, or nothing."""
        row = self._store.mail(spool_id)
        return str(row["sha256"]) if row else ""

    def dry_run(self, raw: bytes, envelope: Envelope) -> Processed:
        """Decide alone: the same stages, nothing is written (B105)."""
        now = self._clock()
        decision, _ = self._decide(raw, envelope, self._prover(now), Receipt("dry-run", now, now))
        return Processed(decision, None)

    def _prover(self, received_at: datetime) -> Prove:
        """The check of one mail's signatures, done once however often the mail is decided on."""
        known: list[Signatures] = []

        def prove(mail: Mail) -> Signatures:
            if not known:
                known.append(signatures(mail, received_at, self._keys))
            return known[0]

        return prove

    def _decide(
        self, raw: bytes, envelope: Envelope, prove: Prove, receipt: Receipt, turns: Turns | None = None
    ) -> tuple[Decision, Facts]:
        """The decision, and its facts; what may open a ticket waits for its turn before they are read."""
        read: list[Facts] = []

        def facts(wanted: Wanted) -> Facts:
            if turns and not (wanted.numbers or wanted.message_ids):
                turns.take()
            read.append(self._store.facts(wanted))
            return read[-1]

        return decide(raw, envelope, facts, prove, self._policy, receipt), read[-1]
