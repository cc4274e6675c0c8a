"""The Inbox and the unread mark, sentence by sentence of B92 and B93: real mails, and commands of several people."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Desk

ALICE, BOB, CAROL, HEIDI, IVAN, JUDY = (
    f"{name}@company.example" for name in ("alice", "bob", "carol", "heidi", "ivan", "judy")
)
JANE = "Jane Doe <jane@acme.example>"


def state(desk: Desk, ticket: str) -> tuple[bool, bool]:
    """Whether the ticket is in the Inbox, and whether it is unread."""
    row = next(row for row in desk.json("tickets") if row["number"] == ticket)
    return row["in_inbox"], row["unread"]


def changes(desk: Desk, ticket: str, field: str) -> list[str]:
    """What the history says of one field."""
    return [row["text"] for row in desk.json("history", ticket) if (row["kind"], row["subject"]) == ("change", field)]


@pytest.fixture
def calm(desk: Desk, ticket: str) -> str:
    """The ticket, managed by Alice, neither in the Inbox nor unread."""
    desk.done("inbox", "remove", ticket)
    desk.done("ticket", "read", ticket)
    assert state(desk, ticket) == (False, False)
    return ticket


def reply(desk: Desk, ticket: str, sender: str, to: str = "support@example.com") -> None:
    """A mail to the ticket."""
    desk.take("reply.eml", sender, subject=f"[{ticket}] more", to=to)


# -- into the Inbox ----------------------------------------------------------------------------------------------


def test_inbox_is_one_for_all(desk: Desk, ticket: str) -> None:
    """B92: everybody who may see the ticket finds it there; who takes it out takes it out for all."""
    for who in (ALICE, BOB, CAROL):
        assert [row["number"] for row in desk.json("inbox", "--as", who)] == [ticket]
    desk.done("inbox", "remove", ticket, "--as", CAROL)
    for who in (ALICE, BOB, CAROL):
        assert desk.json("inbox", "--as", who) == []


def test_customers_mail_puts_the_ticket_in(desk: Desk, ticket: str) -> None:
    """B92: with a history entry that says why."""
    assert state(desk, ticket) == (True, True)
    assert changes(desk, ticket, "inbox") == ["inbox: out → in (new ticket by mail)"]


def test_customers_update_puts_the_ticket_in(desk: Desk, calm: str) -> None:
    """B92, B93: and raises unread; each with a history entry that says why."""
    reply(desk, calm, JANE)
    assert state(desk, calm) == (True, True)
    assert changes(desk, calm, "inbox")[-1] == "inbox: out → in (customer's mail)"
    assert changes(desk, calm, "unread")[-1] == "unread: read → unread (customer's mail)"


def test_second_update_has_no_second_entry(desk: Desk, ticket: str) -> None:
    """B92, B71: what is in already is not put in again."""
    reply(desk, ticket, JANE)
    assert len(changes(desk, ticket, "inbox")) == 1


@pytest.mark.parametrize("to", ["support@example.com", "jane@acme.example"])
@pytest.mark.parametrize("sender", [ALICE, BOB])
def test_employees_mail_does_not(desk: Desk, calm: str, sender: str, to: str) -> None:
    """B92, B93: neither the manager's nor a colleague's, external or internal; unread stays as it is."""
    reply(desk, calm, sender, to)
    assert state(desk, calm) == (False, False)


def test_employees_new_ticket_does_not(desk: Desk) -> None:
    """B92, B93: a ticket that an employee opens by mail, and manages."""
    desk.take(sender=ALICE)
    assert state(desk, "0500-1000") == (False, False)


def test_reopening_mail_puts_the_ticket_in(desk: Desk, calm: str) -> None:
    """B92, B35: the customer's update counts, though the status changes with it."""
    desk.done("ticket", "status", calm, "Completed")
    reply(desk, calm, JANE)
    assert state(desk, calm) == (True, True)


# -- by hand -----------------------------------------------------------------------------------------------------


def test_by_hand_with_a_reason(desk: Desk, calm: str) -> None:
    """B92, B71: who, when, and why: `by hand` where nobody says more."""
    desk.done("inbox", "add", calm, "--as", CAROL)
    desk.done("inbox", "remove", calm, "--why", "Carol deals with it", "--as", ALICE)
    assert changes(desk, calm, "inbox")[-2:] == [
        "inbox: out → in (by hand)",
        "inbox: in → out (Carol deals with it)",
    ]
    last = desk.json("history", calm)[-1]
    assert (last["actor"], last["at"].endswith("Z")) == (ALICE, True)


def test_own_ticket_by_hand_needs_nothing(desk: Desk, calm: str) -> None:
    """B92, B96: everyone may work on tickets that they manage; one ticket is not in bulk."""
    desk.done("ticket", "assign", calm, IVAN)
    desk.done("inbox", "add", calm, "--as", IVAN)
    desk.done("inbox", "remove", calm, calm, "--as", IVAN)


def test_others_ticket_by_hand_is_refused(desk: Desk, ticket: str) -> None:
    """B94, B96: without other-employees-tickets."""
    for word in ("add", "remove"):
        assert "other-employees-tickets is missing" in desk.refused("inbox", word, ticket, "--as", IVAN)


def test_clearing_says_so_and_leaves_what_one_does_not_see(desk: Desk, ticket: str) -> None:
    """B92, B94, B96: in bulk with the privilege; the history says that the Inbox was cleared."""
    desk.file.write_text(desk.file.read_text() + "\n[PRIVILEGES:Sweeper]\nPrivileges = batch-inbox-removal\n")
    desk.done("employees", "set", HEIDI, "--privileges", "Sweeper")
    desk.take("b.eml", "birgit@borealis.example")
    desk.done("ticket", "assign", "0500-1001", HEIDI)
    assert desk.done("inbox", "clear", "--as", HEIDI) == "1 ticket taken out of the Inbox\n"
    assert [row["number"] for row in desk.json("inbox")] == [ticket]
    assert changes(desk, "0500-1001", "inbox")[-1] == "inbox: in → out (the Inbox was cleared)"
    assert desk.done("inbox", "clear", "--as", CAROL) == "1 ticket taken out of the Inbox\n"
    assert desk.done("inbox", "clear", "--as", CAROL) == "0 tickets taken out of the Inbox\n"


def test_status_takes_the_ticket_out(desk: Desk, ticket: str) -> None:
    """B92: any other status; the one that it has already leaves it there."""
    desk.done("ticket", "status", ticket, "New")
    assert state(desk, ticket) == (True, True)
    desk.done("ticket", "status", ticket, "Scheduled")
    assert state(desk, ticket) == (False, True)
    assert changes(desk, ticket, "inbox")[-1] == "inbox: in → out (the status changed)"


def test_other_changes_leave_the_ticket_in(desk: Desk, ticket: str) -> None:
    """B92: manager, labels, fields, reading."""
    desk.done("ticket", "assign", ticket, BOB)
    desk.done("ticket", "label", ticket, "--add", "vip")
    desk.done("ticket", "set", ticket, "--priority", "high")
    desk.done("ticket", "dispatch", ticket, "on")
    desk.done("ticket", "show", ticket, "--as", BOB)
    assert state(desk, ticket) == (True, False)


# -- unread ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", ["eve@elsewhere.example", "dave@company.example", "desk@company.example"])
def test_any_update_from_outside_raises_unread(desk: Desk, calm: str, sender: str) -> None:
    """B93, B22, B23, B33: unverified, inactive and shared senders are no employees."""
    reply(desk, calm, sender)
    assert state(desk, calm) == (True, True)


def test_by_hand_raises_and_clears(desk: Desk, calm: str) -> None:
    """B93, B71: by the manager, and by others with the privilege."""
    desk.done("ticket", "unread", calm, "--as", ALICE)
    assert state(desk, calm) == (False, True)
    desk.done("ticket", "read", calm, "--as", BOB)
    assert state(desk, calm) == (False, False)
    assert changes(desk, calm, "unread")[-2:] == ["unread: read → unread", "unread: unread → read"]


def test_managers_own_doing_does_not_raise_it(desk: Desk, calm: str) -> None:
    """B93: whatever the manager does to the ticket, and nor does a colleague's change."""
    for who in (ALICE, BOB):
        for words in (
            ("ticket", "status", calm, "Pending" if who == ALICE else "Hold"),
            ("ticket", "label", calm, "--add", who.partition("@")[0]),
            ("ticket", "set", calm, "--description", who),
            ("recipients", calm, "subscribe"),
        ):
            desk.done(*words, "--as", who)
    assert state(desk, calm)[1] is False


def test_manager_showing_the_ticket_reads_it(desk: Desk, ticket: str) -> None:
    """B93, B71: with a history entry; `--peek` and listings do not, nor do others who may see it."""
    for words in (("inbox",), ("tickets",), ("history", ticket), ("recipients", ticket)):
        desk.done(*words, "--as", ALICE)
    desk.done("ticket", "show", ticket, "--peek", "--as", ALICE)
    desk.done("ticket", "show", ticket, "--as", JUDY)
    assert state(desk, ticket) == (True, True)
    desk.done("ticket", "show", ticket, "--as", ALICE)
    assert state(desk, ticket) == (True, False)
    assert changes(desk, ticket, "unread") == ["unread: unread → read (shown to the manager)"]


def test_new_managers_look_counts(desk: Desk, ticket: str) -> None:
    """B93: reading goes by who is manager now."""
    desk.done("ticket", "assign", ticket, HEIDI)
    desk.done("ticket", "show", ticket, "--as", ALICE)
    assert state(desk, ticket) == (True, True)
    desk.done("ticket", "show", ticket, "--as", HEIDI)
    assert state(desk, ticket) == (True, False)


def test_others_need_the_privilege(desk: Desk, ticket: str) -> None:
    """B93, B96: Partial sees the ticket and may not change the mark, either way; nobody's ticket is another's too."""
    for manager in (ALICE, "nobody"):
        desk.done("ticket", "assign", ticket, manager)
        for word in ("read", "unread"):
            reason = desk.refused("ticket", word, ticket, "--as", CAROL)
            assert "the privilege mark-read-for-others is missing" in reason
        desk.done("ticket", "read", ticket, "--as", JUDY)
        desk.done("ticket", "unread", ticket, "--as", JUDY)


def test_opener_is_not_the_manager(desk: Desk) -> None:
    """B93, B96: who opened a ticket sees it, and without the privilege leaves the manager's mark alone."""
    desk.take(sender=HEIDI)
    desk.done("ticket", "assign", "0500-1000", ALICE)
    assert "mark-read-for-others is missing" in desk.refused("ticket", "unread", "0500-1000", "--as", HEIDI)


@pytest.mark.parametrize("words", [("inbox",), ("tickets",), ("tickets", "--board", "status")])
def test_envelope_is_for_everyone_and_bold_for_the_manager(desk: Desk, ticket: str, words: tuple[str, ...]) -> None:
    """B93: in the Inbox, in listings and on boards; a ticket that was read is neither."""

    def line(who: str) -> str:
        out = desk.done(*words, FORCE_COLOR="1", EMAIL_CONNECTOR_AS=who, width=120)
        return next(line for line in out.splitlines() if ticket in line)

    lines = {who: line(who) for who in (ALICE, BOB, CAROL, "")}
    assert ["✉" in line for line in lines.values()] == [True] * 4
    assert ["\x1b[1m" in line for line in lines.values()] == [True, False, False, False]
    desk.done("ticket", "read", ticket)
    assert ("✉" in line(ALICE), "\x1b[1m" in line(ALICE)) == (False, False)


def test_envelope_stands_on_the_ticket_too(desk: Desk, ticket: str) -> None:
    """B93: whoever may see the ticket sees whether its manager has read it."""
    assert "unread" in desk.done("ticket", "show", ticket, "--as", CAROL)
    desk.done("ticket", "read", ticket)
    shown = desk.done("ticket", "show", ticket, "--as", CAROL).partition("History")[0]
    assert "unread" not in shown
