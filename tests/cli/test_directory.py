"""Employees, accounts and contacts, one by one."""

from __future__ import annotations

from typing import Any

import pytest

from connector.privileges import PRIVILEGES
from tests.cli.conftest import Desk

ALICE, BOB, CAROL, GRACE, HEIDI = (f"{name}@company.example" for name in ("alice", "bob", "carol", "grace", "heidi"))
EVERY_PRIVILEGE = "the privilege increment-ticket-number is missing"
HELPDESK = "\n[PRIVILEGES:Helpdesk]\nPrivileges = email-messages, other-employees-tickets\n"


def row(desk: Desk, listing: str, name: str) -> dict[str, Any]:
    """One row of a listing, by name."""
    return dict(next(row for row in desk.json(listing) if row["name"] == name))


# -- employees ---------------------------------------------------------------------------------------------------


def test_employees_are_listed_with_and_without_the_word(desk: Desk) -> None:
    """interface: `employees` and `employees list` are one; an array of objects, a table otherwise."""
    assert desk.json("employees") == desk.json("employees", "list")
    assert list(desk.json("employees")[0]) == ["name", "email1", "email2", "active", "privileges", "mail_option"]
    assert desk.done("employees") == desk.done("employees", "list")


def test_employee_is_added(desk: Desk) -> None:
    """interface, B89, B96: every field; the defaults are those of an import."""
    words = ("--email2", "eve@home.example", "--inactive", "--privileges", "limited", "--mail-option", "OFF")
    assert "employee Eve Early is added" in desk.done("employees", "add", "Eve Early", "Eve@Company.example", *words)
    assert row(desk, "employees", "Eve Early") == {
        "name": "Eve Early",
        "email1": "eve@company.example",
        "email2": "eve@home.example",
        "active": False,
        "privileges": "Limited",
        "mail_option": "off",
    }
    desk.done("employees", "add", "Gus", "gus@company.example")
    assert list(row(desk, "employees", "Gus").values())[2:] == ["", True, "Full", "manager"]


def test_employee_is_changed_by_address_or_name(desk: Desk) -> None:
    """interface: name, e-mails, active, group, mail option; what is not named stays."""
    desk.done("employees", "set", CAROL, "--name", "Carol Cole", "--email2", "carol@home.example")
    desk.done("employees", "set", "carol cole", "--inactive", "--privileges", "FULL", "--email1", "cc@company.example")
    assert list(row(desk, "employees", "Carol Cole").values())[1:] == [
        "cc@company.example",
        "carol@home.example",
        False,
        "Full",
        "subscribed",
    ]
    desk.done("employees", "set", "carol@home.example", "--active", "--email2", "", "--mail-option", "all")
    assert list(row(desk, "employees", "Carol Cole").values())[2:4] == ["", True]


def test_change_that_is_none_says_so(desk: Desk) -> None:
    """interface: exit status 0, for it is as it should be."""
    assert "nothing is changed" in desk.done("employees", "set", CAROL, "--privileges", "Partial")


def test_nothing_to_change_is_wrong_use(desk: Desk) -> None:
    """interface: exit status 2."""
    for words in (("employees", "set", CAROL), ("accounts", "set", "Acme Ltd"), ("contacts", "set", "Jane Doe")):
        assert "nothing to change" in desk.refused(*words, status=2)


def test_unknown_group_is_refused_and_the_known_ones_are_named(desk: Desk) -> None:
    """B96: also those of the INI; nothing is changed."""
    desk.file.write_text(desk.file.read_text() + HELPDESK)
    for words in (("set", CAROL), ("add", "Eve", "eve@company.example")):
        reason = desk.refused("employees", *words, "--privileges", "Kings", status=2)
        known = "SysAdmin, Full, Partial, Limited, Subcontractors, Helpdesk"
        assert f"'Kings': there is no such group; known are {known}" in reason
    assert row(desk, "employees", "Carol Clark")["privileges"] == "Partial"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("add", "Eve", "eve at home"), "'eve at home' is not a plain address"),
        (("add", " ", "eve@company.example"), "the name is missing"),
        (("add", "Alice Archer", ALICE), "this name with this address is there already"),
        (("set", CAROL, "--email1", ""), "email1 is missing"),
        (("set", CAROL, "--name", "Bob Baker", "--email1", BOB), "this name with this address is there already"),
        (("set", "nobody@company.example", "--active"), "no employee has this e-mail or name"),
        (("set", "desk@company.example", "--active"), "names Erin East <desk@company.example, erin@company.example>"),
        (("remove", "nobody"), "no employee has this e-mail or name"),
    ],
)
def test_what_is_wrong_changes_nobody(desk: Desk, words: tuple[str, ...], reason: str) -> None:
    """B20, B22: the checks of an import; exit status 1 with the reason."""
    before = desk.json("employees")
    assert reason in desk.refused("employees", *words)
    assert desk.json("employees") == before


def test_shared_address_is_warned_of(desk: Desk) -> None:
    """B22: on standard error, and about this employee alone."""
    told = desk.type("employees", "set", GRACE, "--email2", CAROL).stderr
    shared = f"warning: address {CAROL} is that of employees 'Carol Clark' and 'Grace Gray'"
    assert told == f"{shared}: mail from it is no employee's\n"
    assert "share this address" in desk.refused("inbox", "--as", CAROL)
    assert desk.type("employees", "set", GRACE, "--email2", "").stderr == ""


def test_changed_employee_counts_at_once(desk: Desk, ticket: str) -> None:
    """B23, B96: what is changed by command decides on the next command and on the next mail."""
    desk.done("employees", "set", HEIDI, "--privileges", "Partial")
    assert [row["number"] for row in desk.json("tickets", "--as", HEIDI)] == [ticket]
    desk.done("employees", "set", ALICE, "--inactive")
    assert "is not active" in desk.refused("inbox", "--as", ALICE)
    desk.take("a.eml", ALICE, subject=f"[{ticket}] from Alice")
    assert [row["public"] for row in desk.json("history", ticket) if row["sender_address"] == ALICE] == [False]


def test_employee_changes_his_or_her_own_mail_option(desk: Desk) -> None:
    """B89: without any privilege; nothing else, and nobody else's."""
    ivan = "ivan@company.example"
    desk.done("employees", "set", ivan, "--mail-option", "off", "--as", ivan)
    assert row(desk, "employees", "Ivan Ivers")["mail_option"] == "off"
    for words in ((ivan, "--name", "I"), (ivan, "--mail-option", "all", "--active"), (HEIDI, "--mail-option", "all")):
        reason = desk.refused("employees", "set", *words, "--as", ivan)
        assert "the privileges email-messages, other-employees-tickets, mark-read-for-others" in reason


def test_employees_are_changed_with_every_privilege(desk: Desk) -> None:
    """B96: who changes employees could give privileges away: Full is not enough, SysAdmin is."""
    commands = (("add", "Eve", "eve@company.example"), ("set", CAROL, "--privileges", "SysAdmin"), ("remove", GRACE))
    for words in commands:
        assert EVERY_PRIVILEGE in desk.refused("employees", *words, "--as", ALICE)
    for words in commands:
        desk.done("employees", *words, "--as", BOB)


def test_employee_whom_nothing_needs_is_removed(desk: Desk) -> None:
    """interface: gone from the listing; the name is free again."""
    assert "employee Grace Gray is removed" in desk.done("employees", "remove", GRACE)
    assert "no employee" in desk.refused("inbox", "--as", GRACE)


def test_employee_of_a_ticket_is_not_removed(desk: Desk, ticket: str) -> None:
    """B71: the reason says what points there, and to deactivate instead."""
    reason = desk.refused("employees", "remove", ALICE)
    assert "manages tickets (1)" in reason
    assert "deactivate the employee instead" in reason
    desk.done("ticket", "assign", ticket, "nobody", "--as", HEIDI.replace("heidi", "judy"))
    assert "stands in history entries (1)" in desk.refused("employees", "remove", "judy@company.example")


# -- groups ------------------------------------------------------------------------------------------------------


def test_groups_are_listed_with_their_privileges(desk: Desk) -> None:
    """B96: the shipped groups and the INI's own, with their privileges and how many employees are in them."""
    desk.file.write_text(desk.file.read_text() + HELPDESK)
    desk.done("employees", "set", HEIDI, "--privileges", "helpdesk")
    groups = desk.json("employees", "groups")
    assert [one["name"] for one in groups] == ["SysAdmin", "Full", "Partial", "Limited", "Subcontractors", "Helpdesk"]
    assert [one["employees"] for one in groups] == [1, 6, 1, 0, 1, 1]
    assert groups[2]["privileges"] == ["email-messages", "other-employees-tickets", "batch-inbox-removal"]
    assert groups[-1] == {
        "name": "Helpdesk",
        "privileges": ["email-messages", "other-employees-tickets"],
        "employees": 1,
    }
    shown = " ".join(desk.done("employees", "groups").split())
    assert f"SysAdmin (1) {', '.join(PRIVILEGES)} Full (6) email-messages" in shown
    assert "Subcontractors (1) none" in shown


def test_own_group_works_in_commands(desk: Desk, ticket: str) -> None:
    """B96: a group of `[PRIVILEGES:name]` gives what it says, and nothing more."""
    desk.file.write_text(desk.file.read_text() + HELPDESK)
    desk.done("employees", "set", HEIDI, "--privileges", "Helpdesk")
    desk.done("ticket", "status", ticket, "Hold", "--as", HEIDI)
    desk.done("inbox", "add", ticket, "--as", HEIDI)
    assert "batch-inbox-removal is missing" in desk.refused("inbox", "clear", "--as", HEIDI)


def test_group_that_left_the_ini_gives_nothing(desk: Desk, ticket: str) -> None:
    """B96: employees of a group that is no more have no privileges."""
    shipped = desk.file.read_text()
    desk.file.write_text(shipped + HELPDESK)
    desk.done("employees", "set", HEIDI, "--privileges", "Helpdesk")
    desk.file.write_text(shipped)
    assert "other-employees-tickets is missing" in desk.refused("ticket", "show", ticket, "--as", HEIDI)


# -- accounts ----------------------------------------------------------------------------------------------------


def test_account_is_added_and_changed(desk: Desk) -> None:
    """interface, B24, B63: e-mails, manager, domains; what is not named stays."""
    desk.done("accounts", "add", "West Inc", "--domain", "West.example", "--domain", "w.example", "--manager", CAROL)
    assert list(row(desk, "accounts", "West Inc").values())[1:] == ["", "", CAROL, ["w.example", "west.example"], None]
    desk.done("accounts", "set", "west inc", "--email1", "office@west.example", "--email2", "o@west.example")
    desk.done("accounts", "set", "o@west.example", "--name", "West", "--manager", "nobody", "--domain", "x.example")
    assert row(desk, "accounts", "West") == {
        "name": "West",
        "email1": "office@west.example",
        "email2": "o@west.example",
        "manager": None,
        "domains": ["x.example"],
        "main_contact": None,
    }
    desk.done("accounts", "set", "West", "--domain", "")
    assert row(desk, "accounts", "West")["domains"] == []


def test_accounts_are_checked_as_by_an_import(desk: Desk) -> None:
    """B24: names once, managers known, domains that are some; a shared domain is warned of."""
    assert "this name is there already" in desk.refused("accounts", "add", "acme LTD")
    assert "'x@y.example' is not known" in desk.refused("accounts", "set", "Acme Ltd", "--manager", "x@y.example")
    assert "several employees" in desk.refused("accounts", "set", "Acme Ltd", "--manager", "desk@company.example")
    assert "domain 'a@b' is none" in desk.refused("accounts", "set", "Acme Ltd", "--domain", "a@b")
    assert "no account has this" in desk.refused("accounts", "set", "Nowhere", "--domain", "x.example")
    told = desk.type("accounts", "set", "Acme Ltd", "--domain", "corvus.example;acme.example").stderr
    assert told == "warning: domain corvus.example is that of accounts 'Acme Ltd' and 'Corvus SA': it matches neither\n"


def test_account_decides_on_the_next_mail(desk: Desk) -> None:
    """B24, B63: a domain and a manager given by command count for the next mail."""
    desk.done("accounts", "add", "West", "--domain", "west.example", "--manager", CAROL)
    desk.take(sender="wim@west.example")
    (ticket,) = desk.json("tickets")
    assert (ticket["account"], ticket["manager_address"]) == ("West", CAROL)


def test_account_is_removed_when_nothing_needs_it(desk: Desk, ticket: str) -> None:
    """B90: an account with tickets or contacts stays, and the reason says so."""
    assert "has tickets (1), has contacts (2)" in desk.refused("accounts", "remove", "Acme Ltd")
    assert "has contacts (1), and is not removed" in desk.refused("accounts", "remove", "Corvus SA")
    desk.done("contacts", "remove", "chloe@corvus.example")
    desk.done("accounts", "remove", "Corvus SA")
    assert "Corvus SA" not in [row["name"] for row in desk.json("accounts")]


# -- contacts ----------------------------------------------------------------------------------------------------


def test_contacts_are_listed(desk: Desk) -> None:
    """interface: of all accounts or of one; an array of objects, a table otherwise."""
    assert desk.json("contacts")[0] == {
        "name": "Birgit Blum",
        "account": "Borealis GmbH",
        "email1": "birgit@borealis.example",
        "email2": "",
        "main": True,
    }
    assert [row["name"] for row in desk.json("contacts", "--account", "acme ltd")] == ["Jane Doe", "John Roe"]
    assert "Chloé Martin" in desk.done("contacts", "list")
    assert "no account has this" in desk.refused("contacts", "--account", "Nowhere")


def test_contact_is_added_and_changed(desk: Desk) -> None:
    """interface, B63: a new main contact takes the place of the old one."""
    desk.done("contacts", "add", "Wim", "Wim@acme.example", "--account", "ACME LTD", "--main")
    main = {row["name"]: row["main"] for row in desk.json("contacts", "--account", "Acme Ltd")}
    assert main == {"Jane Doe": False, "John Roe": False, "Wim": True}
    desk.done("contacts", "set", "wim", "--name", "Wim West", "--email2", "w@home.example", "--not-main")
    desk.done("contacts", "set", "w@home.example", "--email1", "west@acme.example")
    assert list(row(desk, "contacts", "Wim West").values()) == [
        "Wim West",
        "Acme Ltd",
        "west@acme.example",
        "w@home.example",
        False,
    ]


def test_contact_of_several_accounts_is_told_apart(desk: Desk) -> None:
    """B24: an e-mail at two accounts is refused without the account's name."""
    desk.done("contacts", "add", "Jane Doe", "jane@acme.example", "--account", "Corvus SA")
    assert "names Jane Doe <jane@acme.example> and" in desk.refused("contacts", "set", "Jane Doe", "--main")
    desk.done("contacts", "set", "Jane Doe", "--main", "--account", "Corvus SA")
    assert [row["main"] for row in desk.json("contacts") if row["name"] == "Jane Doe"] == [True, True]
    desk.done("contacts", "remove", "jane@acme.example", "--account", "Corvus SA")
    assert len(desk.json("contacts")) == 4


def test_contacts_are_checked_as_by_an_import(desk: Desk) -> None:
    """B20, B24: plain addresses, known accounts, nobody twice."""
    add = ("contacts", "add", "Jane Doe", "jane@acme.example", "--account")
    assert "this name with this address is there already" in desk.refused(*add, "Acme Ltd")
    assert "no account has this" in desk.refused(*add, "Nowhere")
    assert "not a plain address" in desk.refused("contacts", "add", "X", "<x@y.example>", "--account", "Acme Ltd")


def test_contact_of_a_ticket_is_not_removed(desk: Desk, ticket: str) -> None:
    """B90: the ticket keeps its contact."""
    assert "is the contact of tickets (1)" in desk.refused("contacts", "remove", "Jane Doe")


def test_customers_are_changed_with_edit_rules(desk: Desk) -> None:
    """B96: accounts and contacts are configuration; to see them other employees' tickets are enough."""
    for words in (("accounts", "add", "West"), ("contacts", "set", "John Roe", "--main")):
        assert "the privilege edit-rules is missing" in desk.refused(*words, "--as", CAROL)
        desk.done(*words, "--as", ALICE)
    for listing in (("accounts",), ("contacts",), ("people", "export")):
        desk.done(*listing, "--as", CAROL)
        assert "the privilege other-employees-tickets is missing" in desk.refused(*listing, "--as", HEIDI)


def test_names_reach_the_terminal_without_escape_sequences(desk: Desk) -> None:
    """B20: whatever stands in a name, in messages and in tables."""
    desk.done("accounts", "add", "Evil \x1b[2J Inc")
    assert "\x1b" not in desk.refused("accounts", "add", "Evil \x1b[2J Inc")
    for words in (("list",), ("set", "Evil \x1b[2J Inc", "--domain", "e.example"), ("remove", "Evil \x1b[2J Inc")):
        assert "\x1b" not in desk.done("accounts", *words)
