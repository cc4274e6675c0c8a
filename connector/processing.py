"""One mail through the eight stages and into the store: what the workers, `process` and the tests all call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector import pipeline
from connector.clock import utc_now
from connector.config.settings import Settings
from connector.hand import Hand
from connector.mail.model import Envelope, Mail
from connector.originals import Originals
from connector.pipeline.effects import effects
from connector.pipeline.policy import Installation, Policy, Receipt
from connector.pipeline.signatures import Prove, Signatures
from connector.pipeline.unrelated import may_open, unrelated
from connector.pipeline.verdicts import Decision
from connector.rulebook.rules import Rules
from connector.suspending import suspend_failing
from connector.templates import Template
from connector.trust.dkim import signatures
from connector.trust.keys import Keys
from connector.turns import Turns
from storage.facts import behind
from storage.records import Facts, FactsMoved, Filed, Filing, Wanted
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


@frozen
class Work:
    """A mail to be taken through the stages: what the spool keeps of it, and its file, which becomes the original."""

    raw: bytes
    envelope: Envelope
    spool_id: str
    received_at: datetime
    file: str | None = None
    sha256: str = ""  # that the bytes were held against, if they were


@dataclass(frozen=True, slots=True)
class _Asked:
    """A mail that was read, and waits for what it asks of the store."""

    work: Work
    prove: Prove
    receipt: Receipt
    deciding: pipeline.Deciding
    wanted: Wanted


@frozen
class _Decided:
    decision: Decision
    filing: Filing


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
        return self._alone(Work(raw, envelope, spool_id, received_at, file, sha256), self._prover(received_at))

    def process_together(self, works: Sequence[Work]) -> list[Processed]:
        """The same for several mails, with one commit for each stretch of them that have nothing to do with each other.

        Where several processes write at a time (PostgreSQL) each has one of its own, for they would wait for each
        other's tickets. Where one raises, all of them can be done again by `process`.
        """
        if not self._store.has_one_writer:
            return [self._alone(work, self._prover(work.received_at)) for work in works]
        asked = [self._ask(work, self._prover(work.received_at)) for work in works]
        hands = ([asked[i] for i in hand] for hand in unrelated([one.wanted for one in asked]))
        return [done for hand in hands for done in self._hand(hand)]

    def _hand(self, hand: Sequence[_Asked]) -> list[Processed]:
        return [
            done if isinstance(done, Processed) else self._alone(asked.work, asked.prove)
            for asked, done in zip(hand, self._try(hand), strict=True)
        ]

    def _alone(self, work: Work, prove: Prove) -> Processed:
        """Decide and file, anew where the store moved in between."""
        for _ in range(MOST_DECISIONS):
            (done,) = self._try([self._ask(work, prove)])
            if isinstance(done, Processed):
                return done
            moved = done
        raise moved

    def _try(self, hand: Sequence[_Asked]) -> list[Processed | FactsMoved]:
        """Decide on each and file it, all in one commit, or none where the store moved meanwhile."""
        try:
            decided = self._decide_all(hand)
            filed = self._file_all([one for one in decided.values() if isinstance(one, _Decided)])
        finally:
            if self._turns:
                self._turns.give()
        done = iter(filed)
        tried = {i: one if isinstance(one, FactsMoved) else next(done) for i, one in decided.items()}
        return [tried[i] for i in range(len(hand))]

    def _decide_all(self, hand: Sequence[_Asked]) -> dict[int, _Decided | FactsMoved]:
        """The decisions in the order in which they are to be filed, by place in the hand; the originals are kept.

        First come mails for tickets that are there, then, when they have their turn, those that are likely to open one,
        in the order of arrival: behind one that has to wait the others wait too.
        """
        together = Hand()
        found: dict[int, _Decided | FactsMoved] = {}
        if len(hand) > 1:
            answering = [i for i, asked in enumerate(hand) if not may_open(asked.wanted)]
            for i, facts in self._facts(hand, answering):
                if facts.tickets:
                    found[i] = self._decided(hand[i], facts, together)
        opening = [i for i in range(len(hand)) if i not in found]
        if self._turns and any(may_open(hand[i].wanted) for i in opening):
            self._turns.take()
        waits: FactsMoved | None = None
        for i, facts in self._facts(hand, opening):
            found[i] = one = waits or self._decided(hand[i], behind(facts, together.opened), together)
            waits = one if isinstance(one, FactsMoved) else None
        return found

    def _facts(self, hand: Sequence[_Asked], of: Sequence[int]) -> Iterator[tuple[int, Facts]]:
        return zip(of, self._store.facts_of_all([hand[i].wanted for i in of]), strict=True)

    def _decided(self, asked: _Asked, facts: Facts, together: Hand) -> _Decided | FactsMoved:
        try:
            together.check(asked.wanted, facts)
            decision = _decision(asked.deciding, facts)
            # failpoint: processing.decided
            filing = effects(decision, facts.directory.version, self._policy, asked.receipt)
            together.add(filing)
        except FactsMoved as error:
            return error
        self._keep(asked.work, decision)
        # failpoint: processing.kept
        return _Decided(decision, filing)

    def _file_all(self, decided: Sequence[_Decided]) -> list[Processed | FactsMoved]:
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
        asked = self._ask(Work(raw, envelope, "dry-run", now), self._prover(now))
        return Processed(_decision(asked.deciding, self._store.facts(asked.wanted)), None)

    def _ask(self, work: Work, prove: Prove) -> _Asked:
        receipt = Receipt(work.spool_id, work.received_at, self._clock())
        deciding = pipeline.decide(work.raw, work.envelope, work.sha256, prove, self._policy, receipt)
        return _Asked(work, prove, receipt, deciding, next(deciding))

    def _prover(self, received_at: datetime) -> Prove:
        """The check of one mail's signatures, done once however often the mail is decided on."""
        known: list[Signatures] = []

        def prove(mail: Mail) -> Signatures:
            if not known:
                known.append(signatures(mail, received_at, self._keys))
            return known[0]

        return prove


def _decision(deciding: pipeline.Deciding, facts: Facts) -> Decision:
    """What comes of the stages, now that they have their facts."""
    try:
        deciding.send(facts)
    except StopIteration as end:
        decision: Decision = end.value
        return decision
    raise AssertionError("a mail asks once")
