"""The file of those who may log in: what is kept, what is read, who may read it (B102)."""

from __future__ import annotations

import base64
import hashlib
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from connector import users_file
from connector.users_file import UsersFileError
from tests.planted import MARK, shows

ALICE = "alice@company.example"
PASSWORD = f"{MARK}-alice"
VECTOR = bytes.fromhex(
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9"
    "e61e85dc0d651e40dfcf017b45575887"
)
"""RFC 7914, section 12: scrypt of pleaseletmein with SodiumChloride, N=16384, r=8, p=1."""


def text(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "users"


def test_put__the_password_is_nowhere(file: Path) -> None:
    """B102: only a hash with its salt is kept, another one each time, for the owner alone."""
    users_file.put(file, ALICE, PASSWORD)
    first = file.read_text()
    users_file.put(file, ALICE, PASSWORD)

    assert file.read_text() != first
    assert file.read_text().count("\n") == 1
    assert not shows(first)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert users_file.check(file, ALICE, PASSWORD)


@pytest.mark.parametrize("wrong", ["", PASSWORD.upper(), f"{PASSWORD} ", f"{PASSWORD}\0", "é" * 1000])
def test_check__another_password(file: Path, wrong: str) -> None:
    """B26: no other one does, and nobody else's name."""
    users_file.put(file, ALICE, PASSWORD)

    assert not users_file.check(file, ALICE, wrong)
    assert not users_file.check(file, "bob@company.example", PASSWORD)


def test_check__a_hash_of_another_program(file: Path) -> None:
    """RFC 7914: the hash is scrypt's, with the parameters that stand in the line."""
    file.write_text(f"{ALICE}:$scrypt$ln=14,r=8,p=1${text(b'SodiumChloride')}${text(VECTOR)}\n")

    assert users_file.check(file, ALICE, "pleaseletmein")
    assert not users_file.check(file, ALICE, "pleaseletmeout")


def test_change__what_others_wrote_stays(file: Path) -> None:
    """Comments and other users stay as they are; a user is one, whatever the letter case."""
    users_file.put(file, ALICE, "x")
    users_file.put(file, "bob@company.example", "y")
    file.write_text("# by hand\n\n" + file.read_text().replace("alice", "Alice"))
    users_file.put(file, ALICE, "z")

    assert file.read_text().startswith("# by hand\n\nbob@")
    assert list(users_file.read(file)) == ["bob@company.example", ALICE]
    users_file.remove(file, ALICE)
    assert list(users_file.read(file)) == ["bob@company.example"]


def test_change__a_link_stays_one(file: Path, tmp_path: Path) -> None:
    """The file that a link leads to is replaced, not the link."""
    link = tmp_path / "link"
    users_file.put(file, ALICE, "x")
    link.symlink_to(file)
    users_file.put(link, ALICE, PASSWORD)

    assert link.is_symlink()
    assert users_file.check(file, ALICE, PASSWORD)


def test_change__several_at_once_lose_nobody(file: Path) -> None:
    """Two commands at the same time come one after the other."""
    users = [f"user{number}@company.example" for number in range(6)]
    threads = [threading.Thread(target=users_file.put, args=(file, user, "x")) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(users_file.read(file)) == users
    assert [path.name for path in file.parent.iterdir()] == ["users"]


@pytest.mark.parametrize("user", [ALICE, "nobody@company.example", ""])
def test_check__costs_the_same_for_whoever_is_not_there(file: Path, monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    """B102: how long it takes does not tell who may log in: one hash is worked out, as costly as everybody's."""
    users_file.put(file, ALICE, PASSWORD)
    scrypt, costs = hashlib.scrypt, []

    def counted(*values: Any, **how: Any) -> bytes:
        costs.append((how["n"], how["r"], how["p"]))
        return scrypt(*values, **how)

    monkeypatch.setattr("connector.users_file.hashlib.scrypt", counted)
    users_file.check(file, user, "wrong")

    assert costs == [(2**15, 8, 1)]


@pytest.mark.parametrize(
    "line",
    [
        "alice@company.example",
        "alice@company.example:secret",
        "alice:" + users_file.NOBODY,
        ":" + users_file.NOBODY,
        ALICE + ":" + users_file.NOBODY.replace("ln=15", "ln=25"),
        ALICE + ":" + users_file.NOBODY.replace("ln=15", "ln=1"),
        ALICE + ":" + users_file.NOBODY.replace("r=8", "r=99"),
        ALICE + ":" + users_file.NOBODY.replace("p=1", "p=0"),
        ALICE + ":" + users_file.NOBODY[:-10],
        ALICE + ":$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    ],
)
def test_read__wrong_lines(file: Path, line: str) -> None:
    """B100, B102: a line that is none is told by its number, never by what stands in it."""
    file.write_text(f"# users\n{line}\n")

    with pytest.raises(UsersFileError, match=r"^line 2 is not EMAIL:HASH$"):
        users_file.read(file)
