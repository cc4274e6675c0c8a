"""Every change of a ticket by anyone is a history entry: who, when, old, new (B71). One step for each way to change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from storage.records import Result
from tests.cli.conftest import CUSTOMER, Desk

ALICE, BOB, CAROL = "alice@company.example", "bob@company.example", "carol@company.example"
JANE, COURIER = "jane@acme.example", "courier"
ONE, TWO = "0500-1000", "0500-1001"

FIELDS = {
    "account": "account",
    "contact": "contact",
    "manager": "manager",
    "status": "status",
    "priority": "priority",
    "type": "type",
    "description": "description",
    "dispatching": "dispatching",
    "in_inbox": "inbox",
    "unread": "unread",
    "due_at": "due",
    "merged_into": "merged into",
}
"""The columns of ticket_v1 that somebody can change, and the names of the fields in the history."""

WORDS = {
    "dispatching": {False: "off", True: "on"},
    "in_inbox": {False: "out", True: "in"},
    "unread": {False: "read", True: "unread"},
}

Row = dict[str, Any]


@pytest.fixture
def office(desk: Desk, ticket: str) -> Desk:
    """Ticket 0500-1000 of Acme, managed by Alice; 0500-1001 of Acme as well, with a mail, a label and a recipient."""
    desk.take("two.eml", subject="Scanner", Cc="boss@acme.example")
    desk.done("ticket", "label", TWO, "--add", "red")
    desk.done("ticket", "dispatch", TWO, "on")
    return desk


def state(desk: Desk) -> dict[str, Row]:
    """Both tickets with their recipients."""
    return {number: desk.json("ticket", "show", number) for number in (ONE, TWO)}


def changes(desk: Desk, after: int) -> list[Row]:
    """The changes written after an entry: ticket, at, actor, field, old, new."""
    store = desk.store()
    rows = store.db.rows(
        "SELECT t.number, e.at, e.actor, e.field, e.old_value, e.new_value, e.public FROM entry e "
        "JOIN ticket t ON t.id = e.ticket_id WHERE e.kind = 'change' AND e.id > ? ORDER BY e.id",
        (after,),
    )
    store.close()
    return [dict(zip(("ticket", "at", "actor", "field", "old", "new", "public"), row, strict=True)) for row in rows]


def newest(desk: Desk) -> int:
    store = desk.store()
    ((id_,),) = store.db.rows("SELECT MAX(id) FROM entry")
    store.close()
    return int(id_)


def said(column: str, value: Any) -> str:
    """A value of ticket_v1 as the history says it."""
    return WORDS[column][value] if column in WORDS else str(value or "")


def people(row: Row) -> set[tuple[Any, ...]]:
    return {(one["list"], one["type"], one["name"], one["address"]) for one in row["recipients"]}


def mail_id(desk: Desk, number: str) -> str:
    return str(next(row["id"] for row in desk.json("history", number) if row["kind"] == "email"))


def fail(desk: Desk) -> None:
    """The relay refuses a recipient of the first ticket for good."""
    store = desk.store()
    wrong = next(row["id"] for row in store.deliveries(ticket=ONE) if row["recipient"] == JANE)
    now = datetime.now(UTC)
    store.record_results([Result(wrong, "failed", "550 no such user", now)], now)
    store.close()


STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "status": (BOB, ("ticket", "status", ONE, "Hold")),
    "completed": (BOB, ("ticket", "status", ONE, "Completed")),
    "assign": (BOB, ("ticket", "assign", ONE, CAROL)),
    "nobody": (BOB, ("ticket", "assign", ONE, "nobody")),
    "label": (BOB, ("ticket", "label", TWO, "--add", "blue", "--remove", "red")),
    "dispatch": (BOB, ("ticket", "dispatch", ONE, "on")),
    "set": (
        BOB,
        ("ticket", "set", ONE, "--priority", "1", "--type", "x", "--due", "2026-12-01", "--description", "New"),
    ),
    "read": (BOB, ("ticket", "read", ONE)),
    "show": (ALICE, ("ticket", "show", ONE)),
    "move": (BOB, ("ticket", "move", ONE, "Borealis GmbH")),
    "merge": (BOB, ("ticket", "merge", TWO, ONE)),
    "inbox remove": (BOB, ("inbox", "remove", ONE)),
    "inbox clear": (BOB, ("inbox", "clear")),
    "recipients add": (BOB, ("recipients", ONE, "add", "x@else.example", "--type", "bcc")),
    "type of a recipient": (BOB, ("recipients", ONE, "add", JANE, "--type", "cc")),
    "recipients add-employee": (BOB, ("recipients", ONE, "add-employee", CAROL)),
    "recipients remove": (BOB, ("recipients", ONE, "remove", f"{JANE},manager,{BOB}")),
    "subscribe": (CAROL, ("recipients", ONE, "subscribe")),
    "unsubscribe": (BOB, ("recipients", ONE, "unsubscribe")),
}
"""What is typed on the two tickets, and by whom."""


def check(desk: Desk, before: dict[str, Row], after_entry: int, actor: str) -> None:
    """What differs now is what the new changes say, and they say who and when."""
    written, now = changes(desk, after_entry), state(desk)
    assert {row["actor"] for row in written} == {actor}
    assert {row["public"] for row in written} == {0}
    changed = 0
    for number in (ONE, TWO):
        said_of = {row["field"]: row for row in written if row["ticket"] == number}
        for column, field in FIELDS.items():
            old, new = (said(column, rows[number][column]) for rows in (before, now))
            got = (said_of[field]["old"], said_of[field]["new"]) if field in said_of else (new, new)
            assert got == (old, new), (number, column)
            changed += old != new
        old_labels, new_labels = (",".join(rows[number]["labels"]) for rows in (before, now))
        if now[number]["merged_into"] is None and old_labels != new_labels:
            assert (said_of["labels"]["old"], said_of["labels"]["new"]) == (old_labels, new_labels)
            changed += 1
        differing = people(before[number]) ^ people(now[number])
        if now[number]["merged_into"] is None and any(one[0] == "external" or one[3] for one in differing):
            changed += 1
            assert "recipients" in said_of or {"manager", "account"} & said_of.keys(), differing
    assert changed
    assert max(row["at"] for row in written) <= max(row["changed_at"] for row in now.values())


@pytest.mark.parametrize("step", STEPS)
def test_command_is_in_the_history(office: Desk, step: str) -> None:
    """B71: by command, on one ticket or on both."""
    actor, words = STEPS[step]
    before, last = {number: office.json("ticket", "show", number, "--peek") for number in (ONE, TWO)}, newest(office)
    office.done(*words, "--as", actor)
    check(office, before, last, actor)


@pytest.mark.parametrize(
    ("actor", "sender", "mail"),
    [
        (JANE, CUSTOMER, {"subject": f"[{ONE}] again", "Cc": "boss@acme.example"}),
        (ALICE, ALICE, {"subject": f"[{ONE}] answer", "Cc": "boss@acme.example, carol@company.example"}),
    ],
    ids=["customer", "employee"],
)
def test_mail_is_in_the_history(office: Desk, actor: str, sender: str, mail: dict[str, str]) -> None:
    """B71: what a mail changes, by whom it is from: reopened, into the Inbox, unread, recipients."""
    office.done("ticket", "status", ONE, "Completed")
    office.done("ticket", "read", ONE)
    before, last = state(office), newest(office)
    office.take("new.eml", sender, **mail)
    check(office, before, last, actor)


def test_failed_delivery_is_in_the_history(office: Desk) -> None:
    """B71, B87: what the courier changes."""
    office.done("inbox", "remove", ONE)
    before, last = state(office), newest(office)
    fail(office)
    check(office, before, last, COURIER)


def test_taken_entry_is_in_both_histories(office: Desk) -> None:
    """B38, B71: where it was and where it is, and what its coming changed there."""
    office.done("inbox", "remove", ONE)
    office.done("ticket", "read", ONE)
    before, last, entry = state(office), newest(office), mail_id(office, TWO)
    office.done("history", "take", entry, "--to", ONE, "--as", BOB)
    check(office, before, last, BOB)
    told = {row["ticket"]: (row["old"], row["new"]) for row in changes(office, last) if row["field"] == "entry"}
    assert told == {TWO: (f"{entry} Scanner", f"taken to {ONE}"), ONE: (f"{entry} Scanner", f"taken from {TWO}")}


@pytest.mark.parametrize(
    ("words", "field", "old", "new"),
    [
        (("edit", "{}", "--text", "Better."), "text of entry {}", "It does not print.", "Better."),
        (("private", "{}"), "public flag of entry {}", "public", "not public"),
    ],
)
def test_changed_entry_is_in_the_history(office: Desk, words: tuple[str, ...], field: str, old: str, new: str) -> None:
    """B71, B72, B44: which entry, who, old, new."""
    entry, last = mail_id(office, ONE), newest(office)
    office.done("history", *(word.format(entry) for word in words), "--as", BOB)
    (row,) = changes(office, last)
    assert (row["actor"], row["field"], row["old"], row["new"]) == (BOB, field.format(entry), old, new)


ONCE = ("merge", "recipients remove", "unsubscribe")
"""What is refused the second time."""


def test_nothing_changed_nothing_written(office: Desk) -> None:
    """B71: what is so already is no change."""
    for step, (actor, words) in STEPS.items():
        if step in ONCE:
            continue
        office.done(*words, "--as", actor)
        last = newest(office)
        office.done(*words, "--as", actor)
        assert changes(office, last) == [], step
