"""Which mails of a folder wait to be taken, and how far it was read; nothing here speaks to anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable


class Progress:
    """The mails of one folder under one UIDVALIDITY, by UID; `begun` once it is known how far it was read."""

    def __init__(self, uid_validity: int) -> None:
        self.uid_validity = uid_validity
        self.begun = False
        self.listed = 0  # up to it the folder was looked at
        self._start = 0
        self._keeps_start = False
        self._waiting: set[int] = set()
        self._accepted: set[int] = set()
        self._left: set[int] = set()
        self._done_before: set[int] = set()  # before it was known how far the folder was read
        self._failures: Counter[int] = Counter()

    def begin(self, start: int, *, from_anew: bool = False) -> None:
        """Everything after this number is to be looked at; mails up to it may wait as well.

        `from_anew`: the mails before were numbered anew: until all of them are done there is nothing to remember.
        """
        self.begun = True
        self.listed = self._start = start
        self._keeps_start = from_anew

    def add(self, uids: Iterable[int]) -> None:
        """These are there and are to be taken, unless they were left before."""
        found = set(uids)
        self._waiting |= found - self._left - self._done_before
        if self.begun:
            self.listed = max({self.listed, *found})

    def waiting(self) -> list[int]:
        """What is to be taken, the oldest first; mails that failed come behind all others."""
        return sorted(self._waiting, key=lambda uid: (self._failures[uid], uid))

    def attempt(self, uid: int) -> bool:
        """It is tried; whatever comes of it, it does not stand in the way of others. True for the first time."""
        self._failures[uid] += 1
        return self._failures[uid] == 1

    def accept(self, uid: int) -> None:
        """It is safe in the spool, and has to be marked on the server."""
        self._accepted.add(uid)

    def is_accepted(self, uid: int) -> bool:
        """Whether it has only to be marked."""
        return uid in self._accepted

    def done(self, uid: int) -> None:
        """It is marked, or gone."""
        self._waiting.discard(uid)
        self._accepted.discard(uid)
        del self._failures[uid]
        if not self.begun:
            self._done_before.add(uid)

    def leave(self, uid: int) -> None:
        """It is too large: it stays where it is and as it is."""
        self._left.add(uid)
        self.done(uid)

    @property
    def read_up_to(self) -> int | None:
        """Every mail up to it is done, or will be found unread again; None where there is nothing to remember."""
        if not self.begun or (self._keeps_start and any(uid <= self._start for uid in self._waiting)):
            return None
        return min((uid - 1 for uid in self._waiting if uid > self._start), default=self.listed)
