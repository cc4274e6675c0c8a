"""What goes wrong in a soak, one thing at a time, by chance: crashes, the relay, the database, reloads and restarts."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import ClassVar

from tests.faults.installation import Installation
from tests.faults.sink import FAULTS

KILLS = ("kill all", "kill main", "kill worker", "kill at a failpoint")
"""Those that end a process by SIGKILL."""
SHARES = {
    "kill all": 4,
    "kill main": 3,
    "kill worker": 3,
    "kill at a failpoint": 8,
    "relay": 8,
    "database locked": 1,
    "reload": 2,
    "restart": 1,
}
"""How often each comes, beside the others."""
POINTS = {
    "worker": (
        "spool.claimed", "finishing.read", "stages.begun", "processing.decided", "originals.linked", "processing.kept",
        "sql.executed", "filing.ledger-written", "filing.ticket-written", "filing.history-written",
        "filing.outgoing-written", "filing.number-taken", "filing.ticket-opened", "filing.ticket-updated",
        "entries.entry-written", "outgoing.mails-written", "outgoing.deliveries-written", "processing.filed",
        "spool.recorded", "finishing.recorded", "worker.reported", "originals.synced", "database.synced",
        "database.before-commit", "database.committed", "finishing.settled", "spool.trailer-cut", "spool.done",
    ),
    "main": (
        "session.content-read", "file.begun", "file.created", "spool.written", "spool.synced", "spool.placed",
        "spool.folder-synced", "session.stored", "session.answered", "workers.told", "deliveries.leased",
        "courier.claimed", "relay.dot-written", "relay.answered", "courier.tried", "deliveries.results-written",
        "courier.recorded", "courier.results-synced", "search.taken-off",
    ),
    "reload": ("reload.read", "reload.listeners-changed", "reload.parts-stopped", "reload.parts-started"),
    "restart": ("stop.asked", "stop.parts-ended"),
    "start": ("start.locked", "start.swept", "start.parts-started", "start.recovered", "start.listening"),
}  # fmt: skip
"""Failpoints by what has to happen for them to be reached."""


class Troubles:
    """Makes trouble for one installation; `counts` is what was made."""

    def __init__(self, installation: Installation, rng: Random) -> None:
        self._installation = installation
        self._rng = rng
        self.counts: Counter[str] = Counter()
        self.at: Counter[str] = Counter()  # kills by failpoint

    @property
    def kills(self) -> int:
        """How often a process was ended by SIGKILL."""
        return sum(self.counts[kind] for kind in KILLS)

    @property
    def faults(self) -> int:
        """Kills and relay faults."""
        return self.kills + self.counts["relay"]

    def make(self) -> str:
        """One trouble, to its end: afterwards the service runs and the relay is well. What it was."""
        kind = self._rng.choices(list(SHARES), list(SHARES.values()))[0]
        made = self._makers[kind](self)
        if made:
            self.counts[kind] += 1
        return kind if made else ""

    def _some_time(self, longest: float) -> None:
        time.sleep(self._rng.uniform(0.0, longest))

    def _kill_all(self) -> bool:
        self._some_time(1.0)
        self._installation.kill_all()
        self._installation.start()
        return True

    def _kill_main(self) -> bool:
        self._some_time(1.0)
        self._installation.kill_main()
        self._installation.start()
        return True

    def _kill_worker(self) -> bool:
        self._some_time(1.0)
        return self._installation.kill_worker()

    def _kill_at_failpoint(self) -> bool:
        """Killed where it hurts: a worker, or the main process, with or without the others."""
        where = self._rng.choice(["worker", "worker", "main", "main", "reload", "restart", "start"])
        point = self._rng.choice(POINTS[where])
        points, action = self._installation.points, self._rng.choice(["kill", "kill-all"])
        points.arm(point, action, self._rng.randint(1, 20) if where in ("worker", "main") else 1)
        before = len(points.acted())
        if where == "reload":
            self._installation.service.signal(signal.SIGHUP)
        elif where == "restart":
            self._installation.service.signal(signal.SIGTERM)
        elif where == "start":
            self._installation.kill_all()
            self._installation.start()
        self._wait(3.0, lambda: len(points.acted()) > before)
        points.disarm()
        acted = points.acted()[before:]
        self.at.update(acted)
        self._revive(where == "restart")
        return bool(acted)

    def _revive(self, is_ending: bool) -> None:
        """Start the service again if it has died, or is about to."""
        self._wait(30.0 if is_ending else 0.3, lambda: self._installation.is_dead)
        if self._installation.is_dead:
            self._installation.note_death()
            self._installation.start()

    @staticmethod
    def _wait(seconds: float, done: Callable[[], bool]) -> None:
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            time.sleep(0.02)

    def _relay(self) -> bool:
        self._installation.sink.fail(self._rng.choice(list(FAULTS)))
        self._some_time(3.0)
        self._installation.sink.mend()
        return True

    def _lock_database(self) -> bool:
        """Somebody else writes for a while; SQLite alone."""
        url = self._installation.database
        if not url.startswith("sqlite:"):
            return False
        path = self._installation.service.folder / url.removeprefix("sqlite:")
        locker = sqlite3.connect(path, isolation_level=None, timeout=30.0)
        locker.execute("BEGIN IMMEDIATE")
        self._some_time(4.0)
        locker.execute("ROLLBACK")
        locker.close()
        return True

    def _reload(self) -> bool:
        self._installation.service.signal(signal.SIGHUP)
        self._some_time(1.0)
        return True

    def _restart(self) -> bool:
        self._installation.service.stop()
        self._installation.note_death()
        self._installation.start()
        return True

    _makers: ClassVar = {
        "kill all": _kill_all,
        "kill main": _kill_main,
        "kill worker": _kill_worker,
        "kill at a failpoint": _kill_at_failpoint,
        "relay": _relay,
        "database locked": _lock_database,
        "reload": _reload,
        "restart": _restart,
    }
