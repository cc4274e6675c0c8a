"""`export`, `db` and `verify`, as they are typed (B97)."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from storage.migrate import FOLDER
from storage.store import Store
from tests import postgres
from tests.cli.conftest import Desk
from tests.house import ROOT
from tests.storage import filled, versions

# -- export ------------------------------------------------------------------------------------------------------


def test_export__one_line_a_ticket(desk: Desk, ticket: str) -> None:
    """B97: JSON Lines on standard output; standard error tells what to ask for the next time."""
    result = desk.type("export")
    [line] = result.stdout.splitlines()
    found = json.loads(line)
    assert (found["number"], found["history"][0]["kind"]) == (ticket, "email")
    assert found["recipients"] == desk.json("recipients", ticket)
    assert found["deliveries"] == desk.json("deliveries", "--ticket", ticket)[::-1]
    told = re.fullmatch(r"1 tickets; the next time give --since (\S+)\n", result.stderr)
    assert told
    assert desk.done("export", "--since", told[1]).count("\n") == 1  # it overlaps
    assert desk.done("export", "--since", "2199-01-01") == ""
    assert desk.done("export", "--after", ticket) == ""


def test_export__into_a_new_file(desk: Desk, ticket: str) -> None:
    """B97: whole or not at all, and never over what is there."""
    desk.done("export", "--to", "tickets.jsonl")
    assert json.loads(Path("tickets.jsonl").read_text())["number"] == ticket
    assert "is there already" in desk.refused("export", "--to", "tickets.jsonl")
    assert [file.name for file in Path().glob("*.jsonl*")] == ["tickets.jsonl"]
    assert list(Path().glob(".*.tmp")) == []


def test_export__has_ones_own_tickets(desk: Desk, ticket: str) -> None:
    """B94, B96: all of them with the privilege, one's own without."""
    assert desk.done("export", "--as", "heidi@company.example") == ""
    desk.done("ticket", "assign", ticket, "heidi@company.example")
    assert ticket in desk.done("export", "--as", "heidi@company.example")


@pytest.mark.parametrize("since", ["soon", "2026-13-01", "1 day", "''"])
def test_export__wrong_time_is_wrong_use(desk: Desk, since: str) -> None:
    """interface: what was found, and what is allowed."""
    assert "allowed is a date or time" in desk.refused("export", "--since", since, status=2)


def test_export__time_zones_count(desk: Desk, ticket: str) -> None:
    """B97: a time without a zone is UTC."""
    [row] = desk.json("tickets")
    changed = row["changed_at"]
    assert desk.done("export", "--since", changed) != ""
    assert desk.done("export", "--since", changed.replace("Z", "+01:00")) != ""
    assert desk.done("export", "--since", changed.replace("Z", "-01:00")) == ""


def test_export__nothing_in_it_controls_a_terminal(desk: Desk) -> None:
    """Text out of mails never reaches the terminal unescaped."""
    desk.take(subject="x", body="\x1b[31mred\x7f \u202e done \x9b\r\n")
    assert all(" " <= char <= "~" for char in desk.done("export").rstrip("\n"))


# -- db ----------------------------------------------------------------------------------------------------------


def test_migrate__says_what_would_run_and_what_ran(empty: Desk) -> None:
    """B97: every migration on a new database, the newer ones on an old one, then none."""
    names = sorted(file.stem for file in FOLDER.glob("0*.py"))
    check = empty.type("db", "migrate", "--check")
    assert (check.exit_code, check.stdout.split()) == (1, names)
    database = Path(empty.settings.store.database.removeprefix("sqlite:"))
    assert not database.exists()

    database.parent.mkdir(parents=True)
    versions.load("0002", "sqlite", f"sqlite:{database}")
    check = empty.type("db", "migrate", "--check")
    assert (check.exit_code, check.stdout.split()) == (1, names[2:])
    assert empty.done("db", "migrate").split() == names[2:]
    assert empty.done("db", "migrate") == empty.done("db", "migrate", "--check") == ""


def content(file: Path) -> list[str]:
    """All statements that make a database."""
    return list(versions.dump_sqlite(file))


def test_backup__is_restored_as_it_was(desk: Desk, ticket: str) -> None:
    """B97: a copy made while others write has all rows of one moment, and works as a store."""
    database = Path(desk.settings.store.database.removeprefix("sqlite:"))
    writer = desk.store()
    writer.set_labels(ticket, ["before"], [], filled.make.ADMIN)
    before = content(database)
    assert "backup.db" in desk.done("db", "backup", "backup.db")
    writer.set_labels(ticket, ["after"], [], filled.make.ADMIN)
    writer.close()
    assert content(Path("backup.db")) == before

    for file in database.parent.glob("tickets.db*"):
        file.unlink()
    shutil.copy("backup.db", database)
    assert desk.json("tickets")[0]["labels"] == ["before"]
    assert "0 errors, 0 warnings" in desk.type("verify").stderr


def test_backup__does_not_keep_writers_waiting(desk: Desk, ticket: str) -> None:
    """B97: between any two of its steps others write, and none of that is in the copy."""
    from storage.backup import backup

    store = desk.store()
    labels: list[str] = []

    def step(done: int, pages: int) -> None:
        labels.append(f"during{len(labels)}")
        store.set_labels(ticket, labels, [], filled.make.ADMIN)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.backup.PAGES", 20)
        backup(desk.settings.store.database, Path("copy.db"), step)
    store.close()
    assert len(labels) > 3
    assert sqlite3.connect("copy.db").execute("SELECT name FROM label").fetchall() == []


def test_backup__never_writes_over_what_is_there(desk: Desk, ticket: str) -> None:
    """B97: what is there stays as it is, and nothing half written is left."""
    Path("mine.db").write_text("mine")
    assert "is there already" in desk.refused("db", "backup", "mine.db")
    assert Path("mine.db").read_text() == "mine"
    assert "cannot be opened" in desk.refused("db", "backup", "nowhere/x.db")
    assert list(Path().glob(".*.tmp")) == []


def test_backup__of_nothing_is_refused(empty: Desk) -> None:
    """B97: there is no database yet, and none is made."""
    assert "no database to back up yet" in empty.refused("db", "backup", "x.db")
    assert not Path("x.db").exists()


@pytest.mark.postgresql
def test_backup__of_postgresql_is_an_archive(build: type[Desk], tmp_path: Path) -> None:
    """B97: pg_restore brings back every row; without pg_dump the refusal says what to do."""
    if postgres.programs() is None:
        pytest.fail("no PostgreSQL programs") if os.environ.get("CI") else pytest.skip("no PostgreSQL programs")
    with postgres.running() as server:
        first, second = server.create(), server.create()
        desk = build(STORE__Database=server.url(first))
        store = desk.store()
        filled.fill(store)
        store.close()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", f"{server.programs}:{os.environ['PATH']}")
            desk.done("db", "backup", "archive")
            assert "is there already" in desk.refused("db", "backup", "archive")
            patch.setenv("PATH", "/nowhere")
            assert "install PostgreSQL's client programs" in desk.refused("db", "backup", "other")
        restore = [str(server.programs / "pg_restore"), "--no-owner", "-d", server.url(second), "archive"]
        subprocess.run(restore, check=True, capture_output=True)
        assert versions.dump_postgresql(server, second) == versions.dump_postgresql(server, first)
        Store.open(server.url(second)).close()


# -- verify ------------------------------------------------------------------------------------------------------


def test_verify__sound(desk: Desk, ticket: str) -> None:
    """B97: exit status 0, and nothing on standard output."""
    result = desk.type("verify")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "0 errors, 0 warnings\n")
    assert desk.json("verify") == []


def test_verify__says_where_what_and_what_to_do(desk: Desk, ticket: str) -> None:
    """B4, B97: exit status 1 with damage of store and files; warnings alone are 0."""
    originals = desk.settings.store.originals
    (originals / "a" / "x.txt").touch()
    result = desk.type("verify", "--quick")
    assert (result.exit_code, "1 warnings" in result.stderr) == (0, True)
    assert "warning: original a/x.txt: it has no original's name\n  nothing: " in result.stdout

    next(originals.glob("*/*.eml")).unlink()
    store = desk.store()
    with store.db.transaction():
        store.db.run("UPDATE recipient SET slot = 'x' WHERE list = 'external'")
    store.close()
    result = desk.type("verify", "--json")
    found = {finding["code"]: finding for finding in json.loads(result.stdout)}
    assert result.exit_code == 1
    assert set(found) == {"stray-file", "original-missing", "recipient-slot"}
    assert set(found["original-missing"]) == {"code", "where", "what", "todo", "level"}


def test_verify__shows_no_bar_where_no_terminal_is(desk: Desk, ticket: str) -> None:
    """Programs that read standard error get one line."""
    command = [sys.executable, "-m", "connector", "--config", str(desk.file), "verify"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (done.returncode, done.stderr) == (0, "0 errors, 0 warnings\n")
