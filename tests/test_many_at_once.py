"""Two hundred commands at once from many processes, while mail is filed: none is refused, and none undoes another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from connector.people import read_people
from storage.store import Store
from tests import postgres
from tests.house import PEOPLE, ROOT, shipped_settings
from tests.service import write_ini
from tests.storage import make, processes

pytestmark = pytest.mark.long

AT_ONCE = 40
FIRST, FLAGS, EDITED, *MERGED = (f"0500-{1000 + i}" for i in range(13))
STATUSES = ("Hold", "Pending", "Other", "Scheduled", "New")
Ran = tuple[int, str]
"""A command's exit status, and what it said on standard error."""


def commands(entry: int) -> list[tuple[str, ...]]:
    """Two hundred commands in which each kind meets itself and all others."""
    found: list[tuple[str, ...]] = []
    for i in range(10):
        for j in range(3 * i, 3 * i + 3):
            found += [
                ("ticket", "label", FIRST, "--add", f"label{j}"),
                ("ticket", "note", FIRST, f"note {j}"),
                ("recipients", FIRST, "add", f"r{j}@x.example"),
            ]
        found += [
            ("ticket", "new", "--account", "Acme Ltd", "--subject", f"new {i}", "--no-alert"),
            ("ticket", "set", FIRST, "--priority", f"priority {i}"),
            ("ticket", "read" if i % 2 else "unread", EDITED),
            ("ticket", "merge", MERGED[i], FIRST),
            ("ticket", "set", EDITED, "--description", f"words {i}"),
            ("ticket", "status", EDITED, STATUSES[i % len(STATUSES)]),
            ("history", "edit", str(entry), "--text", f"text {i}"),
            ("ticket", "unread" if i % 2 else "read", FLAGS),
            ("inbox", "add" if i % 2 else "remove", FLAGS),
            ("recipients", EDITED, "add-employee", ("manager", "account-manager")[i % 2]),
            ("ticket", "dispatch", FLAGS, "on" if i % 2 else "off"),
        ]
    return found


def as_program(config: Path, words: Sequence[str]) -> Ran:
    """The command as it is typed."""
    command = [sys.executable, "-m", "connector", "--config", str(config), *words]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr


def run_programs(config: Path, many: Sequence[Sequence[str]]) -> list[Ran]:
    """Every command as a program of its own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda words: as_program(config, words), many))


def run_forks(config: Path, many: Sequence[Sequence[str]]) -> list[Ran]:
    """Every command in a process of its own that has loaded the program's modules already."""
    command = [sys.executable, "-m", "tests.many_commands", str(config), str(AT_ONCE)]
    done = subprocess.run(command, input=json.dumps(many), capture_output=True, text=True, check=True, cwd=ROOT)
    return [(status, told) for status, told in json.loads(done.stdout)]


@contextmanager
def mail_comes_in(url: str) -> Iterator[list[int]]:
    """Mail is filed all the while, every other one on the first ticket; the list has how many there were."""
    stop, filed = threading.Event(), [0]

    def work() -> None:
        store = Store.open(url)
        while not stop.wait(0.05):
            i = filed[0]
            record = make.mail(spool_id=f"mail-{i}", dedupe_key=f"mail-{i}", subject=f"mail {i}")
            processes.file_one(store, i % 2 == 0, mail=record, entry=make.entry(message_id=f"<many-{i}@x.example>"))
            filed[0] += 1
        store.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield filed
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path}/tickets.db"
        return
    if postgres.programs() is None:
        if os.environ.get("CI"):
            pytest.fail(f"no PostgreSQL programs in {postgres.PROGRAMS}")
        pytest.skip(f"no PostgreSQL programs in {postgres.PROGRAMS}")
    with postgres.running() as server:
        yield server.url(server.create())


@pytest.mark.timeout(300)  # of processor time it needs a fraction
@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_two_hundred_at_once(database: str, tmp_path: Path) -> None:
    """B70, B71, B90: all are done, no lock is told, every update is there once, and numbers have no gap."""
    config = write_ini(tmp_path, {"STORE.Database": database, "RULES.Directory": str(ROOT / "rules")})
    store = Store.open(database)
    store.import_people(read_people(PEOPLE, shipped_settings().groups))
    entry = _prepare(store)
    many = commands(entry)
    assert len(many) == 200

    with mail_comes_in(database) as filed:
        ran = run_forks(config, many)

    assert [(words, told) for words, (status, told) in zip(many, ran, strict=True) if status] == []
    assert filed[0] > 10
    _check_added(store, filed[0])
    _check_chains(store, entry)
    store.close()


def _prepare(store: Store) -> int:
    """The tickets that the commands are about; the id of the entry that is edited."""
    for number in (FIRST, FLAGS, EDITED, *MERGED):
        assert make.open_ticket(store, entry=make.entry(text=f"of {number}")).number == number
    return int(store.history(EDITED)[0]["id"])


def _check_added(store: Store, filed: int) -> None:
    """Labels, notes, recipients, tickets, mails and merges, each exactly once."""
    first = store.ticket(FIRST)
    assert first is not None
    assert sorted(first["labels"]) == sorted(f"label{j}" for j in range(30))
    history = store.history(FIRST, 10_000)
    assert sorted(row["text"] for row in history if row["kind"] == "note") == sorted(f"note {j}" for j in range(30))
    addresses = [row["address"] for row in store.recipients(FIRST) if row["list"] == "external"]
    assert sorted(addresses) == sorted(f"r{j}@x.example" for j in range(30))
    tickets = store.db.rows("SELECT number, subject FROM ticket ORDER BY number")
    assert [number for number, _ in tickets] == [f"0500-{1000 + i}" for i in range(len(tickets))]
    assert sorted(subject for _, subject in tickets if subject.startswith("new")) == [f"new {i}" for i in range(10)]
    assert len(tickets) == 13 + 10 + (filed + 1) // 2
    texts = [row["text"] for row in history if row["kind"] == "email"]
    assert sorted(text for text in texts if text.startswith("of")) == [f"of {number}" for number in (FIRST, *MERGED)]
    assert len(texts) == 1 + len(MERGED) + filed // 2
    merged = store.db.rows("SELECT COUNT(*) FROM ticket_v1 WHERE merged_into = ?", (FIRST,))
    assert merged == [(len(MERGED),)]


def _check_chains(store: Store, entry: int) -> None:
    """Each change began where the one before it ended, and the last one is what stands there."""
    edited, flags, detail = store.ticket(EDITED), store.ticket(FLAGS), store.entry(entry)
    assert edited is not None
    assert flags is not None
    assert detail is not None
    assert _chain(store, EDITED, "description") == edited["description"]
    assert _chain(store, FIRST, "priority").startswith("priority")
    assert _chain(store, EDITED, "unread") == ("unread" if edited["unread"] else "read")
    assert _chain(store, EDITED, "status") == edited["status"]
    assert _chain(store, EDITED, f"text of entry {entry}") == detail.row["text"]
    assert _chain(store, FLAGS, "unread") == ("unread" if flags["unread"] else "read")
    assert _chain(store, FLAGS, "inbox") == ("in" if flags["in_inbox"] else "out")
    written = store.db.rows("SELECT COUNT(*) FROM entry WHERE field = ?", (f"text of entry {entry}",))
    assert written == [(10,)]
    roles = [row["name"] for row in store.recipients(EDITED)]
    assert sorted(roles) == ["Account Manager", "Ticket Manager"]


def _chain(store: Store, number: str, field: str) -> str:
    """The last value of a field by its history, whose entries must follow each other."""
    sql = """
        SELECT e.old_value, e.new_value FROM entry e JOIN ticket t ON t.id = e.ticket_id
        WHERE t.number = ? AND e.field = ? ORDER BY e.id
    """
    rows = store.db.rows(sql, (number, field))
    assert all(before[1] == after[0] for before, after in pairwise(rows)), rows
    return str(rows[-1][1])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_programs_at_once(database: str, tmp_path: Path) -> None:
    """B70: the same with eight programs as they are started from a shell, all at once."""
    config = write_ini(tmp_path, {"STORE.Database": database, "RULES.Directory": str(ROOT / "rules")})
    store = Store.open(database)
    make.open_ticket(store)
    ran = run_programs(config, [("ticket", "label", FIRST, "--add", f"label{i:02}") for i in range(8)])
    assert [told for status, told in ran if status] == []
    ticket = store.ticket(FIRST)
    assert ticket is not None
    assert ticket["labels"] == [f"label{i:02}" for i in range(8)]
    store.close()
