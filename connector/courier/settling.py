"""What an outcome means for a delivery: its result, and what is learnt of the relay (B87)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import structlog

from connector.courier import schedule
from connector.courier.flow import Job, RelayState
from connector.courier.ledger import Ledger
from connector.courier.refusals import Refusals
from connector.courier.transport import Outcome
from connector.mail.status import blames_address
from storage.records import Drop, Result

log = structlog.get_logger("courier")


class Settling:
    """Gives each delivery its result; `no_end_before`, by the loop's clock, nothing is given up."""

    def __init__(
        self,
        ledger: Ledger,
        relay: RelayState,
        refusals: Refusals,
        give_up_after_hours: int,
        clock: Callable[[], datetime],
        rng: Random,
    ) -> None:
        self._ledger = ledger
        self._relay = relay
        self._refusals = refusals
        self._give_up_after = timedelta(hours=give_up_after_hours)
        self._clock = clock
        self._rng = rng
        self.no_end_before = 0.0

    def settle(self, job: Job, outcomes: dict[str, Outcome]) -> None:
        """Give those who have an outcome their results, and say so in the log, one line for all who have the same."""
        self._relay.learn(outcomes.values())
        self._refusals.learn(outcomes)
        drops = [drop for drop in job.drops if drop.address in outcomes]
        results = [self._result(job, drop, outcomes[drop.address]) for drop in drops]
        self._ledger.add(results)
        same: dict[tuple[str, str], list[str]] = {}
        for drop, result in zip(drops, results, strict=True):
            same.setdefault((result.state, result.answer), []).append(drop.address)
        parcel = job.parcel
        for (state, answer), recipients in same.items():
            log.info(
                state, mail=parcel.mail, ticket=parcel.ticket_number, message_id=parcel.message_id,
                recipients=recipients, answer=answer,
            )  # fmt: skip

    def put_off(self, job: Job) -> None:
        """The relay is known to be down: that is no try of theirs."""
        outcome = Outcome("deferred", self._relay.why, down=True)
        self._ledger.add([self._result(job, drop, outcome) for drop in job.drops])

    def _result(self, job: Job, drop: Drop, outcome: Outcome) -> Result:
        now = self._clock()
        if outcome.state != "deferred":
            blamed = outcome.of_recipient and blames_address("", outcome.answer)
            return Result(drop.delivery_id, outcome.state, outcome.answer, now, blames_address=blamed)
        wait = self._relay.seconds_left if outcome.down else schedule.pause(drop.tries + 1, self._rng)
        again = schedule.next_try(now, wait, job.parcel.created_at, self._give_up_after)
        if again is None and asyncio.get_running_loop().time() < self.no_end_before:
            again = now + timedelta(seconds=wait)
        if again is None:
            hours = self._give_up_after // timedelta(hours=1)
            return Result(drop.delivery_id, "failed", f"given up after {hours} hours: {outcome.answer}", now)
        return Result(drop.delivery_id, "deferred", outcome.answer, now, again, counted=not outcome.down)
