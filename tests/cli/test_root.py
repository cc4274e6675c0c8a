"""The program as a whole: help, options of every command, exit status, errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import click
import pytest

from connector.cli.root import COMMANDS, root
from tests.cli.conftest import Desk
from tests.house import ROOT


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group, with the words that lead to it."""
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


ALL = commands(root)


def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own."""
    command = [sys.executable, "-m", "connector", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={"PATH": "/usr/bin:/bin", **env})


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_everything_has_help(path: tuple[str, ...], command: click.Command) -> None:
    """interface: every command, option and argument says what it does."""
    assert command.help
    parameters = [one for one in command.params if isinstance(one, click.Option | click.Argument)]
    assert [one.name for one in parameters if not one.help] == []


def test_table_of_commands_names_each() -> None:
    """interface: every command of this issue is in the help, under a heading."""
    result = run("--help")
    assert all(f"  {entry.name} " in result.stdout for entry in COMMANDS)
    assert {entry.heading for entry in COMMANDS} <= {line.rstrip(":") for line in result.stdout.splitlines()}


def test_help_is_quick() -> None:
    """`--help` loads no heavy module: it is there in a moment (0.3 s on an idle machine)."""
    started = time.perf_counter()
    run("--help")
    assert time.perf_counter() - started < 1.5
    heavy = "import sys; from connector.cli.root import root; print({'peewee', 'regex', 'rich'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, cwd=ROOT).stdout == "set()\n"


def test_unknown_command_is_wrong_use() -> None:
    """interface: exit status 2 for wrong use."""
    result = run("nope")
    assert (result.returncode, "No such command" in result.stderr) == (2, True)


def test_wrong_configuration_is_told_whole(desk: Desk) -> None:
    """B100: exit status 2, and every problem with its line."""
    desk.file.write_text("[EMAILCONNECTOR]\nReopenDays = soon\nNope = 1\n")
    reason = desk.refused("inbox", status=2)
    assert "ReopenDays: found 'soon'" in reason
    assert "Nope: found an unknown token" in reason
    assert "PublicEmailAddress" in reason


def test_missing_configuration_is_told() -> None:
    """interface: a configuration that is not there is exit status 2."""
    result = run("inbox", "--config", "/nowhere/x.ini")
    assert (result.returncode, "/nowhere/x.ini: found no such file" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--as", "heidi@company.example", "inbox"),
        ("inbox", "--as", "heidi@company.example"),
        ("inbox", "--as=heidi@company.example", "list"),
        ("inbox", "list", "--as", "HEIDI@company.example"),
    ],
)
def test_as_stands_anywhere(desk: Desk, ticket: str, words: tuple[str, ...]) -> None:
    """interface, B94: `--as` may stand before the command or after it."""
    assert "the Inbox is empty" in desk.done(*words)


def test_as_may_come_from_the_environment(desk: Desk, ticket: str) -> None:
    """interface: EMAIL_CONNECTOR_AS."""
    assert "the Inbox is empty" in desk.done("inbox", EMAIL_CONNECTOR_AS="heidi@company.example")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("nobody@company.example", "no employee has this address"),
        ("desk@company.example", "Erin East and Frank Ford share this address"),
        ("dave@company.example", "Dave Dunn is not active"),
    ],
)
def test_as_must_name_one_active_employee(desk: Desk, address: str, reason: str) -> None:
    """B21, B22, B23: exactly one active employee, by any of his or her addresses."""
    assert reason in desk.refused("inbox", "--as", address)


def test_as_without_a_value_is_wrong_use(desk: Desk) -> None:
    """interface: exit status 2."""
    desk.refused("inbox", "--as", status=2)


def test_store_that_cannot_be_opened_is_refused(build: type[Desk]) -> None:
    """interface: exit status 1 with the reason."""
    desk = build()
    desk.file.write_text(desk.file.read_text().replace("sqlite:var/tickets.db", "sqlite:/dev/null/tickets.db"))
    assert "folder of the database" in desk.refused("inbox")


@pytest.mark.parametrize("command", ["employees", "accounts", "people export", "status", "tickets", "deliveries"])
def test_as__must_be_somebody_in_every_command(desk: Desk, command: str) -> None:
    """B96: an unknown, inactive or empty actor is refused, whatever the command; it is never the administrator."""
    words = command.split()
    assert "no employee has this address" in desk.refused(*words, "--as", "nobody@x.example")
    assert "is not active" in desk.refused(*words, "--as", "dave@company.example")
    assert "--as: found nothing" in desk.refused("--as", "", *words, status=2)


def test_process__is_for_those_who_may_see_all_tickets(desk: Desk, ticket: str) -> None:
    """B94, B96: a dry run would show the recipients of others' tickets."""
    file = desk.mail("x.eml", "heidi@company.example", subject=f"[{ticket}] x")
    told = desk.refused("process", file, "--dry-run", "--as", "heidi@company.example")
    assert "other-employees-tickets is missing" in told


def test_json__on_a_terminal_that_is_not_utf8() -> None:
    """Programs read JSON whatever the encoding: letters that do not fit are written as JSON escapes."""
    code = "from connector.cli.escape import json_text; print(json_text({'a': '👩 日本'}))"
    env = {**os.environ, "PYTHONIOENCODING": "latin-1:backslashreplace"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout.decode("latin-1")) == {"a": "👩 日本"}


def test_numbers_out_of_range_are_wrong_use(desk: Desk) -> None:
    """Bad input gets a clear error, never a traceback."""
    huge = "9" * 20
    for words in (("history", "show", huge), ("deliveries", "--after", huge), ("history", "public", huge)):
        assert "is not in the range" in desk.refused(*words, status=2)
