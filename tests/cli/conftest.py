"""An installation in the test's folder, and a way to type commands at it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connector.book import read_book
from connector.cli.root import root
from connector.config.load import load
from connector.config.settings import Settings
from connector.people import read_people
from storage import failing
from storage.records import Change, Filing, Wanted
from storage.store import Store
from tests.house import PEOPLE, ROOT, mail_bytes
from tests.planted import look
from tests.service import write_ini

CUSTOMER = "Jane Doe <jane@acme.example>"


FAILED_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

BOOKS = cache(read_book)
"""The rules are read once for all tests: executing their examples takes longer than a test does."""


class Desk:
    """Types commands; each is run by the program itself, in this process."""

    def __init__(self, folder: Path, **values: str) -> None:
        self.folder = folder
        named = {name.replace("__", "."): value for name, value in values.items()}
        self.file = write_ini(folder, {"RULES.Directory": str(ROOT / "rules"), **named})

    @classmethod
    def at(cls, folder: Path) -> Desk:
        """At an installation that is there."""
        desk = cls.__new__(cls)
        desk.folder, desk.file = folder, folder / "config" / "CmtEmailConnector.ini"
        return desk

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return load(self.file)

    def type(self, *words: str, stdin: bytes | str | None = None, width: int = 80, **env: str) -> Result:
        """What a command answers; a defect is raised."""
        environment = {"COLUMNS": str(width), "EMAIL_CONNECTOR_CONFIG": str(self.file), "EMAIL_CONNECTOR_AS": "", **env}
        result = CliRunner().invoke(root, words, input=stdin, env=environment, prog_name="email-connector")
        look(f"{result.output}{result.exception}", f"output of {words[0] if words else 'no command'}")
        return result

    def done(self, *words: str, stdin: bytes | str | None = None, width: int = 80, **env: str) -> str:
        """Standard output of a command that must be done."""
        result = self.type(*words, stdin=stdin, width=width, **env)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.done(*words, "--json"))

    def refused(self, *words: str, status: int = 1) -> str:
        """The reason with which a command is refused."""
        result = self.type(*words)
        assert result.exit_code == status, (result.exit_code, result.output, result.exception)
        assert result.stderr.strip()
        return result.stderr

    def store(self) -> Store:
        """The store, opened by the test."""
        return Store.open(self.settings.store.database)

    def pause(self, number: str, sender: str) -> None:
        """Pause a sender on a ticket, as one mail too many does."""
        store = self.store()
        facts = store.facts(Wanted(numbers=(number,)))
        ticket = facts.tickets[facts.numbers[number]]
        store.file(
            Filing(
                mail=None,
                at=datetime.now(UTC),
                actor=sender,
                directory_version=facts.directory.version,
                ticket_id=ticket.id,
                ticket_version=ticket.version,
                changes=(Change("pause", "", sender, "too much"),),
                pause=sender,
            )
        )
        store.close()

    def fail(self, address: str, times: int = 1, *, suspend: bool = False) -> None:
        """So many deliveries to an address failed."""
        store = self.store()
        for delivery in range(times):
            failing.count(store.db, address, delivery + 1, "550 5.1.1 no such user", FAILED_AT)
        if suspend:
            store.failing.suspend(address, times, [], FAILED_AT)
        store.close()

    def mail(self, name: str = "mail.eml", sender: str = CUSTOMER, **mail: str) -> str:
        """A mail in a file."""
        file = self.folder / name
        file.write_bytes(mail_bytes(sender, Message_ID=f"<{name}@acme.example>", **mail))
        return str(file)

    def take(self, name: str = "mail.eml", sender: str = CUSTOMER, **mail: str) -> None:
        """Process one mail."""
        self.done("process", self.mail(name, sender, **mail))


@pytest.fixture
def empty(tmp_path: Path) -> Desk:
    """An installation that has never run."""
    return Desk(tmp_path)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the people of the fixtures, to copy."""
    desk = Desk(tmp_path_factory.mktemp("template"))
    store = desk.store()
    store.import_people(read_people(PEOPLE, desk.settings.groups))
    store.close()
    return Path(desk.settings.store.database.removeprefix("sqlite:"))


@pytest.fixture
def build(tmp_path: Path, template: Path) -> Callable[..., Desk]:
    """Builds an installation with people; `OUTGOING__Transport="smtp"` and the like are tokens that differ."""

    def build_(**values: str) -> Desk:
        desk = Desk(tmp_path, **values)
        file = Path(desk.settings.store.database.removeprefix("sqlite:"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(template.read_bytes())
        return desk

    return build_


@pytest.fixture
def desk(build: Callable[..., Desk]) -> Desk:
    """An installation with the people of the fixtures."""
    return build()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Path:
    """The data of an installation with one ticket, to copy."""
    desk = Desk(tmp_path_factory.mktemp("filled"))
    (desk.folder / "var").mkdir()
    shutil.copy(template, desk.folder / "var")
    desk.take(subject="Printer", body="It does not print.\r\n")
    return desk.folder / "var"


@pytest.fixture
def ticket(desk: Desk, filled: Path) -> str:
    """The number of a ticket that a customer's mail opened; Alice manages it."""
    shutil.copytree(filled, desk.folder / "var", dirs_exist_ok=True)
    return "0500-1000"


@pytest.fixture(autouse=True, scope="session")
def _books() -> Iterator[None]:
    """Commands get the rules that were read before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connector.cli.process.read_book", BOOKS)
        patch.setattr("connector.book.read_book", BOOKS)
        yield


@pytest.fixture(autouse=True)
def _home(tmp_path: Path) -> Iterator[None]:
    """Commands run in the test's folder."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield
    os.chdir(before)
