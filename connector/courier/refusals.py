"""Whether a relay that can be reached takes mail: what it says of us as a whole, and refusal after refusal (B107)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from connector.courier.transport import Outcome

FAILED_ADDRESSES = 5
"""So many different addresses in a row that were refused for good, with nothing sent in between, are no chance."""
DEFERRED_ADDRESSES, DEFERRED_SECONDS = 3, 1800.0
"""And so many that were put off, for so long."""
QUIET_SECONDS = 3600.0
"""What was said of us as a whole is over when mail is sent and it was not said for so long."""

OF_US = re.compile(
    r"\b5\.(?:1\.8|2\.252|4\.5|7\.(?:57|60|64|139|70[58]))\b|SendAsDenied"
    r"|\b5\d\d .*\b(?:Sender address|Client host|Helo command) rejected\b|\b454 4\.7\.1 .*Relay access denied"
)
"""We are refused, not this mail or recipient: send-as, relay, spam and tenant limits of Microsoft 365, Google's of
a day (5.4.5), and what Postfix refuses senders, clients and their names with, or puts off who is not let through."""


def is_of_us(answer: str) -> bool:
    """Whether a refusal would meet every mail, until somebody does something."""
    return OF_US.search(answer) is not None


class Refusals:
    """`tell` gets the reason when somebody has to look, and "" when mail is taken again; `clock` counts seconds."""

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._tell = tell
        self._clock = clock
        self._failed: set[str] = set()  # addresses since the last mail that was sent
        self._deferred: set[str] = set()
        self._since = 0.0  # of the first of those deferred
        self._quiet_until = 0.0

    def learn(self, outcomes: Mapping[str, Outcome]) -> None:
        """Take in what became of one transaction; a relay that is down as a whole is told elsewhere."""
        for address, outcome in outcomes.items():
            if outcome.state == "sent":
                self._taken()
            elif not outcome.down:
                self._refused(address, outcome)

    def _taken(self) -> None:
        self._failed.clear()
        self._deferred.clear()
        if self._clock() >= self._quiet_until:
            self._tell("")

    def _refused(self, address: str, outcome: Outcome) -> None:
        if outcome.urgent:
            self._quiet_until = self._clock() + QUIET_SECONDS
        elif outcome.state == "failed":
            self._failed.add(address)
        else:
            self._since = self._since if self._deferred else self._clock()
            self._deferred.add(address)
        if outcome.urgent or self._too_many():
            self._tell(outcome.answer)

    def _too_many(self) -> bool:
        long = self._clock() - self._since >= DEFERRED_SECONDS
        return len(self._failed) >= FAILED_ADDRESSES or (long and len(self._deferred) >= DEFERRED_ADDRESSES)
