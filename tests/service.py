"""The real service as a process, in a folder of the test; mails go in by SMTP, its store is read directly."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from connector.config.load import load
from connector.config.sample import ini_text
from connector.people import read_people
from storage.store import Store
from tests.forked import Forked
from tests.house import PEOPLE, PUBLIC, ROOT
from tests.planted import look

SECONDS = 30.0
ENVIRONMENT = {"PYTHONPATH": str(ROOT)}
"""What a service has beyond the tests' own; with more than that it is never forked."""
Log = dict[str, Any]


def write_ini(folder: Path, values: Mapping[str, str]) -> Path:
    """The shipped INI in `folder`/config with other values: `{"SMTPIN.Listen": "127.0.0.1:0"}`.

    Values of sections with names of their own, as of `[MAILDIR:office]`, are added: `{"MAILDIR:office.Path": "mail"}`.
    """
    lines, section = [], ""
    for line in ini_text(PUBLIC).splitlines():
        section = line[1:-1] if line.startswith("[") else section
        name = line.partition("=")[0].strip()
        lines.append(f"{name} = {values[f'{section}.{name}']}" if f"{section}.{name}" in values else line)
    for name in dict.fromkeys(token.partition(".")[0] for token in values if ":" in token):
        lines += [f"[{name}]"]
        lines += [f"{token.partition('.')[2]} = {values[token]}" for token in values if token.startswith(f"{name}.")]
    file = folder / "config" / "CmtEmailConnector.ini"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


RULE = """[wrote]
Pattern = ^On .* wrote:$
Kind = attribution
Example = On Mon, 2 Mar 2026, Jane wrote:
CounterExample = He wrote:
"""


def few_rules(folder: Path) -> Path:
    """A folder with the shipped templates and one rule: reading all that are shipped takes longer than most tests."""
    rules = folder / "few-rules"
    shutil.copytree(ROOT / "rules" / "templates", rules / "templates", dirs_exist_ok=True)
    (rules / "quoted-text.ini").write_text(RULE, encoding="utf-8")
    return rules


class Service:
    """Starts and ends `serve`; `values` are tokens that differ from the shipped ones.

    `forked`: it is forked where all modules are loaded, not started by its command.
    """

    process: Forked | subprocess.Popen[bytes]

    def __init__(self, folder: Path, people: Path | None = PEOPLE, *, forked: bool = True, **values: str) -> None:
        self.folder = folder
        self.forked = forked
        self.values = {
            "SMTPIN.Listen": "127.0.0.1:0",
            "RULES.Directory": str(few_rules(folder)),
            "SERVICE.LogFormat": "json",
            **{name.replace("__", "."): value for name, value in values.items()},
        }
        self.environment = dict(ENVIRONMENT)
        self.patience = SECONDS  # for a start
        self.file = write_ini(folder, self.values)
        self.before: tuple[str, ...] = ()  # a program that runs it, as strace does
        self.log: list[Log] = []
        self._lines: queue.SimpleQueue[Log] = queue.SimpleQueue()
        if people is not None:
            with_people = self.store()
            with_people.import_people(read_people(people, load(self.file).groups))
            with_people.close()

    def store(self) -> Store:
        """The service's store, opened by the test."""
        return Store.open(load(self.file).store.database)

    def __enter__(self) -> Service:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()

    def start(self) -> None:
        """Start it and wait until it listens."""
        words = ["--config", str(self.file), "serve"]
        environment = {**os.environ, **self.environment}
        if self.forked and not self.before and self.environment == ENVIRONMENT:
            self.process = Forked(words, self.folder, environment)
        else:
            command = [*self.before, sys.executable, "-m", "connector", *words]
            self.process = subprocess.Popen(
                command, stderr=subprocess.PIPE, cwd=self.folder, env=environment, process_group=0
            )
        self._lines = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(self.process, self._lines), daemon=True).start()
        self.port = int(self.wait_for("listening", self.patience)["port"])

    @staticmethod
    def _read(process: Forked | subprocess.Popen[bytes], lines: queue.SimpleQueue[Log]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            look(line.decode(errors="replace"), "log of the service")
            try:
                lines.put(json.loads(line))
            except ValueError:
                lines.put({"event": "not JSON", "line": line.decode(errors="replace")})
        lines.put({"event": "end of log"})

    def wait_for(self, event: str, seconds: float = SECONDS, **facts: object) -> Log:
        """The next log line with this event and these facts; what came before is kept in `log`."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {event} {facts} in the log; got {self.log[-20:]}") from None
            self.log.append(line)
            if line.get("event") == event and all(line.get(key) == value for key, value in facts.items()):
                return line
            if line.get("event") == "end of log":
                raise AssertionError(f"the service ended without {event}; got {self.log[-20:]}")

    def send(self, raw: bytes, sender: str = "jane@acme.example", to: str = PUBLIC) -> str:
        """Send one mail by SMTP; the spool id that the service answered with."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=SECONDS) as client:
            client.ehlo()
            client.mail(sender)
            client.rcpt(to)
            code, answer = client.data(raw)
        assert code == 250, answer
        return answer.decode().rpartition(" ")[2]

    def signal(self, number: signal.Signals) -> None:
        """Send the main process a signal."""
        self.process.send_signal(number)

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)

    def kill(self) -> None:
        """kill -9 of the main process; its workers end by themselves."""
        self.process.kill()
        self.process.wait(SECONDS)

    def kill_all(self) -> None:
        """kill -9 of the main process and its workers at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS)

    def outbox(self) -> list[bytes]:
        """What lies in the outbox, the oldest first."""
        new = self.folder / "var" / "outbox" / "new"
        files = sorted(new.glob("*"), key=lambda file: file.stat().st_mtime_ns) if new.exists() else []
        return [file.read_bytes() for file in files]


def until(value: Callable[[], object], wanted: object = True, seconds: float = SECONDS) -> None:
    """Wait until `value()` is what is wanted; AssertionError with what it was instead."""
    end = time.monotonic() + seconds
    while (got := value()) != wanted:
        assert time.monotonic() < end, f"still {got!r}, not {wanted!r}"
        time.sleep(0.02)
