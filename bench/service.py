"""The real service in a process of its own, with an INI and data of its own, and what its processes cost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from bench.mails import MailSet, people_rows
from connector.config.load import FILE_NAME, load
from connector.config.settings import Settings
from connector.delivery_store import open_store

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 60.0
QUIET_SECONDS = 0.3
TICKS = os.sysconf("SC_CLK_TCK")

Sections = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process has used: `cpu_s` since it started, `peak_mib` of resident memory."""

    name: str
    pid: int
    cpu_s: float
    peak_mib: float


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_ini(folder: Path, sections: Sections) -> Path:
    """An INI in the folder with these tokens, the shipped rules, and the defaults for the rest."""
    everything = {**sections, "RULES": {"Directory": ROOT / "rules"}}
    lines = [f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in tokens.items()) for name, tokens in everything.items()]
    file = folder / FILE_NAME
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def relay_sections(public_address: str, sink_port: int, workers: int = 0) -> Sections:
    """Mail for the public address comes in on a free port and goes out to the sink; data lies beside the INI."""
    return {
        "EMAILCONNECTOR": {"PublicEmailAddress": public_address},
        "SMTPIN": {"Listen": f"127.0.0.1:{free_port()}"},
        "OUTGOING": {"Transport": "smtp", "Host": "127.0.0.1", "Port": sink_port, "Tls": "none"},
        "STORE": {"Database": "sqlite:tickets.db", "Originals": "originals", "Spool": "spool"},
        "SERVICE": {"Workers": workers},
    }


def install(folder: Path, mails: MailSet, sink_port: int, workers: int = 0) -> Settings:
    """An installation in the folder that knows the people of the set and sends to the sink."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = load(write_ini(folder, relay_sections(mails.public_address, sink_port, workers)))
    store = open_store(settings)
    store.import_people(people_rows(mails.people))
    store.close()
    return settings


class Service:
    """`email-connector serve` with the INI of the settings; its log goes to service.log beside the INI."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.log = settings.file.parent / "service.log"

    def __enter__(self) -> Service:
        environment = {**os.environ, "EMAIL_CONNECTOR_CONFIG": str(self.settings.file)}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "connector", "serve"]
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            self._wait_until_it_listens()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def usage(self) -> list[Usage]:
        """The main process and its workers."""
        return [Usage(name, pid, cpu_seconds(pid), peak_mib(pid)) for name, pid in self._pids().items()]

    def memory(self) -> dict[str, float]:
        """MiB that each process holds now."""
        return {name: resident_mib(pid) for name, pid in self._pids().items()}

    def _pids(self) -> dict[str, int]:
        pids = [self._process.pid, *children(self._process.pid)]
        return {f"worker {i}" if i else "main": pid for i, pid in enumerate(pids)}

    def wait_until_quiet(self) -> None:
        """Return when the processes have done what there is to do at the start."""
        before = -1.0
        while (now := sum(process.cpu_s for process in self.usage())) > before + 1 / TICKS:
            before = now
            time.sleep(QUIET_SECONDS)

    def _wait_until_it_listens(self) -> None:
        last = time.monotonic() + START_SECONDS
        smtp_in = self.settings.smtp_in
        while not greets(smtp_in.host, smtp_in.port):
            if self._process.poll() is not None or time.monotonic() > last:
                said = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"the service does not listen on {smtp_in.host}:{smtp_in.port}; it said:\n{said}")
            time.sleep(0.05)


def greets(host: str, port: int) -> bool:
    """Whether an SMTP server answers there."""
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            return connection.recv(4) == b"220 "
    except OSError:
        return False


def children(parent: int) -> list[int]:
    """The processes that a process has started and that still run, oldest first."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = _stat(int(folder.name))
            except OSError:
                continue  # ended meanwhile
            if int(fields[1]) == parent:
                found.append(int(folder.name))
    return sorted(found)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mib(pid: int) -> float:
    """The most memory that a process has held (VmHWM)."""
    return _status_mib(pid, "VmHWM:")


def resident_mib(pid: int) -> float:
    """The memory that a process holds (VmRSS); nothing of one that has ended."""
    try:
        return _status_mib(pid, "VmRSS:")
    except OSError:
        return 0.0


def _status_mib(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the program's name, which may hold blanks: state, parent, … (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
