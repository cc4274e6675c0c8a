"""What people and workers read of a store, each timed against a small and a large one (`bench.scale`)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bench.scale_rows import ACCOUNTS, RARE, contact_address, vocabulary
from storage.records import Wanted
from storage.store import Store
from storage.views import VIEWS, TicketFilter

COMMON, FREQUENT, MIDDLING = (vocabulary()[rank] for rank in (0, 60, 800))
"""Words in nearly all, in many, and in about one of a hundred tickets; RARE stands in twenty, whatever the size."""

Read = Callable[[Store, "Sample"], object]


@dataclass(frozen=True, slots=True)
class Sample:
    """A ticket from the middle of a store, and the Message-ID of one of its mails."""

    number: str
    message_id: str


def sample(store: Store) -> Sample:
    """The ticket in the middle."""
    (count,) = store.db.rows("SELECT MAX(id) FROM ticket")[0]
    (number, ticket) = store.db.rows("SELECT number, id FROM ticket WHERE id = ?", (max(count // 2, 1),))[0]
    (message_id,) = store.db.rows("SELECT message_id FROM message WHERE ticket_id = ? ORDER BY id LIMIT 1", (ticket,))[
        0
    ]
    return Sample(number, message_id)


def listing(**filters: object) -> Read:
    """One page of tickets."""
    return lambda store, _: store.tickets(TicketFilter(**filters))  # type: ignore[arg-type]


def _whole_ticket(store: Store, asked: Sample) -> object:
    return store.ticket(asked.number), store.history(asked.number), store.recipients(asked.number)


def _by_number(store: Store, asked: Sample) -> object:
    return store.facts(Wanted(addresses=(contact_address(1),), sender=contact_address(1), numbers=(asked.number,)))


def _by_message_id(store: Store, asked: Sample) -> object:
    return store.facts(Wanted(sender=contact_address(1), message_ids=(asked.message_id,), message_id="<new@x.example>"))


READS: dict[str, Read] = {
    **{f"view {view}, first page": listing(view=view) for view in VIEWS},
    "all, from the middle on": lambda store, asked: store.tickets(TicketFilter(after=asked.number)),
    "Inbox, from the middle on": lambda store, asked: store.tickets(TicketFilter("inbox", after=asked.number)),
    "status Hold": listing(statuses=("Hold",)),
    "statuses New, Pending, Completed": listing(statuses=("New", "Pending", "Completed")),
    "manager": listing(manager_ids=(3,)),
    "manager, open": listing(view="open", manager_ids=(3,)),
    "three managers, one of them nobody": listing(manager_ids=(3, 7, None)),
    "label": listing(labels=("vip",)),
    "label, open": listing(view="open", labels=("vip",)),
    "account with many tickets": listing(account="Customer 1 Ltd"),
    "account with few tickets": listing(account=f"Customer {ACCOUNTS} Ltd"),
    "one's own": listing(seen_by=20),
    "one ticket, history, recipients": _whole_ticket,
    "search, rare word": listing(search=RARE),
    "search, middling word": listing(search=MIDDLING),
    "search, frequent word": listing(search=FREQUENT),
    "search, common word": listing(search=COMMON),
    "search, two words": listing(search=f"{FREQUENT} {MIDDLING}"),
    "search, words in a row": listing(search=f'"{COMMON} {FREQUENT}"'),
    "search, beginning": listing(search=f"{RARE[:5]}*"),
    "search, common word in the Inbox": listing(view="inbox", search=COMMON),
    "search, middling word, manager, open": listing(view="open", manager_ids=(3,), search=MIDDLING),
    "search, number": lambda store, asked: store.tickets(TicketFilter(search=asked.number)),
    "failed deliveries": lambda store, _: store.deliveries(("failed",)),
    "deliveries of one's own tickets": lambda store, _: store.deliveries(seen_by=20),
    "facts by number": _by_number,
    "facts by Message-ID": _by_message_id,
}

ENOUGH_SECONDS = 2.0  # of one read on one store


@dataclass(slots=True)
class Times:
    """Seconds of each run of one read, on the small and on the large store."""

    small: list[float] = field(default_factory=list)
    large: list[float] = field(default_factory=list)

    @property
    def medians(self) -> tuple[float, float]:
        """Of the small and the large store, in milliseconds."""
        return 1000 * statistics.median(self.small), 1000 * statistics.median(self.large)


def measure(small: Store, large: Store, runs: int) -> Iterator[tuple[str, Times]]:
    """Every read on both stores in turn, so that the machine's moods hit both; the first run of each warms up."""
    samples = sample(small), sample(large)
    for name, read in READS.items():
        times = Times()
        for run in range(runs + 1):
            for store, asked, kept in ((small, samples[0], times.small), (large, samples[1], times.large)):
                started = time.perf_counter()
                read(store, asked)
                if run:
                    kept.append(time.perf_counter() - started)
            if sum(times.large) > ENOUGH_SECONDS:
                break
        yield name, times
