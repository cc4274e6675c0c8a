"""Inbox, views, filters, boards, and one ticket."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.cells import cell_len

from storage import search
from storage.views import COLUMNS
from tests.cli.conftest import Desk

TICKET, HISTORY, RECIPIENT = (COLUMNS[view].split() for view in ("ticket_v1", "history_v1", "recipient_v1"))
ALICE, BOB, CAROL, HEIDI = (f"{name}@company.example" for name in ("alice", "bob", "carol", "heidi"))


@pytest.fixture
def two(desk: Desk, ticket: str) -> Desk:
    """Two tickets: 0500-1000 of Acme, managed by Alice; 0500-1001 of Borealis, managed by Judy."""
    desk.take("b.eml", "birgit@borealis.example", subject="Scanner")
    return desk


def numbers(desk: Desk, *words: str) -> list[str]:
    return [row["number"] for row in desk.json("tickets", *words)]


def test_inbox_lists_by_change(two: Desk) -> None:
    """B92, B97: customers' mails put tickets into the Inbox; JSON has the columns of ticket_v1."""
    rows = two.json("inbox")
    assert [(row["number"], row["in_inbox"], row["unread"]) for row in rows] == [
        ("0500-1001", True, True),
        ("0500-1000", True, True),
    ]
    assert list(rows[0]) == TICKET


def test_inbox_is_changed_by_hand(two: Desk) -> None:
    """B92, B71: out and in again, each with a history entry."""
    two.done("inbox", "remove", "0500-1000", "--as", ALICE)
    assert [row["number"] for row in two.json("inbox", "list")] == ["0500-1001"]
    two.done("inbox", "add", "0500-1000")
    assert len(two.json("inbox")) == 2
    changes = [row["text"] for row in two.json("history", "0500-1000") if row["kind"] == "change"]
    assert changes[-2:] == ["inbox: in → out (by hand)", "inbox: out → in (by hand)"]


def test_search_says_what_it_may_not_find_yet(two: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """B94: tickets that could not be indexed in time are counted on standard error; the rest is found."""
    monkeypatch.setattr("storage.search.FIRST", search.FIRST.replace("LIMIT 32", "LIMIT 1"))
    monkeypatch.setattr("connector.cli.selection.INDEX_SECONDS", 0.0)
    two.done("ticket", "note", "0500-1000", "first")
    two.done("ticket", "note", "0500-1001", "second")
    found = two.type("tickets", "--search", "second")
    assert "not indexed yet" in found.stderr
    assert found.exit_code == 0


def test_search_for_no_word_is_refused(two: Desk) -> None:
    """B94: exit status 1 and what a word is."""
    assert "there is no word in it" in two.refused("tickets", "--search", "...")


def test_inbox_in_bulk_needs_the_privilege(two: Desk) -> None:
    """B92, B96: batch-inbox-removal, for several tickets and for all."""
    for words in (("remove", "0500-1000", "0500-1001"), ("clear",)):
        assert "the privilege batch-inbox-removal is missing" in two.refused("inbox", *words, "--as", HEIDI)
    two.done("inbox", "clear", "--as", CAROL)
    assert "the Inbox is empty" in two.done("inbox")


def test_inbox_with_a_wrong_number_changes_nothing(two: Desk) -> None:
    """interface: exit status 1, all or none."""
    assert "0500-9999: there is none" in two.refused("inbox", "remove", "0500-1000", "0500-9999")
    assert len(two.json("inbox")) == 2


def test_filters_count_together(two: Desk) -> None:
    """B94: view, status, manager, account, search, on top of each other."""
    two.done("ticket", "status", "0500-1000", "Completed")
    assert numbers(two) == ["0500-1001", "0500-1000"]
    assert numbers(two, "--view", "closed") == ["0500-1000"]
    assert numbers(two, "--view", "open") == ["0500-1001"]
    assert numbers(two, "--status", "new", "--status", "completed") == ["0500-1001", "0500-1000"]
    assert numbers(two, "--account", "acme ltd") == ["0500-1000"]
    assert numbers(two, "--search", "Scanner") == ["0500-1001"]
    assert numbers(two, "--search", "Scanner", "--account", "Acme Ltd") == []
    assert numbers(two, "--search", "scan*", "--view", "open") == ["0500-1001"]
    assert numbers(two, "--manager", f"nobody,{ALICE}") == ["0500-1000"]
    assert numbers(two, "--manager", "me", "--as", ALICE) == ["0500-1000"]
    assert numbers(two, "--limit", "1", "--after", "0500-1001") == ["0500-1000"]


def test_me_needs_an_employee(two: Desk) -> None:
    """interface: the administrator is nobody's manager; wrong use."""
    assert "say with --as" in two.refused("tickets", "--manager", "me", status=2)


def test_own_tickets_only_without_the_privilege(two: Desk) -> None:
    """B94, B96: Limited sees what he or she manages or opened, nothing else; the refusal names the privilege."""
    assert numbers(two, "--as", HEIDI) == []
    for words in (("ticket", "show"), ("history",), ("recipients",)):
        reason = two.refused(*words, "0500-1000", "--as", HEIDI)
        assert "the privilege other-employees-tickets is missing" in reason
    assert "is missing" in two.refused("history", "show", "1", "--as", HEIDI)
    assert two.json("deliveries", "--as", HEIDI) == []
    two.done("ticket", "assign", "0500-1000", HEIDI)
    assert numbers(two, "--as", HEIDI) == ["0500-1000"]
    two.done("ticket", "show", "0500-1000", "--as", HEIDI)
    assert {row["ticket"] for row in two.json("deliveries", "--as", HEIDI)} == {"0500-1000"}


def test_opened_tickets_are_ones_own(desk: Desk) -> None:
    """B94, B36: an employee's own ticket is seen also when somebody else manages it."""
    desk.take(sender=HEIDI, subject="Mine")
    desk.done("ticket", "assign", "0500-1000", ALICE)
    assert numbers(desk, "--as", HEIDI) == ["0500-1000"]


def test_board_by_status(two: Desk) -> None:
    """B94, interface: columns of ticket_v1 rows; every status of the view is a column for programs."""
    two.done("ticket", "status", "0500-1000", "Hold")
    columns = two.json("tickets", "--board", "status", "--view", "open")["columns"]
    assert [one["name"] for one in columns][:2] == ["New", "Pending"]
    found = {one["name"]: [row["number"] for row in one["tickets"]] for one in columns if one["tickets"]}
    assert found == {"New": ["0500-1001"], "Hold": ["0500-1000"]}
    assert list(columns[0]["tickets"][0]) == TICKET
    shown = two.done("tickets", "--board", "status")
    assert "New (1)" in shown
    assert "Hold (1)" in shown
    assert "Pending" not in shown


def test_board_by_manager(two: Desk) -> None:
    """B94: managers by name, those without last."""
    two.take("x.eml", "nobody@elsewhere.example")
    columns = two.json("tickets", "--board", "manager")["columns"]
    assert [one["name"] for one in columns] == ["Alice Archer", "Judy Jones", "(no manager)"]


@pytest.mark.parametrize("width", [80, 200])
def test_tables_fit_the_terminal(desk: Desk, width: int) -> None:
    """interface: tables fit 80 columns and use 200, also with wide letters."""
    for number, subject in enumerate(("印刷機が動きません" * 8, "Long " * 40, "مرحبا " * 20)):
        desk.take(f"{number}.eml", subject=subject, cc="somebody.with.a.long.name@a-very-long-domain.example")
        desk.done("ticket", "status", f"0500-{1000 + number}", ["Laboratory Service", "Hold", "Completed"][number])
    for words in (
        ("inbox",),
        ("tickets",),
        ("tickets", "--board", "status"),
        ("ticket", "show", "0500-1000"),
        ("recipients", "0500-1001"),
        ("history", "0500-1002"),
        ("history", "show", "1"),
        ("deliveries",),
        ("employees",),
        ("accounts",),
        ("status",),
    ):
        lines = desk.type(*words, width=width).stdout.splitlines()
        widest = max(map(cell_len, lines))
        assert widest <= width, words
        if words[0] == "tickets":
            assert widest > 0.9 * width


def test_bold_is_for_the_manager(desk: Desk, ticket: str) -> None:
    """B93: the envelope shows to everyone, bold only to the ticket's manager."""
    row = {who: _line(desk, ticket, who) for who in (ALICE, BOB, "")}
    assert all("✉" in line for line in row.values())
    assert {who: "\x1b[1m" in line for who, line in row.items()} == {ALICE: True, BOB: False, "": False}


def _line(desk: Desk, ticket: str, who: str) -> str:
    out = desk.done("inbox", FORCE_COLOR="1", EMAIL_CONNECTOR_AS=who, width=120)
    return next(line for line in out.splitlines() if ticket in line)


def test_manager_showing_the_ticket_reads_it(desk: Desk, ticket: str) -> None:
    """B93: the manager's look reads it, `--peek` and others' looks do not."""
    for words in (("--as", BOB), ("--as", ALICE, "--peek"), ()):
        assert desk.json("ticket", "show", ticket, *words)["unread"] is True
    assert desk.json("ticket", "show", ticket, "--as", ALICE)["unread"] is False
    assert desk.json("tickets")[0]["unread"] is False


def test_reading_for_others_needs_the_privilege(desk: Desk, ticket: str) -> None:
    """B93, B96: mark-read-for-others."""
    assert "the privilege mark-read-for-others is missing" in desk.refused("ticket", "read", ticket, "--as", CAROL)
    desk.done("ticket", "read", ticket, "--as", BOB)
    assert desk.json("tickets")[0]["unread"] is False
    desk.done("ticket", "unread", ticket, "--as", ALICE)
    assert desk.json("tickets")[0]["unread"] is True


def test_show_has_recipients_and_history(desk: Desk, ticket: str) -> None:
    """interface: one ticket_v1 object with both arrays in it, and the paused senders (B13)."""
    told = desk.json("ticket", "show", ticket)
    assert list(told) == [*TICKET, "recipients", "history", "paused"]
    assert list(told["recipients"][0]) == RECIPIENT
    assert list(told["history"][0]) == HISTORY
    shown = desk.done("ticket", "show", ticket)
    assert all(word in shown for word in ("Alice Archer", "Jane Doe", "It does not print.", "in the Inbox"))


def test_status_by_either_name(build: Callable[..., Desk]) -> None:
    """B91, B92, B71: the INI's names are shown, both are understood; the ticket leaves the Inbox."""
    names = "Fresh, Waiting, Scheduled, In-House, On-Site, Lab, Hold, Other, Canceled, Done"
    desk = build(TICKETS__StatusNames=names)
    desk.take()
    assert "is Done" in desk.done("ticket", "status", "0500-1000", "done", "--as", ALICE)
    row = desk.json("tickets")[0]
    assert (row["status"], row["is_open"], row["in_inbox"]) == ("Completed", False, False)
    assert "Done" in desk.done("tickets")
    assert "is Waiting" in desk.done("ticket", "status", "0500-1000", "PENDING")
    changes = [(row["actor"], row["text"]) for row in desk.json("history", "0500-1000") if row["kind"] == "change"]
    assert (ALICE, "status: New → Completed") in changes


def test_own_status_names_stand_everywhere(build: Callable[..., Desk]) -> None:
    """B91: in tables, boards, filters, histories and answers; for programs the meanings stay."""
    names = "Fresh, Waiting, Scheduled, In-House, On-Site, Lab, Parked, Other, Dropped, Done"
    desk = build(TICKETS__StatusNames=names, EMAILCONNECTOR__ReopenStatus="Waiting")
    desk.take()
    desk.done("ticket", "status", "0500-1000", "parked")
    (entry,) = [row for row in desk.json("history", "0500-1000") if row["subject"] == "status"]
    assert entry["text"] == "status: New → Hold"
    for words in (("history", "0500-1000"), ("history", "show", str(entry["id"])), ("ticket", "show", "0500-1000")):
        shown = desk.done(*words, width=200)
        assert "status: Fresh → Parked" in shown
        assert "Hold" not in shown
    for words in (("tickets", "--status", "Parked"), ("tickets", "--board", "status"), ("tickets", "--status", "hold")):
        assert "Parked" in desk.done(*words)
        assert [row["status"] for row in desk.json("tickets", "--status", "PARKED")] == ["Hold"]
    columns = desk.json("tickets", "--board", "status")["columns"]
    assert [one["name"] for one in columns if one["tickets"]] == ["Hold"]
    desk.done("ticket", "status", "0500-1000", "Done")
    desk.take("again.eml", subject="[0500-1000] again")
    assert "status: Done → Waiting (a customer wrote again)" in desk.done("history", "0500-1000", width=200)
    assert "allowed are Fresh, Waiting" in desk.refused("ticket", "status", "0500-1000", "Broken", status=2)


def test_name_that_was_anothers_means_what_the_ini_says(build: Callable[..., Desk]) -> None:
    """B91: the INI's names come first; a status whose own name went to another is reached by its new one."""
    names = "New, Hold, Scheduled, In-House, On-Site, Lab, Pending, Other, Canceled, Completed"
    desk = build(TICKETS__StatusNames=names)
    desk.take()
    assert "is Pending" in desk.done("ticket", "status", "0500-1000", "pending")
    assert desk.json("tickets")[0]["status"] == "Hold"


def test_wrong_status_names_the_allowed(desk: Desk, ticket: str) -> None:
    """interface: exit status 2, with what is allowed."""
    assert "allowed are New, Pending" in desk.refused("ticket", "status", ticket, "Broken", status=2)


def test_assign(desk: Desk, ticket: str) -> None:
    """B71: to an employee, to oneself, to nobody; each a history entry."""
    for words, manager in (((BOB,), "Bob Baker"), (("me", "--as", ALICE), "Alice Archer"), (("nobody",), None)):
        desk.done("ticket", "assign", ticket, *words)
        assert desk.json("tickets")[0]["manager"] == manager
    assert "is not active" in desk.refused("ticket", "assign", ticket, "dave@company.example")


def test_unknown_ticket_is_refused(desk: Desk) -> None:
    """interface: exit status 1 where it is not found."""
    for words in (("ticket", "show"), ("ticket", "read"), ("history",), ("recipients",)):
        assert "0500-7777: there is none" in desk.refused(*words, "0500-7777")


def test_number_of_a_merged_ticket_still_shows(two: Desk) -> None:
    """B34: the old number is shown with where it went; changes belong to the other."""
    store = two.store()
    with store.db.transaction():
        store.db.run("UPDATE ticket SET merged_into_id = 1 WHERE id = 2")
    store.close()
    assert two.json("ticket", "show", "0500-1001")["merged_into"] == "0500-1000"
    assert "was merged" in two.refused("ticket", "status", "0500-1001", "Hold")


def test_account_that_is_not_there_is_refused(two: Desk) -> None:
    """B94: a filter that can find nothing because of a wrong name says so; a name is known in any letter case."""
    assert "`accounts` lists them" in two.refused("tickets", "--account", "nobody & sons")
    assert numbers(two, "--account", "ACME LTD") == ["0500-1000"]


def test_history_shows_how_texts_begin(two: Desk) -> None:
    """A line of the history is not just a greeting: the text's lines stand in a row."""
    two.take("c.eml", "birgit@borealis.example", subject="Ticket [0500-1001]", body="Hello,\r\n\r\nit hums.\r\n")
    assert "Hello, it hums." in two.done("history", "0500-1001", width=120)
