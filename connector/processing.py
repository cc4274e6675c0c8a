"""One mail through the eight stages and into the store: what the workers, `process` and the tests all call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector import pipeline
from connector.clock import utc_now
from connector.config.settings import Settings
from connector.hand import Asked, Decided, Hand, Work, decision_on
from connector.mail.model import Envelope, Mail
from connector.originals import Originals
from connector.pipeline.policy import Installation, Policy, Receipt
from connector.pipeline.signatures import Prove, Signatures
from connector.pipeline.steps import side_by_side
from connector.pipeline.unrelated import may_open, unrelated
from connector.pipeline.verdicts import Decision
from connector.rulebook.rules import Rules
from connector.suspending import suspend_failing
from connector.templates import Template
from connector.trust.dkim import signatures
from connector.trust.keys import Keys
from connector.turns import Turns
from storage.records import Facts, FactsMoved, Filed
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
        work = Work(raw, envelope, spool_id, received_at, file, sha256)
        return self._alone(work, self._prover(received_at))

    def process_together(self, works: Sequence[Work]) -> list[Processed]:
        """The same for several mails, with one commit for each stretch of them that have nothing to do with each other.

        Where several processes write at a time (PostgreSQL) each has one of its own, for they would wait for each
        other's tickets. Where one raises, all of them can be done again by `process`.
        """
        provers = [self._prover(work.received_at) for work in works]
        if not self._store.has_one_writer:
            return [self._alone(work, prove) for work, prove in zip(works, provers, strict=True)]
        asked = self._ask(works, provers)
        hands = ([asked[i] for i in hand] for hand in unrelated([one.wanted for one in asked]))
        return [done for hand in hands for done in self._hand(hand)]

    def _hand(self, hand: Sequence[Asked]) -> list[Processed]:
        return [
            done if isinstance(done, Processed) else self._alone(asked.work, asked.prove)
            for asked, done in zip(hand, self._try(hand), strict=True)
        ]

    def _alone(self, work: Work, prove: Prove) -> Processed:
        """Decide and file, anew where the store moved in between."""
        for _ in range(MOST_DECISIONS):
            (done,) = self._try(self._ask([work], [prove]))
            if isinstance(done, Processed):
                return done
            moved = done
        raise moved

    def _try(self, hand: Sequence[Asked]) -> list[Processed | FactsMoved]:
        """Decide on each and file it, all in one commit, or none where the store moved meanwhile."""
        try:
            decided = self._decide_all(hand)
            filed = self._file_all([one for one in decided.values() if isinstance(one, Decided)])
        finally:
            if self._turns:
                self._turns.give()
        done = iter(filed)
        tried = {i: one if isinstance(one, FactsMoved) else next(done) for i, one in decided.items()}
        return [tried[i] for i in range(len(hand))]

    def _decide_all(self, asked: Sequence[Asked]) -> dict[int, Decided | FactsMoved]:
        """The decisions in the order in which they are to be filed, by place in the hand; the originals are kept.

        First come mails for tickets that are there, then, when they have their turn, those that are likely to open one.
        """
        hand = Hand(asked, self._policy)
        found: dict[int, Decided | FactsMoved] = {}
        if len(asked) > 1:
            answering = self._facts(asked, [i for i, one in enumerate(asked) if not may_open(one.wanted)])
            found = hand.decide_answers({i: facts for i, facts in answering.items() if facts.tickets})
        opening = [i for i in range(len(asked)) if i not in found]
        if self._turns and any(may_open(asked[i].wanted) for i in opening):
            self._turns.take()
        found |= hand.decide_openers(self._facts(asked, opening))
        for i, one in found.items():
            if isinstance(one, Decided):
                self._keep(asked[i].work, one.decision)
                # failpoint: processing.kept
        return found

    def _facts(self, asked: Sequence[Asked], of: Sequence[int]) -> dict[int, Facts]:
        """The facts for these of the mails."""
        return dict(zip(of, self._store.facts_of_all([asked[i].wanted for i in of]), strict=True))

    def _file_all(self, decided: Sequence[Decided]) -> list[Processed | FactsMoved]:
        try:
            filed = self._store.file_all([one.filing for one in decided])
        except FactsMoved as error:
            return [error] * len(decided)
        # failpoint: processing.filed
        if any(one.filing.failures for one in decided):
            suspend_failing(self._store, self._policy, decided[-1].filing.at)
        return [Processed(one.decision, each) for one, each in zip(decided, filed, strict=True)]

    def _keep(self, work: Work, decision: Decision) -> None:
        """Keep the original; a held mail stays in the spool as it is, and what is kept of it is a copy."""
        if work.file is None or decision.record.outcome == "held":
            self._originals.keep(work.raw, decision.mail.sha256)
        else:
            self._originals.adopt(work.file, work.raw, decision.mail.sha256)

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
        (asked,) = self._ask([Work(raw, envelope, "dry-run", now)], [self._prover(now)])
        facts = self._store.facts(asked.wanted)
        (decision,) = side_by_side([decision_on(asked, facts, self._policy)])
        return Processed(decision, None)

    def _ask(self, works: Sequence[Work], provers: Sequence[Prove]) -> list[Asked]:
        receipts = [Receipt(work.spool_id, work.received_at, self._clock()) for work in works]
        questions = side_by_side(
            [
                pipeline.ask(work.raw, work.envelope, work.sha256, self._policy, receipt)
                for work, receipt in zip(works, receipts, strict=True)
            ]
        )
        return [*map(Asked, works, provers, receipts, questions)]

    def _prover(self, received_at: datetime) -> Prove:
        """The check of one mail's signatures, done once however often the mail is decided on."""
        known: list[Signatures] = []

        def prove(mail: Mail) -> Signatures:
            if not known:
                known.append(signatures(mail, received_at, self._keys))
            return known[0]

        return prove
