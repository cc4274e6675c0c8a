"""The documentation says what the program does: tables are compared with the code they come from."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

from connector.cli import reference
from connector.cli.reference_examples import EXAMPLES
from connector.cli.root import root
from connector.config.tokens import NAMED, TOKENS
from tests import codes
from tests.house import ROOT

DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def test_codes_are_documented() -> None:
    """B8, B105: reason and repair codes are stable and listed in the docs."""
    assert codes.FILE.read_text(encoding="utf-8") == codes.page()


def test_every_token_stands_in_the_shipped_ini() -> None:
    """B100: the INI holds every token with its default and a comment."""
    text = (ROOT / "config" / "CmtEmailConnector.ini").read_text(encoding="utf-8")
    for token in TOKENS:
        value = "support@example.com" if token.name == "PublicEmailAddress" else token.default
        mark = "# " if token.section.endswith(NAMED) else ""
        assert f"\n{f'{mark}{token.name} = {value}'.rstrip()}\n" in text, token.name


def test_commands_are_documented() -> None:
    """interface: docs/commands.md is what `python -m connector.cli.reference` prints."""
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == reference.page()


def test_reference_has_every_command_and_parameter() -> None:
    """interface: no command, argument or option lacks its entry."""
    entries = re.split(r"^#{3,} ", reference.page(), flags=re.MULTILINE)
    for path, _, command in reference.commands(root):
        entry = next(one for one in entries if one.startswith(" ".join(path) + "\n"))
        named = [name for one in command.params for name in (one.opts if isinstance(one, click.Option) else [])]
        assert [name for name in named if f"`{name}" not in entry] == []
        assert entry.count("\n| `") == len(command.params), path


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_examples_can_be_typed(line: str) -> None:
    """interface: every example of the reference is taken by its command."""
    typed = shlex.split(re.split(r" [<>] ", line)[0])
    context = root.make_context("email-connector", typed)
    while isinstance(context.command, click.Group):
        name, command, rest = context.command.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        context = command.make_context(name, rest, parent=context)
    assert any(line in lines and name in context.command_path for name, lines in EXAMPLES.items())


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    """Every relative link in the documentation names a file or folder that is there."""
    targets = re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8"))
    missing = [one for one in targets if "://" not in one and not (file.parent / one).exists()]
    assert missing == []


def test_faults_name_tests_that_are_there() -> None:
    """docs/faults.md: every test that it names is one, every fault has one, and what is long is said to be."""
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith(("| fault", "| input"))]
    assert [row for row in rows if "`tests/" not in row] == []
    for long, place in re.findall(r"(\*l\* )?`(tests/[^`]+)`", "\n".join(rows)):
        file, _, name = place.partition("::")
        assert (ROOT / file).exists(), place
        if name:
            assert bool(long) == _is_long(ROOT / file, name), place


def _is_long(file: Path, test: str) -> bool:
    """Whether a test, or its whole file, has the mark; StopIteration where there is no such test."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    function = next(one for one in body if isinstance(one, ast.FunctionDef) and one.name == test)
    marks = [one.value for one in body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "pytestmark"]
    return any("mark.long" in ast.unparse(mark) for mark in (*function.decorator_list, *marks))
