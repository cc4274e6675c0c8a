"""What holds for every listing: JSON for programs, pages that go on, and defaults of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
import pytest

from connector.cli import reference
from connector.cli.root import root
from storage.listing_defaults import managers
from storage.records import STATUSES
from storage.views import COLUMNS
from tests.cli.conftest import Desk

ALICE, BOB, CAROL, HEIDI, JUDY = (f"{name}@company.example" for name in ("alice", "bob", "carol", "heidi", "judy"))
ONE, TWO, THREE = "0500-1000", "0500-1001", "0500-1002"

WITHOUT_JSON = {
    "DONE": """inbox-add inbox-clear inbox-remove ticket-assign ticket-dispatch ticket-label ticket-merge ticket-move
        ticket-new ticket-note ticket-read ticket-reply ticket-set ticket-status ticket-unread recipients-add
        recipients-add-employee recipients-remove recipients-subscribe recipients-unsubscribe history-edit
        history-private history-public history-take numbers-raise people-import employees-add employees-remove
        employees-set auth-users-add auth-users-remove accounts-add accounts-remove accounts-set contacts-add
        contacts-remove contacts-set queue-drop queue-forget queue-reject queue-release queue-retry deliveries-resume
        ticket-resume db-backup db-migrate init serve oauth-login send""",
    "A TEXT OF ITS OWN": "welcome config-check ticket-report people-export export",
}
"""Commands that list nothing and show nothing: what is done is told in a line; and those that print a document."""


@pytest.fixture
def three(desk: Desk, ticket: str) -> Desk:
    """Three tickets, in the Inbox: of Acme, managed by Alice; of Borealis, managed by Judy; nobody's."""
    desk.take("b.eml", "birgit@borealis.example", subject="Scanner")
    desk.take("c.eml", "x@else.example", subject="Mouse")
    return desk


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    return [row["number"] for row in rows]


# -- JSON --------------------------------------------------------------------------------------------------------


def test_every_listing_has_json() -> None:
    """interface: every command that lists or shows takes --json; a new command that does not is named above."""
    known = {name for listed in WITHOUT_JSON.values() for name in listed.split()}
    without = {
        "-".join(path)
        for path, _, command in reference.commands(root)
        if not isinstance(command, click.Group) and "as_json" not in [one.name for one in command.params]
    }
    assert {name for name in without - known if name.rpartition("-")[2] in ("list", "show")} == set()
    assert without - known == set()


VIEWS_OF: dict[tuple[str, ...], str] = {
    ("inbox",): "ticket_v1",
    ("inbox", "list"): "ticket_v1",
    ("tickets",): "ticket_v1",
    ("history", ONE): "history_v1",
    ("recipients", ONE): "recipient_v1",
    ("deliveries",): "delivery_v1",
}
OTHERS: dict[tuple[str, ...], str] = {
    ("employees",): "name email1 email2 active privileges mail_option",
    ("employees", "groups"): "name privileges employees",
    ("accounts",): "name email1 email2 manager domains main_contact",
    ("contacts",): "name account email1 email2 main",
    ("config", "show"): "section name value source",
    ("config", "explain", "Listen"): "section name help default allowed",
}


@pytest.mark.parametrize("words", VIEWS_OF | OTHERS, ids=" ".join)
def test_json_has_these_columns(desk: Desk, ticket: str, words: tuple[str, ...]) -> None:
    """interface: an array of objects with exactly these columns, in order."""
    rows = desk.json(*words)
    columns = COLUMNS[VIEWS_OF[words]] if words in VIEWS_OF else OTHERS[words]
    assert rows
    assert {tuple(row) for row in rows} == {tuple(columns.split())}


def test_json_of_one_entry(desk: Desk, ticket: str) -> None:
    """interface, B70, B73: the row of history_v1, with what the view does not show."""
    (row,) = [row for row in desk.json("history", ticket) if row["kind"] == "email"]
    told = desk.json("history", "show", str(row["id"]))
    assert {name: told[name] for name in row} == row
    shown = {*told} - {*row}
    assert shown == {"sender_name", "on_behalf_name", "on_behalf_address", "whole_text", "files"}
    assert (told["sender_name"], told["files"]) == ("Jane Doe", [])
    assert "one of" in desk.refused("history", "show", str(row["id"]), "--json", "--original", status=2)


# -- filters on top of each other --------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("tickets",), ("inbox",), ("tickets", "--view", "inbox")], ids=" ".join)
def test_filters_are_the_same_everywhere(three: Desk, words: tuple[str, ...]) -> None:
    """B94: status, manager, labels, account and search count together, in the Inbox too."""
    three.done("ticket", "label", ONE, "--add", "vip", "--add", "late")
    three.done("ticket", "label", TWO, "--add", "vip")

    def found(*more: str) -> list[str]:
        return sorted(numbers(three.json(*words, *more)))

    assert found("--label", "vip") == [ONE, TWO]
    assert found("--label", "vip", "--label", "late") == [ONE]
    assert found("--label", "vip", "--manager", JUDY) == [TWO]
    assert found("--label", "vip", "--search", "printer") == [ONE]
    assert found("--account", "Acme Ltd", "--status", "New", "--status", "Hold") == [ONE]
    assert found("--account", "Acme Ltd", "--status", "Hold") == []
    assert found("--manager", "nobody") == [THREE]
    assert found("--search", "mouse", "--manager", f"nobody,{ALICE}") == [THREE]


# -- pages -------------------------------------------------------------------------------------------------------


def pages(desk: Desk, key: str, *words: str) -> list[Any]:
    """All rows' keys, by pages of one row: each says with which option the next one is had."""
    found: list[Any] = []
    more: list[str] = []
    while True:
        result = desk.type(*words, "--limit", "1", "--json", *more)
        rows = json.loads(result.stdout)
        found += [row[key] for row in rows]
        if not result.stderr:
            return found
        more = result.stderr.strip().partition("they go on with: ")[2].split()
        assert more == ["--after", str(found[-1])]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("number", ("tickets",)),
        ("number", ("tickets", "--manager", f"nobody,{JUDY}", "--view", "open")),
        ("number", ("tickets", "--status", "New", "--status", "Hold")),
        ("number", ("tickets", "--search", "not")),
        ("number", ("tickets", "--account", "Acme Ltd")),
        ("number", ("inbox",)),
        ("number", ("inbox", "--search", "print*")),
        ("id", ("history", ONE)),
        ("id", ("deliveries",)),
        ("id", ("deliveries", "--ticket", ONE)),
        ("id", ("deliveries", "--state", "pending")),
    ],
    ids=lambda words: words if isinstance(words, str) else " ".join(words),
)
def test_pages_go_on_by_what_the_listing_says(three: Desk, key: str, words: tuple[str, ...]) -> None:
    """B94: page by page the whole listing, in its order, whatever the filters; the last page says nothing."""
    three.done("ticket", "status", TWO, "Hold")
    three.done("inbox", "add", TWO)
    whole = [row[key] for row in three.json(*words)]
    assert whole
    assert pages(three, key, *words) == whole


def test_page_behind_a_ticket_that_is_not_there_is_refused(three: Desk) -> None:
    """B94, B96: nor behind one that the employee may not see."""
    assert "there is none with this number" in three.refused("tickets", "--after", "0500-9999")
    assert "other-employees-tickets is missing" in three.refused("inbox", "--after", ONE, "--as", HEIDI)


# -- defaults of one's own ---------------------------------------------------------------------------------------


def test_default_is_kept_separately_for_tickets_and_inbox(three: Desk) -> None:
    """B94: it holds without --manager, says so on standard error, and is the employee's alone."""
    kept = three.type("inbox", "--manager", f"me,{ALICE}", "--make-default", "--as", JUDY)
    assert "kept: the Inbox without --manager: managed by me or Alice Archer" in kept.stderr
    assert numbers(three.json("inbox", "--as", JUDY)) == [TWO, ONE]
    assert numbers(three.json("tickets", "--view", "inbox", "--as", JUDY)) == [TWO, ONE]
    assert numbers(three.json("tickets", "--as", JUDY)) == [THREE, TWO, ONE]
    assert len(three.json("inbox", "--as", BOB)) == len(three.json("inbox")) == 3
    three.done("tickets", "--manager", "nobody", "--make-default", "--as", JUDY)
    told = three.type("tickets", "--as", JUDY)
    assert told.stderr == "managed by nobody, as you chose; --manager all shows all\n"
    assert (THREE in told.stdout, ONE in told.stdout) == (True, False)
    assert three.type("tickets", "--json", "--as", JUDY).stderr == ""
    assert numbers(three.json("tickets", "--manager", "all", "--as", JUDY)) == [THREE, TWO, ONE]
    assert numbers(three.json("inbox", "--as", JUDY)) == [TWO, ONE]


def test_default_holds_for_boards_and_other_filters(three: Desk) -> None:
    """B94: on top of everything else; a bulk command does not go by it."""
    three.done("tickets", "--manager", "me", "--make-default", "--as", JUDY)
    three.done("inbox", "--manager", "me", "--make-default", "--as", JUDY)
    assert numbers(three.json("tickets", "--search", "print*", "--as", JUDY)) == []
    columns = three.json("tickets", "--board", "manager", "--as", JUDY)["columns"]
    assert [one["name"] for one in columns] == ["Judy Jones"]
    assert three.done("inbox", "clear", "--as", JUDY) == "3 tickets taken out of the Inbox\n"


def test_default_ends_with_all(three: Desk) -> None:
    """B94: `--manager all --make-default` shows all from then on, and says nothing any more."""
    three.done("tickets", "--manager", "me", "--make-default", "--as", JUDY)
    three.done("tickets", "--manager", "all", "--make-default", "--as", JUDY)
    told = three.type("tickets", "--as", JUDY)
    assert (told.stderr, ONE in told.stdout) == ("", True)


def test_default_is_an_employees(three: Desk) -> None:
    """B94: the administrator has none, and there is none without --manager."""
    reason = three.refused("tickets", "--manager", ALICE, "--make-default", status=2)
    assert "the administrator is no employee" in reason
    assert "name that too" in three.refused("inbox", "--make-default", "--as", ALICE, status=2)
    store = three.store()
    assert managers(store.db, 1, "tickets") == ()
    store.close()


def test_default_shows_no_more_than_one_may_see(three: Desk) -> None:
    """B94, B96: others' tickets stay unseen, whomever the default names."""
    three.done("ticket", "assign", TWO, HEIDI)
    three.done("tickets", "--manager", f"{ALICE},me", "--make-default", "--as", HEIDI)
    assert numbers(three.json("tickets", "--as", HEIDI)) == [TWO]


# -- boards ------------------------------------------------------------------------------------------------------


def columns(desk: Desk, *words: str) -> dict[str, list[str]]:
    return {one["name"]: numbers(one["tickets"]) for one in desk.json("tickets", "--board", *words)["columns"]}


def test_board_has_the_newest_of_each_column(three: Desk) -> None:
    """B94: however many newer tickets stand in another one; a column that was cut says so."""
    three.done("ticket", "status", ONE, "Hold")
    found = columns(three, "status", "--limit", "1")
    assert list(found) == list(STATUSES)
    assert found == {
        **{status: [] for status in STATUSES},
        "New": [THREE],
        "Hold": [ONE],
    }
    told = three.type("tickets", "--board", "status", "--limit", "1")
    assert [word in told.stdout for word in ("New (1+)", "Hold (1)", "and more", TWO)] == [True, True, True, False]
    assert told.stderr == "there are more in: New; --limit shows them\n"
    assert "and more" not in three.done("tickets", "--board", "status")


def test_board_by_manager_goes_by_the_filters(three: Desk) -> None:
    """B94: managers by name, those without last, who have a ticket among those wanted."""
    assert list(columns(three, "manager")) == ["Alice Archer", "Judy Jones", "(no manager)"]
    assert columns(three, "manager", "--search", "scanner") == {"Judy Jones": [TWO]}
    assert columns(three, "manager", "--manager", f"nobody,{ALICE}") == {"Alice Archer": [ONE], "(no manager)": [THREE]}
    assert columns(three, "manager", "--view", "closed") == {}
    assert "no tickets" in three.done("tickets", "--board", "manager", "--view", "closed")


def test_board_of_a_search_is_one_search(three: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """B94: the newest that are found, in their columns; where there are more, every column says so."""
    everywhere = columns(three, "manager", "--search", "0500")
    assert everywhere == {"Alice Archer": [ONE], "Judy Jones": [TWO], "(no manager)": [THREE]}
    three.done("ticket", "status", ONE, "Hold")
    found = columns(three, "status", "--search", "0500", "--limit", "1")
    assert (list(found), found["New"], found["Hold"]) == (list(STATUSES), [THREE], [ONE])

    monkeypatch.setattr("connector.cli.board.MOST_FOUND", 2)
    told = three.type("tickets", "--board", "status", "--search", "0500", "--limit", "2")
    assert told.stderr == "there are more in: New; --limit shows them\n"


def test_board_has_no_pages(three: Desk) -> None:
    """B94: wrong use, with what to do instead."""
    assert "--limit shows more" in three.refused("tickets", "--board", "status", "--after", ONE, status=2)


def test_board_is_as_wide_as_the_terminal(desk: Desk, build: Callable[..., Desk]) -> None:
    """B94: with more columns than fit, the rest stands below; the names of all are there."""
    names = ("New", "Pending", "Scheduled", "Hold", "Other", "Canceled")
    for number, status in enumerate(names):
        desk.take(f"{number}.eml", "x@else.example", subject=f"Mouse {number}")
        desk.done("ticket", "status", f"0500-{1000 + number}", status)
    lines = {width: desk.done("tickets", "--board", "status", width=width).splitlines() for width in (80, 200)}
    heads = {width: [line for line in shown if "(1)" in line] for width, shown in lines.items()}
    assert [len(head) for head in heads.values()] == [2, 1]
    for head in heads.values():
        assert [name for name in names if f"{name} (1)" in " ".join(head)] == list(names)
