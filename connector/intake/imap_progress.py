"""Which mails of a folder wait to be taken, and how far it was read; nothing here speaks to anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from connector.intake.retries import Retries, what_stays


class Progress:
    """The mails of one folder under one UIDVALIDITY, by UID; `begun` once it is known how far it was read."""

    def __init__(self, uid_validity: int) -> None:
        self.uid_validity = uid_validity
        self.begun = False
        self.listed = 0  # up to it the folder was looked at
        self.left: set[int] = set()  # too large
        self._start = 0
        self._keeps_start = False
        self._waiting: set[int] = set()
        self._accepted: set[int] = set()
        self._done_before: set[int] = set()  # before it was known how far the folder was read
        self._retries: Retries[int] = Retries()

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
        self._waiting |= found - self.left - self._done_before
        if self.begun:
            self.listed = max({self.listed, *found})

    def waiting(self) -> list[int]:
        """What is to be taken now, the oldest first; mails that failed come behind all others, later and later."""
        due = (uid for uid in self._waiting if self._retries.is_due(uid))
        return sorted(due, key=lambda uid: (self._retries.times(uid), uid))

    def batches(self, size: int) -> Iterator[Sequence[int]]:
        """What waits, so many at once; those that failed alone: one of them may make the server fail for all."""
        waiting = self.waiting()
        good = [uid for uid in waiting if not self._retries.times(uid)]
        yield from (good[start : start + size] for start in range(0, len(good), size))
        yield from ([uid] for uid in waiting[len(good) :])

    def attempt(self, uid: int) -> bool:
        """It is tried; whatever comes of it, it does not stand in the way of others. True for the first time."""
        return self._retries.attempt(uid)

    def pardon(self, uid: int) -> None:
        """That it failed was not because of the mail."""
        self._retries.pardon(uid)

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
        self._retries.forget(uid)
        if not self.begun:
            self._done_before.add(uid)

    def leave(self, uid: int) -> None:
        """It is too large: it stays where it is and as it is."""
        self.left.add(uid)
        self.done(uid)

    @property
    def read_up_to(self) -> int | None:
        """Every mail up to it is done, or will be found unread again; None where there is nothing to remember."""
        if not self.begun or (self._keeps_start and any(uid <= self._start for uid in self._waiting)):
            return None
        return min((uid - 1 for uid in self._waiting if uid > self._start), default=self.listed)

    def stays(self, still_left: Iterable[int]) -> str:
        """What an alarm says of the mails that stay in the folder, by UID; these too large ones are still there."""
        in_vain = sorted(self._retries.in_vain())
        return what_stays(
            {
                "larger than MaxMessageSize": sorted(still_left),
                "not given by the server": [uid for uid in in_vain if uid not in self._accepted],
                "taken, but the server does not mark them": [uid for uid in in_vain if uid in self._accepted],
            }
        )
