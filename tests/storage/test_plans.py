"""No query of a mail, of the courier or of a listing walks through a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from storage import listing_defaults, search_page
from storage.records import NewRecipient, Result, Wanted
from storage.store import Store
from storage.views import VIEWS, TicketFilter
from tests.storage import make

SCANNED = {"setting", "employee", "alarm", "roads", "due", "oldest", "newest", "asked", "(subquery-4)"}
"""Small tables that are read whole, and the names of subqueries."""


SORTED = re.compile("TEMP B-TREE FOR ORDER BY|-> +(Incremental )?Sort|^Sort  ")


class RecordingCursor:
    """A cursor of the database that puts down what it executes."""

    def __init__(self, cursor: Any, executed: list[tuple[str, Any]]) -> None:
        self._cursor = cursor
        self._executed = executed

    def execute(self, sql: str, params: Any = ()) -> Any:
        if not sql.startswith(("BEGIN", "COMMIT")):
            self._executed.append((sql, params))
        return self._cursor.execute(sql, params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class Recorder:
    """Keeps what a store executes, with its values."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = store
        self.executed: list[tuple[str, Any]] = []
        self._cursor = store.db.peewee.cursor
        monkeypatch.setattr(store.db.peewee, "cursor", lambda: RecordingCursor(self._cursor(), self.executed))

    def run(self, sql: str, params: Any) -> Any:
        """The cursor of a statement that is not recorded."""
        cursor = self._cursor()
        cursor.execute(sql, params)
        return cursor

    def scans(self) -> list[str]:
        """Every step of a plan that walks through a table, with its statement.

        To walk along an index is allowed: pages of listings are read so, and end early.
        """
        found = []
        with self.store.db.transaction():
            if self.store.db.postgresql:
                self.run("SET LOCAL enable_seqscan = off", ())
            for sql, params in self.executed:
                if sql.lstrip().startswith(("SELECT", "UPDATE", "WITH")):
                    found += [f"{step}: {sql}" for step in self._plan(sql, params) if self._walks(step)]
        return found

    def steps(self, table: str) -> list[str]:
        """Every step of the plans of statements that read a table."""
        with self.store.db.transaction():
            if self.store.db.postgresql:
                self.run("SET LOCAL enable_seqscan = off", ())
            return [step for sql, params in self.executed if table in sql for step in self._plan(sql, params)]

    def sorts(self) -> list[str]:
        """Every page of tickets that is sorted, where the index that is walked should have its order."""
        found = []
        with self.store.db.transaction():
            if self.store.db.postgresql:
                for choice in ("seqscan", "bitmapscan", "sort"):
                    self.run(f"SET LOCAL enable_{choice} = off", ())
            for sql, params in self.executed:
                if sql.startswith(("SELECT t.id, t.number FROM", "SELECT t.changed_at, t.id, t.number FROM")):
                    found += [f"{step}: {sql}" for step in self._plan(sql, params) if SORTED.search(step)]
        return found

    def _plan(self, sql: str, params: Any) -> list[str]:
        explain = "EXPLAIN " if self.store.db.postgresql else "EXPLAIN QUERY PLAN "
        return [str(row[-1]) for row in self.run(explain + sql, params).fetchall()]

    def _walks(self, step: str) -> bool:
        sign = "Seq Scan on " if self.store.db.postgresql else "SCAN "
        _, found, table = step.partition(sign)
        return bool(found) and "USING" not in table and table.split()[0] not in SCANNED and "CONSTANT" not in table


@pytest.fixture
def recorder(store: Store, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A store with people and a ticket, and what is executed from now on."""
    store.import_people(make.PEOPLE)
    make.open_ticket(store, outgoing=(make.outgoing("a@company.example", "b@company.example"),))
    return Recorder(store, monkeypatch)


def wanted(**more: Any) -> Wanted:
    """What a reply asks."""
    asked: dict[str, Any] = {
        "addresses": (make.BOB, "carl@acme.example", "support@company.example"),
        "sender": make.BOB,
        "numbers": ("0500-1000",),
        "message_ids": ("<a@x.example>", "<b@x.example>"),
        "message_id": "<c@x.example>",
        "dedupe_key": "key",
        "accounts": ("Internal", "Unknown senders"),
        "since": make.NOW,
        "pace": 20,
    }
    return Wanted(**asked | more)


def test_plans__mail_is_answered_and_filed_by_indexes(recorder: Recorder) -> None:
    """B30 to B33, B70: facts and filing of a reply use an index for every table."""
    facts = recorder.store.facts(wanted())
    (ticket,) = facts.tickets.values()
    assert recorder.store.facts(wanted(message_ids=tuple(one.message_id for one in ticket.thread))).said
    recorder.store.file(
        make.reply(
            facts,
            facts.tickets[facts.numbers["0500-1000"]],
            recipients=(NewRecipient("external", address="carl@acme.example"),),
            outgoing=(make.outgoing("a@company.example"),),
            status="Pending",
            pause=make.BOB,
        )
    )
    assert recorder.scans() == []


def test_plans__reply_needs_few_queries(recorder: Recorder) -> None:
    """B30 to B33: the facts for a reply are few small queries, and fewer where its people wrote before.

    Two of them are made once for all mails that are read for together.
    """
    recorder.store.directory()
    for most in (13, 10):
        recorder.executed.clear()
        recorder.store.facts(wanted())
        assert len(recorder.executed) <= most


def test_plans__courier_works_by_indexes(recorder: Recorder) -> None:
    """B87: claiming, recording, releasing and looking for the next delivery use an index for every table."""
    store = recorder.store
    (parcel,) = store.claim_deliveries(make.LATER, 10, 60, "courier")
    first, second = (drop.delivery_id for drop in parcel.drops)
    store.record_results([Result(first, "failed", "550 no", make.LATER)], make.LATER)
    store.record_results([Result(second, "deferred", "450 later", make.LATER)], make.LATER)
    store.release_leases("courier", make.NOW)
    store.next_due()
    store.counts()
    assert recorder.scans() == []


LISTINGS: dict[str, Callable[[Store], object]] = {
    "ticket": lambda store: store.ticket("0500-1000"),
    "history": lambda store: store.history("0500-1000"),
    "entry": lambda store: store.entry(1),
    "recipients": lambda store: store.recipients("0500-1000"),
    "deliveries": lambda store: store.deliveries(["failed"]),
    "deliveries of a ticket": lambda store: store.deliveries(ticket="0500-1000"),
    "mail": lambda store: store.mail("spool0"),
    "by status": lambda store: store.tickets(TicketFilter(statuses=("New",))),
    "by manager": lambda store: store.tickets(TicketFilter(manager_ids=(1,))),
    "by account": lambda store: store.tickets(TicketFilter(account="Acme")),
    "by label": lambda store: store.tickets(TicketFilter(labels=("vip",))),
}
BEHIND = {
    "from there": {},
    "from there by status": {"statuses": ("New", "Hold")},
    "from there by manager": {"manager_ids": (1, None)},
    "from there by account": {"account": "Acme"},
    "from there by labels": {"labels": ("vip", "late")},
    "from there in the Inbox": {"view": "inbox"},
    "from there among one's own": {"seen_by": 1, "statuses": ("New",)},
}
LISTINGS |= {
    name: lambda store, more=more: store.tickets(TicketFilter(after="0500-1000", **more))  # type: ignore[misc]
    for name, more in BEHIND.items()
}
LISTINGS |= {
    "history from there": lambda store: store.history("0500-1000", 10, 1),
    "deliveries from there": lambda store: store.deliveries(after=2),
    "default managers": lambda store: listing_defaults.managers(store.db, 1, "inbox"),
}
LISTINGS |= {f"view {name}": lambda store, name=name: store.tickets(TicketFilter(name)) for name in VIEWS}  # type: ignore[misc]


FROM_THE_NEWEST = ("view all",)
NEWEST = "ORDER BY t.id DESC LIMIT ?"


@pytest.mark.parametrize("listing", LISTINGS)
def test_plans__listing_works_by_indexes(recorder: Recorder, listing: str) -> None:
    """B94: a page of each view and filter uses an index for every table, or walks from the newest and ends early."""
    LISTINGS[listing](recorder.store)
    assert [step for step in recorder.scans() if not (listing in FROM_THE_NEWEST and NEWEST in step)] == []


WALKED: dict[str, TicketFilter] = {f"view {name}": TicketFilter(name) for name in VIEWS} | {
    "statuses": TicketFilter(statuses=("New", "Completed")),
    "manager": TicketFilter(manager_ids=(1,)),
    "nobody's": TicketFilter(manager_ids=(None,)),
    "manager, open": TicketFilter("open", manager_ids=(1, None)),
    "manager, some open statuses": TicketFilter(statuses=("New", "Hold"), manager_ids=(1,)),
    "label": TicketFilter(labels=("vip",)),
    "label, open": TicketFilter("open", labels=("vip",)),
    "account": TicketFilter(account="Acme"),
    "account, closed": TicketFilter("closed", account="Acme"),
    "one's own": TicketFilter(seen_by=1),
    "one's own, open": TicketFilter("open", seen_by=1),
}


@pytest.mark.parametrize("listing", WALKED)
def test_plans__pages_are_walked_in_order(recorder: Recorder, listing: str) -> None:
    """B94: no page of tickets is found by sorting all that the filters let through."""
    recorder.store.tickets(WALKED[listing])
    assert recorder.sorts() == []


def test_plans__sort_would_be_seen(recorder: Recorder) -> None:
    """B94: the test of the plans finds a page that is sorted."""
    recorder.store.db.rows("SELECT t.id, t.number FROM ticket t ORDER BY t.subject LIMIT 5")
    assert len(recorder.sorts()) == 1


FULL_TEXT = re.compile(r"VIRTUAL TABLE INDEX \d+:M|ticket_words_words")
SEARCHES = ("printer", '"printer broken"', "print*", "0500-1000")


@pytest.mark.parametrize("text", SEARCHES)
def test_plans__search_asks_the_index(recorder: Recorder, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """B94: words are looked for in the full-text index, and in nothing that is walked through."""
    monkeypatch.setattr(search_page, "WINDOWS", (1,))
    recorder.store.index(60)
    recorder.executed.clear()
    recorder.store.tickets(TicketFilter(search=text))
    assert [step for step in recorder.steps("ticket_words") if FULL_TEXT.search(step)] != []
    assert [step for step in recorder.scans() if not FULL_TEXT.search(step) and NEWEST not in step] == []


def test_plans__scan_would_be_seen(recorder: Recorder) -> None:
    """B94: the test of the plans finds a query without an index."""
    recorder.store.db.rows("SELECT id FROM entry WHERE text = ?", ("x",))
    assert len(recorder.scans()) == 1


def test_plans__nothing_is_due_costs_no_write(recorder: Recorder) -> None:
    """B87: a courier that looks around when nothing is due does not take the writer's lock."""
    recorder.store.claim_deliveries(make.NOW - timedelta(days=1), 10, 60, "courier")
    assert [sql.split()[0] for sql, _ in recorder.executed] == ["SELECT"]
