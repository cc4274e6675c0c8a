"""The house keeps its shape: who imports whom, what is generated, how long things are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from connector.config.sample import ini_text
from connector.pipeline.reasons import WORDS
from tests.house import ROOT

LONGEST_FUNCTION = 50
LONGEST_FILE = 300
RECORDS = "storage/records.py"  # the values of the store's contract stand together, in one file

PURE = frozenset((
    "__future__", "base64", "binascii", "bisect", "codecs", "collections", "contextlib", "contextvars", "dataclasses",
    "datetime", "email", "encodings", "functools", "hashlib", "hmac", "html", "io", "itertools", "json", "logging",
    "re", "shlex", "struct", "typing", "unicodedata", "urllib.parse",
    "charset_normalizer", "flufl.bounce", "idna", "mailparser", "regex", "selectolax",
))  # fmt: skip
"""What connector/pipeline and connector/mail may import from elsewhere; nothing in it reads a clock, disk or socket."""

OURS = (
    "connector.pipeline",
    "connector.mail",
    "connector.rulebook",
    "connector.config.settings",
    "connector.privileges",
    "connector.templates",
    "storage.records",
    "storage.addresses",
    "storage.values",
)
"""What they may import from the house: themselves, and values."""


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, anywhere in it; `from a import b` is a.b."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_shape__only_storage_knows_sql() -> None:
    """Architecture: peewee, sqlite3 and psycopg are imported by storage alone."""
    found = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files("connector")
        for name in imports(file)
        if name.partition(".")[0] in ("peewee", "playhouse", "sqlite3", "psycopg")
    ]

    assert found == []


def test_shape__storage_never_imports_connector() -> None:
    """Architecture: the store knows no configuration file and no mail."""
    found = [str(file) for file in files("storage") for name in imports(file) if within(name, "connector")]

    assert found == []


def test_shape__stages_and_mail_do_no_input_and_output() -> None:
    """Architecture: stages get values, never the store, the clock, the disk or the configuration file."""
    found = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files("connector/pipeline", "connector/mail")
        for name in imports(file)
        if not any(within(name, allowed) for allowed in (*PURE, *OURS))
    ]

    assert found == []


def test_shape__stages_read_no_clock() -> None:
    """Architecture: the time is an argument: nobody in the stages asks for it."""
    asks = ("now", "utcnow", "today", "time", "open", "input", "print")
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files("connector/pipeline", "connector/mail")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in asks
    ]

    assert found == []


def test_shape__the_stages_load_no_database() -> None:
    """Architecture: a program that only decides gets along without the database's modules."""
    check = "import sys, connector.pipeline; print(sorted({'peewee', 'sqlite3', 'psycopg'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_shape__the_stages_stand_in_their_order() -> None:
    """Architecture: eight straight calls, in this order, one before the store is asked, the others behind it."""
    screen = tree(ROOT / "connector/pipeline/__init__.py")
    stages = ("ingest", "identify", "match_ticket", "classify", "strip", "add_recipients", "persist", "distribute")

    found = {
        function.name: [
            node.func.id
            for node in sorted((n for n in ast.walk(function) if isinstance(n, ast.Call)), key=lambda n: n.lineno)
            if isinstance(node.func, ast.Name) and node.func.id in stages
        ]
        for function in screen.body
        if isinstance(function, ast.FunctionDef)
    }
    assert found == {"ask": list(stages[:1]), "decide": list(stages[1:])}
    assert list(found) == ["ask", "decide"]


def test_shape__the_shipped_ini_is_the_generated_one() -> None:
    """B100: config/CmtEmailConnector.ini is what the table of tokens says."""
    shipped = (ROOT / "config" / "CmtEmailConnector.ini").read_text(encoding="utf-8")

    assert shipped == ini_text("support@example.com")


# -- reason codes ------------------------------------------------------------------------------------------------


def strings(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def stage_files() -> list[Path]:
    return [file for file in files("connector/pipeline") if file.name != "reasons.py"]


def test_shape__every_reason_given_has_words() -> None:
    """B105: each code that a stage gives is explained to administrators."""
    given = {
        node.args[0].value
        for file in stage_files()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "because"
        and isinstance(node.args[0], ast.Constant)
    }

    assert given - set(WORDS) == set()


def test_shape__every_explained_reason_can_be_given() -> None:
    """B105: no words are left over from a reason that nobody gives; codes put together stand in a table here."""
    put_together = {f"public-address-in-{where}" for where in ("cc", "bcc")}
    known = set().union(*(strings(tree(file)) for file in stage_files())) | put_together

    assert set(WORDS) - known == set()


def test_shape__reason_codes_are_kebab_case() -> None:
    """B105: codes are stable, lower-case words joined by hyphens."""
    assert [code for code in WORDS if not code.replace("-", "").isalpha() or code != code.lower()] == []


# -- sizes -------------------------------------------------------------------------------------------------------


def without_failpoints(lines: list[str]) -> int:
    """How many lines these are; a failpoint is none, for nothing runs there but in the tests of faults."""
    return sum(not line.lstrip().startswith("# failpoint: ") for line in lines)


def functions(file: Path) -> Iterator[tuple[str, int]]:
    lines = file.read_text("utf-8").splitlines()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = without_failpoints(lines[node.lineno - 1 : node.end_lineno])
            yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name}", length


def test_shape__functions_are_short() -> None:
    """Style: no function is longer than 50 lines, and nine of ten are under 30."""
    lengths = dict(pair for file in files("connector", "storage") for pair in functions(file))

    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert sum(length < 30 for length in lengths.values()) >= 0.9 * len(lengths)


def test_shape__files_are_short() -> None:
    """Style: no file is longer than 300 lines."""
    lengths = {
        str(f.relative_to(ROOT)): without_failpoints(f.read_text("utf-8").splitlines())
        for f in files("connector", "storage")
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE and name != RECORDS} == {}


@pytest.mark.parametrize("folder", ["connector", "storage"])
def test_shape__every_module_says_what_it_is(folder: str) -> None:
    """Style: every module has a docstring that states what it does."""
    assert [str(file) for file in files(folder) if not ast.get_docstring(tree(file))] == []
