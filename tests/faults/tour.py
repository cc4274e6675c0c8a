"""The real service, ended at one failpoint after the other; mail is brought all the while.

Every step is: a failpoint is armed, something makes the service get there, it ends, and it is started anew. What was
brought is brought again until it is accepted, as mail servers do.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from tests.faults.client import Clients
from tests.faults.installation import Installation
from tests.faults.ledgers import Compared, compare
from tests.service import until

SECONDS = 60.0
START = ("start.locked", "start.swept", "start.parts-started", "start.recovered", "start.listening")
RELOAD = ("reload.read", "reload.listeners-changed", "reload.parts-stopped", "reload.parts-started")
STOP = ("stop.asked", "stop.parts-ended")
LARGE = ("file.begun",)
RESPAWN = ("workers.started",)
MAIL = (
    "session.content-read", "file.created", "spool.written", "spool.synced", "spool.placed", "spool.folder-synced",
    "session.stored", "session.answered", "workers.told", "worker.reported", "deliveries.leased", "courier.claimed",
    "relay.dot-written", "relay.answered", "courier.tried", "deliveries.results-written", "courier.recorded",
    "courier.results-synced", "search.taken-off",
)  # fmt: skip
MAIN = (*MAIL, *LARGE, *RESPAWN, "courier.leases-released", *START, *RELOAD, *STOP)
"""All failpoints of the main process but those of roads; `worker.reported` alone is a worker's."""


@dataclass
class Tour:
    """One service, which is ended again and again; mails are numbered through."""

    installation: Installation
    number: int = 0

    def run(self, points: Mapping[str, str]) -> Compared:
        """End it at each of these points, by the action behind it; then the ledgers. Each point must be reached."""
        self.installation.start()
        try:
            self.clients = Clients(lambda: self.installation.service.port, [""])
            for point, action in points.items():
                self._end_at(point, action)
            drained = self.installation.drain(SECONDS)
            self.installation.service.stop()
            compared = compare(self.clients.told, self.installation)
            if not drained:
                compared.findings.insert(0, "not all was done in time")
            return compared
        finally:
            self.installation.service.kill_all()

    def _end_at(self, point: str, action: str) -> None:
        """One step."""
        installation = self.installation
        before = len(installation.points.acted())
        installation.points.arm(point, action)
        self.number += 25 - self.number % 25 if point in LARGE else 1  # each 25th is large
        bringing = threading.Thread(target=self.clients.bring, args=(self.number, "new"), daemon=True)
        bringing.start()
        if point.startswith("start.") or point == "courier.leases-released":
            installation.kill_all()
            installation.start()
        elif point in RELOAD:
            installation.service.signal(signal.SIGHUP)
        elif point in STOP:
            installation.service.signal(signal.SIGTERM)
        elif point in RESPAWN:
            until(installation.kill_worker, seconds=SECONDS)
        until(lambda: len(installation.points.acted()) > before, seconds=SECONDS)
        if point != "worker.reported" or action == "kill-all":
            self._revive()
        bringing.join(SECONDS)
        assert not bringing.is_alive(), f"{point}: the mail was not accepted"

    def _revive(self) -> None:
        """Start it again, unless `start` has done so where the end came in a start."""
        installation = self.installation
        if installation.dies():
            installation.note_death()
            installation.start()


def in_turn(points: tuple[str, ...]) -> dict[str, str]:
    """Each point with an action: the process that gets there is killed, or all of the service, by turns."""
    return {point: ("kill-all", "kill")[number % 2] for number, point in enumerate(points)}
