"""The real service under load while everything goes wrong by chance; then three ledgers are held against each other.

    python -m tests.faults.soak --minutes 30
    python -m tests.faults.soak --mails 10000 --kills 200

SIGTERM or Ctrl-C ends the load, and then all is looked at. The exit status is 1 where anything was found. Progress goes
to standard error, the table of what happened to standard output.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests import postgres
from tests.faults.client import UNKNOWN, Clients
from tests.faults.installation import Installation
from tests.faults.ledgers import Compared, compare
from tests.faults.sink import Sink
from tests.faults.troubles import Troubles

MEMORY = Path("/dev/shm")
SHOWN = 40
"""Findings that are printed."""
TICKETS = 12
"""Tickets that customers and employees write on meanwhile."""
AHEAD = 60
"""So many mails may be sent ahead of their share, so that each trouble meets some."""
GET_ON_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Aim:
    """How long it goes on: for some minutes, or until there were so many mails, and kills and relay faults together."""

    minutes: float = 0.0
    mails: int = 0
    kills: int = 0
    per_second: float = 25.0  # mails, where it goes by minutes

    def share(self, seconds: float, kills: int) -> int:
        """How many mails may have been sent by now."""
        if self.minutes:
            return int(seconds * self.per_second)
        return AHEAD + int(self.mails * min(1.0, (kills + 1) / max(1, self.kills)))

    def reached(self, seconds: float, accepted: int, kills: int) -> bool:
        """Whether it is enough."""
        if self.minutes:
            return seconds >= 60 * self.minutes
        return accepted >= self.mails and kills >= self.kills


@dataclass
class Soak:
    """One run in a folder."""

    installation: Installation
    aim: Aim
    rng: Random
    patience: float = 900.0  # seconds for what is left at the end
    ended: bool = False  # by a signal

    def end(self, *_: object) -> None:
        """Make no more trouble."""
        self.ended = True

    def run(self) -> Compared:
        """Load and trouble, then quiet; what came of it."""
        begun = time.monotonic()
        self.installation.start()
        try:
            tickets = self.installation.open_tickets(TICKETS)
            self.clients = Clients(lambda: self.installation.service.port, tickets)
            self.troubles = Troubles(self.installation, self.rng)
            self._under_load()
            drained = self._drain()
            self.installation.service.stop()
            self.seconds = time.monotonic() - begun
            compared = compare(self.clients.told, self.installation)
            if not drained:
                compared.findings.insert(0, f"not all was done within {self.patience:.0f} s after the last trouble")
            return compared
        finally:
            self.installation.service.kill_all()

    def _under_load(self) -> None:
        begun, told = time.monotonic(), 0.0
        self.clients.start()
        while True:
            seconds = time.monotonic() - begun
            self.clients.allowed = self.aim.share(seconds, self.troubles.faults)
            if self.ended or self.aim.reached(seconds, self.clients.accepted, self.troubles.faults):
                break
            made = self.troubles.make()
            self.installation.hurry()
            self._get_on(self.rng.randint(1, 40))
            if seconds - told > 10:
                told = seconds
                self._tell(seconds, made)
        self.clients.end()

    def _get_on(self, mails: int) -> None:
        """Have some mails filed between two troubles, or on a busy machine the service would die before it did any."""
        end, aim = time.monotonic() + GET_ON_SECONDS, max(mails, self.installation.spooled() - mails)
        while self.installation.spooled() > aim and time.monotonic() < end:
            time.sleep(0.05)

    def _drain(self) -> bool:
        """All is well from now on: what is left is done by a service that starts once more."""
        self.installation.service.stop()
        self.installation.note_death()
        self.installation.start()
        return self.installation.drain(self.patience)

    def _tell(self, seconds: float, made: str) -> None:
        print(
            f"{seconds:5.0f} s: {self.clients.accepted} mails accepted, {self.troubles.kills} kills, "
            f"{self.troubles.counts['relay']} relay faults, {self.installation.spooled()} in the spool, "
            f"{len(self.installation.sink.taken)} sent; now: {made or 'nothing'}",
            file=sys.stderr, flush=True,
        )  # fmt: skip

    def table(self, compared: Compared) -> str:
        """What happened, as rows of a table."""
        replies = self.clients.replies()
        rows = {
            "mails accepted": self.clients.accepted,
            "answers that no client heard (the connection broke behind the dot)": replies[UNKNOWN],
            "answers 4xx": sum(count for code, count in replies.items() if 400 <= code < 500),
            "processes killed": self.troubles.kills,
            "of these at a failpoint": sum(self.troubles.at.values()),
            "times that the main process died": len(self.installation.deaths) - self.troubles.counts["restart"] - 1,
            "times that the relay went wrong": self.troubles.counts["relay"],
            "transactions that it spoiled": self.installation.sink.failures,
            "reloads, restarts, times the database was locked": ", ".join(
                str(self.troubles.counts[kind]) for kind in ("reload", "restart", "database locked")
            ),
            "mails filed": compared.filed,
            "handed over again, and known by their content": compared.outcomes["duplicate"],
            "deliveries sent, failed (5xx)": f"{compared.deliveries['sent']}, {compared.deliveries['failed']}",
            "possible duplicates: crashes between the relay's 250 and the commit": compared.sent_twice,
            "failpoints reached": len(self.installation.points.hits()),
            "seconds": round(self.seconds),
            "findings": len(compared.findings),
        }
        return "\n".join(f"| {name} | {value} |" for name, value in rows.items())


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=0.0, help="how long, in minutes")
    parser.add_argument("--mails", type=int, default=1000, help="without --minutes: at least so many mails (1,000)")
    parser.add_argument(
        "--kills",
        type=int,
        default=20,
        help="without --minutes: and at least so many kills and relay faults together (20)",
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed, other troubles (1)")
    parser.add_argument("--postgresql", action="store_true", help="with PostgreSQL in place of SQLite")
    options = parser.parse_args()
    aim = Aim(options.minutes, options.mails, options.kills)
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir=MEMORY if MEMORY.is_dir() else None))
    if options.postgresql:
        with postgres.running() as server:
            findings = _soak(folder, aim, options.seed, STORE__Database=server.url(server.create()))
    else:
        findings = _soak(folder, aim, options.seed)
    if findings:
        print(f"what it left is in {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder)
    return 1 if findings else 0


def _soak(folder: Path, aim: Aim, seed: int, **tokens: str) -> int:
    rng = Random(seed)
    with Sink(Random(rng.random())).running() as sink:
        soak = Soak(Installation(folder, sink, **tokens), aim, rng)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, soak.end)
        compared = soak.run()
    print(soak.table(compared))
    for finding in compared.findings[:SHOWN]:
        print(f"! {finding}")
    return len(compared.findings)


if __name__ == "__main__":
    sys.exit(main())
