"""The program as a process of its own that is forked where its modules are loaded already: that saves it a second.

One process of each test run loads them, and forks whenever it is asked to: it has no threads and no database, which
no fork would survive. What it forks has its own id, signals, memory and standard error, and can be killed; it differs
from a started program only in that nothing is imported. It has a process group of its own.

    python -m tests.forked SOCKET < /dev/null
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOADED = ("connector.cli.root", "connector.cli.serve", "connector.cli.errors")
MOST = 1 << 17  # bytes of a request


class Forked:
    """A running program, to be used as `subprocess.Popen`; its standard error can be read from `stderr`."""

    def __init__(self, words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, writing = os.pipe()
        request = json.dumps({"words": words, "folder": str(folder), "environment": dict(environment)}).encode()
        socket.send_fds(_mother(), [request], [writing, its.fileno()])
        os.close(writing)
        its.close()
        self._told = ours
        self.stderr = os.fdopen(reading, "rb")
        self.returncode: int | None = None
        self.pid = int(ours.recv(16))

    def poll(self) -> int | None:
        """The exit status, or minus the signal, where it has ended."""
        return self._look(0)

    def wait(self, timeout: float) -> int:
        """The same when it has ended; TimeoutExpired."""
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return status

    def _look(self, seconds: float) -> int | None:
        if self.returncode is None:
            self._told.settimeout(seconds)
            with suppress(BlockingIOError, TimeoutError):
                self.returncode = int(self._told.recv(16))
                self._told.close()
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


@cache
def _mother() -> socket.socket:
    """The process that forks; it ends when this one does."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        command = [sys.executable, "-m", "tests.forked", str(its.fileno())]
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=[its.fileno()])
    return ours


def main(asking: socket.socket) -> None:
    """Fork for each request. Ends when nobody asks any more, and in each process that it forked, as the program."""
    for name in LOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    children: dict[int, tuple[int, socket.socket]] = {}  # id and whom to tell, by the descriptor that tells of its end
    while True:
        ready = select.select([asking.fileno(), *children], [], [])[0]
        for ended in children.keys() & set(ready):
            child, telling = children.pop(ended)
            os.close(ended)
            _tell(telling, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            telling.close()
        if asking.fileno() in ready:
            request, descriptors, _, _ = socket.recv_fds(asking, MOST, 2)
            if not request:
                return
            child = os.fork()
            if not child:
                for descriptor, (_, telling) in children.items():
                    os.close(descriptor)
                    telling.close()
                asking.close()
                os.close(descriptors[1])
                return _become(json.loads(request), descriptors[0])
            os.close(descriptors[0])
            telling = socket.socket(fileno=descriptors[1])
            _tell(telling, child)
            children[os.pidfd_open(child)] = child, telling


def _tell(telling: socket.socket, number: int) -> None:
    with suppress(BrokenPipeError):  # the test has ended without it
        telling.send(str(number).encode())


def _become(request: dict[str, Any], errors: int) -> None:
    """Become the program that was asked for."""
    os.dup2(errors, 2)
    os.close(errors)
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.setpgid(0, 0)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv[1:] = request["words"]
    from connector.cli import main as program

    program()


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
