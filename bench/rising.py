"""Rising load: many mails in one go; how quick they are through, tenth by tenth, and what each process holds.

    python -m bench.rising [--mails 100000] [--workers 2] [--kit DIR]

All are sent as quickly as they are accepted, so that most of them wait in the spool while tickets become more and more.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench import options
from bench.driver import send
from bench.end_to_end import NotDone, wait_until_delivered
from bench.service import Service, install
from bench.sink import Sink
from bench.stream import Stream
from bench.tables import table
from connector.config.settings import Settings
from connector.delivery_store import open_store
from storage import times

CONNECTIONS = 10
TENTHS = 10
LEAST_PER_S = 5  # a service that is slower than this is not waited for
LOOK_SECONDS = 1.0  # from one look at the processes to the next
PASSED = """
SELECT m.received_at, MAX(d.sent_at)
FROM mail m JOIN outgoing o ON o.mail_id = m.id JOIN delivery d ON d.outgoing_id = o.id
WHERE d.state = 'sent' GROUP BY m.id
"""


@dataclass(frozen=True, slots=True)
class Tenth:
    """One tenth of the mails, in the order in which their last deliveries were made; the most memory meanwhile.

    `cpu_ms` is that of all processes for one mail: a busy machine changes it less than the rate.
    """

    per_s: float
    cpu_ms: float
    memory_mib: dict[str, float]


@dataclass(frozen=True, slots=True)
class Rising:
    """What was found, and how many mails were accepted a second."""

    mails: int
    accepted_per_s: float
    tenths: tuple[Tenth, ...]

    @property
    def last_to_first(self) -> float:
        """The rate of the last tenth to that of the first."""
        return self.tenths[-1].per_s / self.tenths[0].per_s

    @property
    def growth(self) -> float:
        """The most memory of any process in any tenth, to its own in the first."""
        first = self.tenths[0].memory_mib
        return max(tenth.memory_mib.get(name, 0.0) / first[name] for tenth in self.tenths for name in first)

    def table(self) -> str:
        """A line for each tenth."""
        names = list(self.tenths[0].memory_mib)
        rows = []
        for number, tenth in enumerate(self.tenths, 1):
            memory = (f"{tenth.memory_mib.get(name, 0.0):.0f}" for name in names)
            rows.append((str(number), f"{tenth.per_s:.1f}", f"{tenth.cpu_ms:.2f}", *memory))
        return table(("tenth", "mails/s", "CPU ms a mail", *(f"{name}, MiB" for name in names)), rows)


def measure(count: int, scratch: Path, kit: Path | None, workers: int) -> Rising:
    """So many mails through a service that knows their senders."""
    stream = Stream(count)
    with Sink(kit) as sink:
        settings = install(options.new_folder(scratch, "rising"), stream.installed, sink.port, workers)
        with Service(settings) as service, _looking(service) as looks:
            service.wait_until_quiet()
            sent = send(settings.smtp_in.port, stream.letters(), CONNECTIONS)
            wait_until_delivered(settings, count, 60 + count / LEAST_PER_S)
    ended = sorted(last for _, last in passed(settings, count))
    marks = [sent.started_at, *(ended[count * i // TENTHS - 1] for i in range(1, TENTHS + 1))]
    each = count / TENTHS
    tenths = (
        Tenth(each / (end - begin), 1000 * (_cpu(looks, end) - _cpu(looks, begin)) / each, _most(looks, begin, end))
        for begin, end in pairwise(marks)
    )
    return Rising(count, sent.per_s, tuple(tenths))


def passed(settings: Settings, count: int) -> list[tuple[float, float]]:
    """When each mail was received and when its last delivery was made (Unix time, to the millisecond)."""
    store = open_store(settings)
    found = [tuple(times.from_text(text).timestamp() for text in row) for row in store.db.rows(PASSED)]
    store.close()
    if len(found) != count:
        raise NotDone(f"{len(found)} of {count} mails caused a delivery")
    return [(received, sent) for received, sent in found]


Look = tuple[float, dict[str, float], float]


@contextmanager
def _looking(service: Service) -> Iterator[list[Look]]:
    """Looks again and again, in a thread: Unix time, MiB of each process, and CPU seconds of all together."""
    looks: list[Look] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            looks.append((time.time(), service.memory(), sum(process.cpu_s for process in service.usage())))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield looks
    finally:
        over.set()
        thread.join()


def _most(looks: list[Look], begin: float, end: float) -> dict[str, float]:
    """The most memory of each process between two times; where nobody looked, at the next look."""
    within = [memory for at, memory, _ in looks if begin <= at <= end] or [m for at, m, _ in looks if at > end][:1]
    return {name: max(memory.get(name, 0.0) for memory in within) for name in within[0]} if within else {}


def _cpu(looks: list[Look], when: float) -> float:
    """CPU seconds of all processes at a time, between two looks in proportion."""
    for (before, _, less), (after, _, more) in pairwise(looks):
        if before <= when <= after:
            return less + (more - less) * (when - before) / (after - before)
    return looks[0 if when < looks[0][0] else -1][2] if looks else 0.0


def main() -> None:
    """Measure by the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add(parser)
    parser.add_argument("--workers", type=int, default=2)
    parser.set_defaults(mails=100_000)
    args = parser.parse_args()
    with options.scratch(args.work) as scratch:
        found = measure(args.mails, scratch, args.kit, args.workers)
    print(found.table())
    print(f"last tenth to first {found.last_to_first:.2f}, memory at most {found.growth:.2f} of the first tenth's")


if __name__ == "__main__":
    main()
