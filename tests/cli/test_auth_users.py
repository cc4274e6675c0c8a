"""`auth-users`: who may log in, typed at a terminal and piped in (B26, B102)."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from connector import users_file
from tests.authority import Authority
from tests.cli.conftest import Desk
from tests.house import ROOT
from tests.planted import MARK, shows

ALICE, PASSWORD = "alice@company.example", f"{MARK}-typed"


@pytest.fixture
def office(build: Callable[..., Desk], authority: Authority) -> Desk:
    """An installation with a certificate, whose file of users is yet to be made."""
    folder = build().folder
    return Desk(folder, **authority.certificate().tokens(), SMTPIN__AuthUsersFile="config/users")


def file(desk: Desk) -> Path:
    return desk.folder / "config" / "users"


def test_add__from_standard_input(office: Desk) -> None:
    """interface: the first line is the password; the file is made, the service takes it, nothing shows it."""
    assert "no such file" in office.refused("config", "check", status=2)
    assert office.json("auth-users") == []

    done = office.type("auth-users", "add", "Alice@Company.example", stdin=f"{PASSWORD}\r\nmore\n")

    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{ALICE} may log in\n", "")
    assert users_file.check(file(office), ALICE, PASSWORD)
    assert stat.S_IMODE(file(office).stat().st_mode) == 0o600
    assert "in order" in office.done("config", "check")
    assert office.json("auth-users") == [{"user": ALICE, "employee": "Alice Archer", "active": True}]
    assert not shows(office.done("config", "show") + office.done("auth-users"))


def test_add__who_is_no_employee_is_warned_of(office: Desk) -> None:
    """B26: such a log-in proves nothing; it is made all the same. So is a short password's."""
    done = office.type("auth-users", "add", "robot@company.example", stdin="short\n")

    assert done.exit_code == 0
    assert "robot@company.example is no active employee's e-mail" in done.stderr
    assert "fewer than 8 characters" in done.stderr
    assert office.json("auth-users")[0]["employee"] is None


@pytest.mark.parametrize("typed", ["", "\n", "a\tb\n", "\x00\n"])
def test_add__what_is_no_password(office: Desk, typed: str) -> None:
    """interface: nothing, and what nobody can type, is wrong use; nothing is changed."""
    assert office.type("auth-users", "add", ALICE, stdin=typed).exit_code == 2
    assert not file(office).exists()


@pytest.mark.parametrize("user", ["alice", "a b@company.example", "alice@company.example:x", ""])
def test_add__who_is_no_address(office: Desk, user: str) -> None:
    """interface: the user is an e-mail."""
    assert office.type("auth-users", "add", user, stdin=f"{PASSWORD}\n").exit_code == 2
    assert not file(office).exists()


def test_remove(office: Desk) -> None:
    """B26: whoever was taken out logs in no more; who is not there is refused."""
    office.done("auth-users", "add", ALICE, stdin=f"{PASSWORD}\n")
    office.done("auth-users", "remove", "ALICE@company.example")

    assert office.json("auth-users") == []
    assert "nobody logs in by this name" in office.refused("auth-users", "remove", ALICE)


def test_wrong_file_is_refused(office: Desk) -> None:
    """B102: a file that is none is not written over, and what stands in it is not shown."""
    file(office).write_text(f"alice:{PASSWORD}\n")

    for words in (("add", ALICE), ("list",), ("remove", ALICE)):
        said = office.refused("auth-users", *words)
        assert "line 1 is not EMAIL:HASH" in said
    assert file(office).read_text() == f"alice:{PASSWORD}\n"


def test_without_a_file_in_the_configuration(empty: Desk) -> None:
    """interface: the refusal says where the file is to be named."""
    assert "AuthUsersFile in [SMTPIN]" in empty.refused("auth-users", "add", ALICE)


def test_add__on_a_terminal_asks_twice_and_shows_nothing(office: Desk) -> None:
    """interface, B102: what is typed is not echoed, and must be typed twice alike."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "connector", "--config", str(office.file), "auth-users", "add", ALICE]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        for question, typed in ((b"Password: ", PASSWORD), (b"Repeat for confirmation: ", PASSWORD)):
            shown += _until(ours, question)
            os.write(ours, f"{typed}\n".encode())
        shown += _until(ours, b"may log in")
        assert process.wait(30) == 0
    os.close(ours)

    assert not shows(shown.decode())
    assert users_file.check(file(office), ALICE, PASSWORD)


def _until(terminal: int, wanted: bytes) -> bytes:
    """What the terminal shows, up to this."""
    shown = b""
    while wanted not in shown:
        shown += os.read(terminal, 1024)
    return shown
