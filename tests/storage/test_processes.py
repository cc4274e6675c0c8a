"""Several processes on one store, and processes that are killed."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from typing import Any

from storage.records import Wanted
from storage.store import Store
from tests.storage import make, processes

EACH = 10  # mails of each process
FORK = multiprocessing.get_context("fork")


def run(*calls: tuple[Any, ...]) -> list[int | None]:
    """The exit status of child processes that ran at once, each a function with its arguments."""
    children = [FORK.Process(target=function, args=arguments) for function, *arguments in calls]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    return [child.exitcode for child in children]


def test_processes__eight_at_once_lose_nothing(store: Store, url: str) -> None:
    """B3, B70, B90: eight processes file at once: no lock is reported, no mail is lost, no number is given twice."""
    make.open_ticket(store)
    assert run(*((processes.file_many, url, name, EACH) for name in "abcdefgh")) == [0] * 8
    opened = 1 + 8 * EACH // 2
    counts = make.count_rows(store)
    assert (counts["mail"], counts["ticket"], counts["entry"]) == (1 + 8 * EACH, opened, 1 + 8 * EACH)
    numbers = [row[0] for row in store.db.rows("SELECT number FROM ticket ORDER BY id")]
    assert numbers == [f"0500-{1000 + i}" for i in range(opened)]
    assert make.by_number(store, "0500-1000").version == 1 + 8 * EACH // 2


def test_processes__open_a_new_store_together(empty_url: str) -> None:
    """B97: of several processes that open a new database at once one migrates it, and all get on."""
    assert run(*((processes.open_and_close, empty_url) for _ in range(4))) == [0] * 4
    store = Store.open(empty_url)
    names = [row[0] for row in store.db.rows("SELECT name FROM schema_migration")]
    assert len(names) == len(set(names))
    store.close()


def test_processes__killed_before_any_statement(store: Store, url: str) -> None:
    """B70: a process killed before any statement of the transaction, the COMMIT included, leaves nothing at all."""
    kills = 0
    while (status := run((processes.die_at, url, f"spool-{kills}", kills))) == [-signal.SIGKILL]:
        kills += 1
        assert set(make.count_rows(store).values()) == {0}
    assert (status, kills > 12) == ([0], True)
    whole = {"mail": 1, "ticket": 1, "entry": 2, "attachment": 1, "message": 2, "recipient": 1, "outgoing": 1}
    assert make.count_rows(store) == whole | {"delivery": 2, "account": 1}


def test_processes__killed_filing_is_repeated_whole(store: Store, url: str) -> None:
    """B5, B88: the mail of a killed process is filed by the next one, under the number that was free."""
    assert run((processes.die_at, url, "spool-x", 8)) == [-signal.SIGKILL]
    assert run((processes.die_at, url, "spool-x", 99)) == [0]
    assert store.facts(Wanted()).next_number == "0500-1001"


def test_processes__two_stores_see_each_others_tickets(open_store: Callable[..., Store]) -> None:
    """B70: what one process committed, the next facts of another one show."""
    one, two = open_store(), open_store()
    ticket = make.open_ticket(one)
    assert make.by_number(two, ticket.number) == ticket
