"""Mails that could not be had: each is tried again later and later, so that none stands in the way of the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Generic, TypeVar

TRIES_AT_ONCE = 3
"""So often a connection may be to blame; then it is the mail, and a person is told of it."""
FIRST_WAIT, LONGEST_WAIT = 10.0, 3600.0
"""Seconds until a mail is tried once more: twice as many each time, up to the second."""
REFUSALS = 5
"""So many mails in a row that a server refuses are not the mails' fault."""
NAMED = 5
"""So many mails of a kind are told by name."""

Key = TypeVar("Key")


class Retries(Generic[Key]):
    """How often each mail was tried in vain, and which of them wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: Counter[Key] = Counter()
        self._not_before: dict[Key, float] = {}

    def attempt(self, mail: Key) -> bool:
        """It is tried, which counts as a failure until `forget` or `pardon`. True for the first time."""
        self._times[mail] += 1
        if (late := self._times[mail] - TRIES_AT_ONCE) >= 0:
            self._not_before[mail] = self._clock() + min(FIRST_WAIT * 2.0 ** min(late, 30), LONGEST_WAIT)
        return self._times[mail] == 1

    def forget(self, mail: Key) -> None:
        """It was had, or is gone."""
        del self._times[mail]
        self._not_before.pop(mail, None)

    def keep(self, there: Collection[Key]) -> None:
        """Forget the mails that are not among these."""
        for mail in [mail for mail in self._times if mail not in there]:
            self.forget(mail)

    def pardon(self, mail: Key) -> None:
        """The last failure was ours, not the mail's."""
        self._times[mail] -= 1
        self._not_before.pop(mail, None)

    def times(self, mail: Key) -> int:
        """How often it failed."""
        return self._times[mail]

    def is_due(self, mail: Key) -> bool:
        """Whether it may be tried now."""
        return self._not_before.get(mail, 0.0) <= self._clock()

    def in_vain(self) -> list[Key]:
        """Mails that failed so often that nothing but the mail can be to blame."""
        return [mail for mail, times in self._times.items() if times >= TRIES_AT_ONCE]


def what_stays(groups: Mapping[str, Sequence[object]]) -> str:
    """What an alarm says of mails that stay where they are, by reason; nothing where there are none."""
    told = [f"{why}: {_named(mails)}" for why, mails in groups.items() if mails]
    return "; ".join(told)


def _named(mails: Sequence[object]) -> str:
    names = ", ".join(str(mail) for mail in mails[:NAMED])
    return f"{names} and {len(mails) - NAMED} more" if len(mails) > NAMED else names
