"""Compares what became of each mail with what the rows say; every difference is a finding in words."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from connector.processing import Processed
from tests.simulation.letters import Letter
from tests.simulation.oracle import Oracle
from tests.simulation.world import is_inside

HOUR = timedelta(hours=1)


class Judge:
    """Looks at one mail after the other, and at the limits in the end."""

    def __init__(self, oracle: Oracle, mails_per_hour: int, responses_per_hour: int) -> None:
        self._oracle = oracle
        self._mails_per_hour = mails_per_hour
        self._responses_per_hour = responses_per_hour
        self._distributed: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.findings: list[str] = []

    def look_at(self, letter: Letter, done: Processed) -> None:
        """What became of one mail."""
        assert done.filed is not None
        self.outcomes[(letter.sort, done.filed.outcome)] += 1
        match = done.decision.match
        told = [one for one in done.decision.deliveries if one.kind == "distribution"]
        reached = frozenset(address for one in told for address in one.envelope)
        if letter.honest:
            self._honest(letter, done, reached)
        elif match.new and done.filed.outcome == "filed":
            self._oracle.learn(letter, match.number)
        if not letter.honest and (outside := sorted(address for address in reached if not is_inside(address))):
            self._find(letter, f"was distributed to {', '.join(outside)}")
        if reached and not is_inside(letter.writer):
            self._count(letter, done)

    def _honest(self, letter: Letter, done: Processed, reached: frozenset[str]) -> None:
        """Filed, on the right ticket, and with everybody whom the rows name."""
        match = done.decision.match
        if done.filed is None or done.filed.outcome != "filed":
            self._find(letter, f"was {done.decision.record.outcome}, not filed")
            return
        if letter.ticket and match.number != letter.ticket:
            self._find(letter, f"was filed on {match.number}, not on {letter.ticket}")
        expected = self._oracle.expected(letter, match.number)
        if expected is not None and reached != expected:
            missing, surplus = sorted(expected - reached), sorted(reached - expected)
            self._find(letter, f"on {match.number}: missing {missing}, surplus {surplus}")

    def _count(self, letter: Letter, done: Processed) -> None:
        """B13: so many mails of one sender to one ticket are distributed in an hour, and no more."""
        assert letter.at is not None
        times = self._distributed[(done.decision.match.number, done.decision.sender.address)]
        times.append(letter.at)
        while times[0] <= letter.at - HOUR:
            times.popleft()
        if len(times) > self._mails_per_hour:
            self._find(letter, f"is number {len(times)} of its sender within an hour on {done.decision.match.number}")

    def look_at_again(self, letter: Letter, done: Processed) -> None:
        """B5: the same mail by a second road tells nobody anything; what was held is held once more."""
        assert done.filed is not None
        if done.decision.deliveries or done.filed.outcome not in ("duplicate", "held", "own", "skipped"):
            self._find(letter, f"came twice and was {done.filed.outcome} then")

    def look_at_suspended(self, suspended: Iterable[str], gone: frozenset[str]) -> None:
        """B11: nobody but those whose servers said so."""
        self.findings += [f"{address} is suspended and is not gone" for address in suspended if address not in gone]

    def look_at_responses(self, responses: dict[str, list[datetime]]) -> None:
        """B13: so many automatic responses an hour to one address."""
        for address, times in responses.items():
            most = most_within_an_hour(times)
            if most > self._responses_per_hour:
                self.findings.append(f"{address} got {most} automatic responses within an hour")

    def _find(self, letter: Letter, what: str) -> None:
        self.findings.append(f"letter {letter.number} ({letter.sort}, by {letter.writer}) {what}")


def most_within_an_hour(times: Iterable[datetime]) -> int:
    """The most of these times, in order, that lie within an hour."""
    window: deque[datetime] = deque()
    most = 0
    for at in times:
        window.append(at)
        while window[0] <= at - HOUR:
            window.popleft()
        most = max(most, len(window))
    return most
