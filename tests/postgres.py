"""Starts a PostgreSQL of the tests' own from the programs that Debian installs, and makes databases in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

PROGRAMS = Path("/usr/lib/postgresql")
ACCOUNT = "postgres"  # initdb and the server refuse to run as root
MEMORY = Path("/dev/shm")
ROOM = 1024**3  # bytes


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs, or nothing."""
    found = [folder for folder in PROGRAMS.glob("*/bin") if (folder / "initdb").exists()]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


@dataclass
class Server:
    """A running server: it listens on a socket in its own folder alone, and loses data when the machine stops."""

    folder: Path
    programs: Path
    _numbers: Iterator[int] = field(default_factory=count)
    is_running: bool = False
    _connection: Any = None

    def url(self, database: str) -> str:
        """The URL of a database in it."""
        return f"postgresql:///{database}?host={self.folder}&user={ACCOUNT}"

    def create(self, template: str = "template1") -> str:
        """Make a database, a copy of `template`, and return its name."""
        name = f"test{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._execute(f"DROP DATABASE {database} WITH (FORCE)")

    def _execute(self, sql: str) -> None:
        import psycopg  # an optional extra

        if self._connection is None:
            self._connection = psycopg.connect(self.url("postgres"), autocommit=True)
        self._connection.execute(sql)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the programs to its end, not as root."""
        owner: dict[str, Any] = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
        with (self.folder / "output").open("a") as output:
            subprocess.run(
                [str(self.programs / program), *arguments], cwd="/", check=True, stdout=output, stderr=output, **owner
            )

    def make(self) -> None:
        """Make the server's data in its folder."""
        self.run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", ACCOUNT, "-E", "UTF8", "--no-sync")

    def start(self, *settings: str) -> None:
        """Start the server, with settings `name=value`; it returns when connections are taken."""
        ours = ("listen_addresses=''", f"unix_socket_directories={self.folder}", "fsync=off", "max_connections=50")
        options = " ".join(f"-c {setting}" for setting in (*ours, *settings))
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "start")
        self.is_running = True

    def stop(self) -> None:
        """Stop the server as a crash would: connections break at once."""
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")
        self.is_running, self._connection = False, None


def _in_memory() -> Path | None:
    """Where there is room in memory: a new database takes a tenth of the time there."""
    enough = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if enough else None


@contextmanager
def running() -> Iterator[Server]:
    """A server for as long as the block lasts; nothing of it stays."""
    found = programs()
    assert found is not None
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir=_in_memory()))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    server = Server(folder, found)
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
