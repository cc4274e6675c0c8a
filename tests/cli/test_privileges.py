"""Who may do what: each command, each shipped group, the administrator; and what is seen without the privilege."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from connector import users_file
from connector.cli.root import root
from connector.privileges import GROUPS, PRIVILEGES
from storage.records import Wanted
from tests.authority import Authority
from tests.cli.conftest import Desk
from tests.cli.test_root import commands
from tests.house import PEOPLE, ROOT
from tests.storage import make

ADMINISTRATOR = "administrator"
ACTORS = {
    ADMINISTRATOR: "",
    "SysAdmin": "bob@company.example",
    "Full": "alice@company.example",
    "Partial": "carol@company.example",
    "Limited": "heidi@company.example",
    "Subcontractors": "ivan@company.example",
}
JUDY, HEIDI, IVAN = "judy@company.example", "heidi@company.example", "ivan@company.example"

OTHERS, READ, BULK, MOVE, RULES, NUMBER = PRIVILEGES[1:]
NOTHING: tuple[str, ...] = ()

N, ENTRY, HELD, HERE, CANDIDATES = "0500-1000", "1", "HELD", "PEOPLE", "CANDIDATES"
"""A ticket that Judy manages, its first entry, a held mail, the file of people, and a folder of rules."""

NEEDS: dict[str, tuple[str, ...]] = {
    "inbox list": NOTHING,
    f"inbox add {N}": (OTHERS,),
    f"inbox remove {N}": (OTHERS,),
    f"inbox remove {N} 0500-1001": (BULK, OTHERS),
    "inbox clear": (BULK,),
    "tickets": NOTHING,
    f"ticket show {N}": (OTHERS,),
    "ticket new --account Acme_Ltd --subject Mine": NOTHING,
    f"ticket note {N} text": (OTHERS,),
    f"ticket reply {N} text": (OTHERS,),
    f"ticket status {N} Hold": (OTHERS,),
    f"ticket assign {N} nobody": (OTHERS,),
    f"ticket label {N} --add vip": (OTHERS,),
    f"ticket dispatch {N} on": (OTHERS,),
    f"ticket report {N}": (OTHERS,),
    f"ticket resume {N} birgit@borealis.example": (OTHERS,),
    f"ticket set {N} --priority high": (OTHERS,),
    f"ticket read {N}": (OTHERS, READ),
    f"ticket unread {N}": (OTHERS, READ),
    f"ticket move {N} Acme_Ltd": (MOVE, OTHERS),
    f"ticket merge {N} 0500-1001": (MOVE, OTHERS),
    f"recipients list {N}": (OTHERS,),
    f"recipients add {N} x@else.example": (OTHERS,),
    f"recipients add-employee {N} {JUDY}": (OTHERS,),
    f"recipients remove {N} birgit@borealis.example": (OTHERS,),
    f"recipients subscribe {N}": (OTHERS,),
    f"recipients unsubscribe {N}": (OTHERS,),
    f"history list {N}": (OTHERS,),
    f"history show {ENTRY}": (OTHERS,),
    f"history show {ENTRY} --original": (OTHERS,),
    f"history show {ENTRY} --html": (OTHERS,),
    f"history show {ENTRY} --decision": (OTHERS,),
    f"history edit {ENTRY} --text better": (OTHERS,),
    f"history public {ENTRY}": (OTHERS,),
    f"history private {ENTRY}": (OTHERS,),
    f"history take {ENTRY} --to 0500-1001": (MOVE, OTHERS),
    f"history take {ENTRY} --to new": (MOVE, OTHERS),
    "numbers list": NOTHING,
    "numbers raise 2000": (NUMBER,),
    f"people import {HERE}": PRIVILEGES,
    "people export": (OTHERS,),
    "employees list": NOTHING,
    "employees groups": NOTHING,
    "employees add Eve eve@company.example": PRIVILEGES,
    f"employees set {JUDY} --mail-option off": PRIVILEGES,
    "employees remove grace@company.example": PRIVILEGES,
    "auth-users list": PRIVILEGES,
    "auth-users add eve@company.example": PRIVILEGES,
    "auth-users remove bob@company.example": PRIVILEGES,
    "accounts list": (OTHERS,),
    "accounts add West": (RULES,),
    "accounts set Acme_Ltd --domain acme.example": (RULES,),
    "accounts remove Empty_Inc": (RULES,),
    "contacts list": (OTHERS,),
    "contacts add Wim wim@acme.example --account Acme_Ltd": (RULES,),
    "contacts set John_Roe --main": (RULES,),
    "contacts remove John_Roe": (RULES,),
    "process mail.eml --dry-run": (OTHERS,),
    "queue list": (OTHERS,),
    f"queue show {HELD}": (OTHERS,),
    f"queue retry {HELD}": (OTHERS,),
    f"queue release {HELD}": (OTHERS,),
    f"queue reject {HELD}": (OTHERS,),
    f"queue drop {HELD}": (OTHERS,),
    "queue choices": (OTHERS,),
    "queue forget spam@else.example": (OTHERS,),
    "templates list": NOTHING,
    "rules list": NOTHING,
    "rules check --rules CANDIDATES": (RULES,),
    "rules test mail.eml": NOTHING,
    "rules replay --rules CANDIDATES": (RULES,),
    "rules test mail.eml --rules CANDIDATES": (RULES,),
    "export": NOTHING,
    "db backup var/copy.db": PRIVILEGES,
    "doctor --no-network": PRIVILEGES,
    "send --to amy@else.example": PRIVILEGES,
    "verify": (OTHERS,),
    f"templates test closed-ticket {N}": (OTHERS,),
    "deliveries list": NOTHING,
    f"deliveries list --ticket {N}": (OTHERS,),
    "deliveries suspended": (OTHERS,),
    "deliveries resume jane@acme.example": (OTHERS,),
}
"""Each command, and the privileges it needs on another's ticket, in the order in which it asks for them."""

OF_AN_EMPLOYEE = ("ticket reply", "recipients subscribe", "recipients unsubscribe")
"""Commands that the administrator, who is no employee, cannot mean: wrong use."""

OF_NOBODY = frozenset(
    (
        *("welcome", "init", "serve", "config check", "config show", "config explain", "db migrate"),
        *("status", "oauth login"),
    )
)
"""Commands that touch no ticket and no person: whoever may run the program may run them."""


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory, template: Path) -> tuple[Path, str]:
    """The data of an installation with two tickets of Borealis, which Judy manages, and a held mail; and its id."""
    desk = Desk(tmp_path_factory.mktemp("office"), EMAILCONNECTOR__UnknownSender="hold")
    (desk.folder / "var").mkdir()
    shutil.copy(template, desk.folder / "var")
    for subject in ("Printer", "Scanner"):
        desk.take(f"{subject}.eml", "birgit@borealis.example", subject=subject)
    desk.take("spam.eml", "spam@else.example")
    desk.done("queue", "reject", desk.json("queue")[0]["id"], "--remember")
    desk.take("held.eml", "eve@elsewhere.example")
    desk.done("recipients", N, "add-employee", ",".join(filter(None, ACTORS.values())))
    desk.done("accounts", "add", "Empty Inc")
    desk.pause(N, "birgit@borealis.example")
    desk.fail("jane@acme.example")
    users_file.put(desk.folder / "var" / "users", "bob@company.example", "password")
    return desk.folder / "var", desk.json("queue")[0]["id"]


def restore(desk: Desk, data: Path) -> None:
    """Bring the installation's data back to what it was."""
    shutil.rmtree(desk.folder / "var", ignore_errors=True)
    shutil.copytree(data, desk.folder / "var")


def dump(desk: Desk) -> tuple[list[str], list[Path]]:
    """All rows of the store, and the files of the spool."""
    database = sqlite3.connect(desk.settings.store.database.removeprefix("sqlite:"))
    rows = list(database.iterdump())
    database.close()
    return rows, sorted(file for file in desk.settings.store.spool.rglob("*") if file.is_file())


def typed(command: str, held: str) -> list[str]:
    """The words of a command of the table."""
    words = {HELD: held, HERE: str(PEOPLE), CANDIDATES: str(ROOT / "tests" / "workbench" / "rules")}
    return [words.get(word, word.replace("_", " ")) for word in command.split()]


def test_each_command_stands_in_the_table() -> None:
    """B96: a new command says who may do it: in NEEDS, or in OF_NOBODY."""
    leaves = {" ".join(path) for path, command in commands(root) if not hasattr(command, "commands")}
    said = {leaf for leaf in leaves for command in NEEDS if f"{command} ".startswith(f"{leaf} ")}
    assert leaves - said == OF_NOBODY


@pytest.fixture
def desk(build: Callable[..., Desk], authority: Authority) -> Desk:
    """An installation with people, some of whom may log in."""
    folder = build().folder
    return Desk(
        folder, **authority.certificate().tokens(), SMTPIN__AuthUsersFile="var/users", SMTPIN__Listen="127.0.0.1:0"
    )


@pytest.mark.parametrize("command", NEEDS)
def test_each_group_may_do_what_its_privileges_say(desk: Desk, office: tuple[Path, str], command: str) -> None:
    """B96, B94: done, or refused with the missing privilege named and nothing changed."""
    data, held = office
    desk.mail()
    for name, address in ACTORS.items():
        restore(desk, data)
        missing = [one for one in NEEDS[command] if address and one not in GROUPS[name]]
        before = dump(desk)
        result = desk.type(*typed(command, held), stdin="password\n", EMAIL_CONNECTOR_AS=address)
        if missing:
            assert (result.exit_code, dump(desk) == before) == (1, True), (name, result.output)
            assert missing[0] in result.stderr, (name, result.stderr)
            assert "missing" in result.stderr, (name, result.stderr)
        else:
            expected = 2 if not address and command.startswith(OF_AN_EMPLOYEE) else 0
            assert result.exit_code == expected, (name, result.output)


# -- one's own tickets alone -------------------------------------------------------------------------------------


@pytest.fixture
def own(build: Callable[..., Desk], office: tuple[Path, str]) -> Desk:
    """Judy's two tickets; one more that Heidi manages, and one that she opened and Alice manages. All have labels."""
    desk = build(EMAILCONNECTOR__UnknownSender="hold")
    restore(desk, office[0])
    desk.take("managed.eml", "birgit@borealis.example", subject="Managed")
    desk.done("ticket", "assign", "0500-1002", HEIDI)
    desk.take("opened.eml", HEIDI, subject="Opened")
    desk.done("ticket", "assign", "0500-1003", "alice@company.example")
    for number in ("0500-1000", "0500-1002", "0500-1003"):
        desk.done("ticket", "label", number, "--add", "all")
        desk.done("ticket", "dispatch", number, "on")
        desk.done("inbox", "add", number)
    return desk


MINE = {"0500-1002", "0500-1003"}


@pytest.mark.parametrize(
    "words",
    [
        ("tickets",),
        ("tickets", "--view", "open"),
        ("tickets", "--view", "inbox"),
        ("tickets", "--view", "dispatching"),
        ("tickets", "--label", "all"),
        ("tickets", "--search", "0500"),
        ("tickets", "--manager", f"{HEIDI},{JUDY},alice@company.example"),
        ("tickets", "--status", "New"),
        ("inbox",),
    ],
    ids=" ".join,
)
def test_listings_and_searches_show_ones_own(own: Desk, words: tuple[str, ...]) -> None:
    """B94, B96: managed or opened, whatever the filters; the others are not even counted by pages."""
    rows = own.json(*words, "--as", HEIDI)
    assert {row["number"] for row in rows} == MINE
    (first,) = own.json(*words, "--limit", "1", "--as", HEIDI)
    (second,) = own.json(*words, "--limit", "1", "--after", first["number"], "--as", HEIDI)
    assert {first["number"], second["number"]} == MINE
    last = own.type(*words, "--limit", "1", "--after", second["number"], "--json", "--as", HEIDI)
    assert (json.loads(last.stdout), last.stderr) == ([], "")
    assert own.json(*words, "--as", IVAN) == []


def test_searches_do_not_tell_of_others_tickets(own: Desk) -> None:
    """B94, B96: a word of another's ticket, an account, a manager finds nothing."""
    for words in (("--search", "Printer"), ("--manager", JUDY), ("--view", "closed")):
        assert own.json("tickets", *words, "--as", HEIDI) == []
    assert {row["number"] for row in own.json("tickets", "--account", "Borealis GmbH", "--as", HEIDI)} == {"0500-1002"}


def test_boards_show_ones_own(own: Desk) -> None:
    """B94, B96: by status and by manager; no column tells who else has tickets."""
    for board in ("status", "manager"):
        columns = own.json("tickets", "--board", board, "--as", HEIDI)["columns"]
        assert {row["number"] for one in columns for row in one["tickets"]} == MINE
    assert [one["name"] for one in columns] == ["Alice Archer", "Heidi Hall"]


def test_entries_and_recipients_are_those_of_ones_own(own: Desk) -> None:
    """B94, B96: by number and by id, also where one is a recipient of the ticket."""
    entries = {number: own.json("history", number) for number in ("0500-1000", *MINE)}
    for number, rows in entries.items():
        seen = number in MINE
        for words in (("history", number), ("recipients", number), ("ticket", "show", number)):
            assert own.type(*words, "--as", HEIDI).exit_code == (0 if seen else 1), words
        for row in rows:
            result = own.type("history", "show", str(row["id"]), "--as", HEIDI)
            assert result.exit_code == (0 if seen else 1)
            assert seen or "other-employees-tickets is missing" in result.stderr


def test_deliveries_are_those_of_ones_own(own: Desk) -> None:
    """B94, B96: none of another's ticket, and those of one's own although many others came later."""
    store = own.store()
    for _ in range(60):
        facts = store.facts(Wanted())
        store.file(make.opening(facts, outgoing=(make.outgoing("x@else.example"),)))
    store.close()
    rows = own.json("deliveries", "--as", HEIDI)
    assert rows != []
    assert {row["ticket"] for row in rows} <= MINE
    assert own.json("deliveries", "--state", "sent", "--as", HEIDI) == []
    assert len(own.json("deliveries")) == 50
    assert "other-employees-tickets is missing" in own.refused("deliveries", "--ticket", N, "--as", HEIDI)


def test_queue_and_customers_are_not_for_them(own: Desk) -> None:
    """B94, B96: mail that belongs to no ticket yet, and the customers of others' tickets."""
    for words in (("queue",), ("accounts",), ("contacts",), ("people", "export")):
        assert "other-employees-tickets is missing" in own.refused(*words, "--as", HEIDI)


def test_one_works_on_ones_own_without_any_privilege(own: Desk) -> None:
    """B96: everyone may work on tickets they manage or opened."""
    own.done("ticket", "assign", "0500-1002", IVAN)
    for words in (
        ("ticket", "show", "0500-1002"),
        ("ticket", "label", "0500-1002", "--add", "ivan"),
        ("ticket", "set", "0500-1002", "--due", "2026-12-01"),
        ("ticket", "unread", "0500-1002"),
        ("ticket", "note", "0500-1002", "done"),
        ("recipients", "0500-1002", "add", "x@else.example"),
        ("inbox", "remove", "0500-1002"),
        ("ticket", "status", "0500-1002", "Completed"),
        ("ticket", "assign", "0500-1002", JUDY),
    ):
        own.done(*words, "--as", IVAN)
    assert "other-employees-tickets is missing" in own.refused("ticket", "show", "0500-1002", "--as", IVAN)


def test_new_ticket_is_ones_own(own: Desk) -> None:
    """B93, B96: whoever opens a ticket works on it; one that is opened for another is unread, one's own is not."""
    words = ("ticket", "new", "--account", "Acme Ltd", "--subject", "New", "--as", IVAN)
    mine = own.done(*words).strip()
    theirs = own.done(*words, "--manager", JUDY).strip()
    assert [own.json("ticket", "show", number, "--as", IVAN)["unread"] for number in (mine, theirs)] == [False, True]


def test_own_group_moves_ones_own_tickets_alone(own: Desk) -> None:
    """B38, B95, B96: with merge-and-move alone nothing of another's ticket is taken, joined or told of."""
    with own.file.open("a", encoding="utf-8") as ini:
        ini.write("\n[PRIVILEGES:Movers]\nPrivileges = email-messages, merge-and-move\n")
    own.done("employees", "set", HEIDI, "--privileges", "Movers")
    mine, theirs = (str(own.json("history", number)[0]["id"]) for number in ("0500-1002", N))
    for words in (
        ("ticket", "merge", "0500-1002", N),
        ("ticket", "merge", N, "0500-1002"),
        ("history", "take", mine, "--to", N),
        ("history", "take", theirs, "--to", "0500-1002"),
        ("history", "take", theirs, "--to", "new"),
        ("ticket", "move", N, "Acme Ltd"),
    ):
        reason = own.refused(*words, "--as", HEIDI)
        assert "other-employees-tickets is missing" in reason
        assert not any(word in reason for word in ("Printer", "Borealis", "Judy", "birgit"))
    own.done("history", "take", mine, "--to", "0500-1003", "--as", HEIDI)


def test_second_address_acts_for_the_same_person(own: Desk) -> None:
    """B20, B96: either address in any letter case; one's tickets are the same."""
    own.done("employees", "set", HEIDI, "--email2", "heidi@home.example")
    for address in ("HEIDI@company.example", "heidi@home.example"):
        assert {row["number"] for row in own.json("tickets", "--as", address)} == MINE


def test_ticket_that_changed_hands_is_not_ones_own(own: Desk) -> None:
    """B89, B96: who neither manages nor opened it any more sees nothing of it, and gets none of its mail."""
    own.done("employees", "set", HEIDI, "--mail-option", "all")
    own.done("recipients", "0500-1002", "add-employee", HEIDI)

    def told(body: str) -> bool:
        own.take("more.eml", "birgit@borealis.example", subject="[0500-1002] more", body=body)
        entry = [row["id"] for row in own.json("history", "0500-1002") if row["kind"] == "email"][-1]
        return HEIDI in {row["recipient"] for row in own.json("deliveries") if row["entry"] == entry}

    assert told("One.\r\n")
    own.done("ticket", "assign", "0500-1002", JUDY)
    assert not told("Two.\r\n")
    assert {row["number"] for row in own.json("tickets", "--as", HEIDI)} == {"0500-1003"}
    assert {row["ticket"] for row in own.json("deliveries", "--as", HEIDI)} <= {"0500-1003"}
