"""Takes one claimed mail through the stages and ends its claim: what the workers and `process` share (B7)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from connector.hand import Work
from connector.pipeline.reasons import in_words
from connector.pipeline.unasked import too_slow
from connector.processing import Processed, Processor
from connector.spool import Claim
from connector.spool_file import SpoolError, TornSpoolFile
from storage.records import FactsMoved, StoreBusy

log = structlog.get_logger("finishing")

AWAY = (StoreBusy, FactsMoved, SpoolError, OSError)
"""What is no fault of a mail's: the store or the disk, also that of the quarantine, cannot be had now."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a claim ended; with an empty `outcome` the mail failed and waits for its next try.

    `done` is there where the stages came to a decision, `fault` where they did not.
    """

    outcome: str
    done: Processed | None = None
    fault: str = ""

    @property
    def deliveries(self) -> int:
        """How many mails are to be sent because of this one."""
        return len(self.done.decision.deliveries) if self.done else 0

    @property
    def slow_rules(self) -> tuple[str, ...]:
        """The rules that took too long on this mail (B52)."""
        if self.done is None:
            return ()
        decision = self.done.decision
        return too_slow((*decision.sender.nature.unasked, *decision.written.because))


class Recorded:
    """Claims whose mails have their outcome: they leave the spool together, once all of them is safe on the disk.

    Many mails share the syncing of few files. What a crash leaves here is done again, and that changes nothing.
    """

    def __init__(self) -> None:
        self._claims: list[Claim] = []

    def __len__(self) -> int:
        return len(self._claims)

    def add(self, claim: Claim) -> None:
        """The mail's outcome is committed."""
        claim.recorded()
        self._claims.append(claim)

    def settle(self, processor: Processor) -> None:
        """Let the mails out of the spool; where the disk fails they stay there, to be looked at again later."""
        claims, self._claims = self._claims, []
        try:
            processor.settle()
            # failpoint: finishing.settled
            while claims:
                claims[-1].done()
                claims.pop()
        except (StoreBusy, OSError) as error:
            log.error("recorded mails stay in the spool", mails=len(claims), error=str(error))
            for claim in claims:
                claim.close()


def finish(claim: Claim, ready: Callable[[], Processor], max_tries: int, recorded: Recorded) -> Ended:
    """Process the mail, and put it where its outcome or its failure belongs; `recorded` gets what may leave the spool.

    What of `AWAY` passes means that store or disk could not be had: the mail waits again, no try was spent.
    """
    try:
        return _finish(claim, ready, max_tries, recorded)
    except AWAY:
        _give_back(claim)
        raise


def finish_together(
    claims: Sequence[Claim], ready: Callable[[], Processor], max_tries: int, recorded: Recorded
) -> list[Ended | Exception]:
    """`finish` for several mails with one commit; what of `AWAY` kept a claim from its end stands in its place.

    Where anything else goes wrong with one of them, they are finished one by one, and its failure is its own.
    """
    started = time.perf_counter()
    try:
        works = [work_of(claim) for claim in claims]
        processor = ready()
        done = processor.process_together(works)
        # failpoint: finishing.filed-together
    except AWAY as error:
        for claim in claims:
            _give_back(claim)
        return [error] * len(claims)
    except (Exception, MemoryError):
        return [_or_away(claim, partial(_finish, claim, ready, max_tries, recorded)) for claim in claims]
    ms = _ms_since(started) / len(claims)
    return [
        _or_away(claim, partial(_end, claim, one, processor, recorded, ms))
        for claim, one in zip(claims, done, strict=True)
    ]


def _or_away(claim: Claim, end: Callable[[], Ended]) -> Ended | Exception:
    try:
        return end()
    except AWAY as error:
        _give_back(claim)
        return error


def _finish(claim: Claim, ready: Callable[[], Processor], max_tries: int, recorded: Recorded) -> Ended:
    try:
        return _process(claim, ready, recorded)
    except TornSpoolFile as error:
        return _torn(claim, ready, recorded, error)
    except AWAY:
        raise
    except (Exception, MemoryError) as error:
        return _failed(claim, error, max_tries)


def _give_back(claim: Claim) -> None:
    """Let the mail wait again; where the disk does not even take that, `Spool.recover` does it later."""
    try:
        claim.give_back()
    except SpoolError as error:
        log.error("the mail stays in work/", mail=claim.id, error=str(error))
    finally:
        claim.close()


def work_of(claim: Claim) -> Work:
    """What the claimed file holds; raises TornSpoolFile."""
    spooled = claim.read()
    # failpoint: finishing.read
    return Work(spooled.raw, spooled.envelope, spooled.id, spooled.received_at, claim.file, spooled.sha256)


def _process(claim: Claim, ready: Callable[[], Processor], recorded: Recorded) -> Ended:
    started = time.perf_counter()
    work = work_of(claim)
    processor = ready()
    done = processor.process(work.raw, work.envelope, work.spool_id, work.received_at, work.file, work.sha256)
    return _end(claim, done, processor, recorded, _ms_since(started))


def _end(claim: Claim, done: Processed, processor: Processor, recorded: Recorded, ms: float) -> Ended:
    """Let the claim end as it was decided and committed; `ms` for the log."""
    assert done.filed is not None
    reason = done.decision.record.because[0] if done.decision.record.because else None
    if done.filed.outcome == "held" and reason is not None:
        processor.settle()
        # failpoint: finishing.held
        claim.hold(reason.code, in_words(reason))
    else:
        recorded.add(claim)
        # failpoint: finishing.recorded
    log.info(done.filed.outcome, mail=claim.id, **facts_of(done), ms=round(ms, 1))
    return Ended(done.filed.outcome, done)


def _ms_since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)


def _torn(claim: Claim, ready: Callable[[], Processor], recorded: Recorded, error: TornSpoolFile) -> Ended:
    """A crash may have come when the trailer was gone and the name was not; anything else is damage."""
    if claim.sha256() == ready().recorded(claim.id):
        recorded.add(claim)
        return Ended("duplicate")
    claim.quarantine("torn", str(error))
    log.error("quarantined: the spool file is damaged", mail=claim.id, error=str(error))
    return Ended("quarantined", fault=str(error))


def _failed(claim: Claim, error: BaseException, max_tries: int) -> Ended:
    """A defect of ours: tried again a bounded number of times, then set aside with the reason (B7)."""
    what = f"{type(error).__name__}: {error}"
    log.error("failed", mail=claim.id, tries=claim.tries, error=what, exc_info=error)
    if claim.tries >= max_tries:
        claim.quarantine("failed", what)
        return Ended("quarantined", fault=what)
    claim.put_back(claim.tries)
    return Ended("", fault=what)


def facts_of(done: Processed) -> dict[str, object]:
    """What the log tells of a mail: enough to follow it, nothing of its content."""
    decision = done.decision
    return {
        "ticket": decision.match.number if decision.record.outcome == "filed" else "",
        "sender": decision.sender.address,
        "kind": decision.sender.kind,
        "scope": "internal" if decision.scope.internal else "external",
        "deliveries": [delivery.message_id for delivery in decision.deliveries],
        "reason": ",".join(reason.code for reason in decision.record.because),
        "decided_by": decision.sender.ruling.by if decision.sender.ruling else "",
    }
