"""Makes failpoints out of comments, in every Python program that starts with this folder on its PYTHONPATH.

A line `# failpoint: NAME` in connector/ or storage/ becomes a call in its place; `sql.executed` is reached after each
statement that is handed to the database. Without this folder all of them are comments, and nothing runs there.

`EMAIL_CONNECTOR_FAILPOINTS` names a folder: `hit` gets the names of the points that were reached, once a process;
`armed/NAME` says what happens at a point, `ACTION N`: at its N-th hit from now on, once; `acted` gets what happened.
"""

from __future__ import annotations

import builtins
import errno
import fcntl
import os
import re
import signal
import sys
import time
from contextlib import suppress
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

FOLDER = os.environ.get("EMAIL_CONNECTOR_FAILPOINTS", "")
POINT = re.compile(rb"^([ \t]*)# failpoint: (\S+)$", re.MULTILINE)
OURS = ("connector", "storage")
_hit: set[str] = set()


def reach(name: str) -> None:
    """A failpoint is reached: write it down, and do what it is armed with."""
    if name not in _hit:
        _hit.add(name)
        _append("hit", name)
    with suppress(FileNotFoundError):
        with open(f"{FOLDER}/armed/{name}", "r+b") as file:
            action = _due(file.fileno(), name)
        if action:
            _append("acted", f"{name} {action} {os.getpid()}")
            _act(action)


def _due(fd: int, name: str) -> str:
    """What is to be done at this hit, if anything; of several processes one does it."""
    fcntl.flock(fd, fcntl.LOCK_EX)
    if not os.fstat(fd).st_nlink:
        return ""
    action, _, times = os.pread(fd, 100, 0).decode().partition(" ")
    if int(times) > 1:
        os.pwrite(fd, f"{action} {int(times) - 1:09}".encode(), 0)
        return ""
    os.unlink(f"{FOLDER}/armed/{name}")
    return action


def _act(action: str) -> None:
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "kill-all":
        os.killpg(os.getpgrp(), signal.SIGKILL)
    elif action == "hang":
        time.sleep(3600)
    else:
        number = getattr(errno, action)
        raise OSError(number, f"{os.strerror(number)} (failpoint)")


def _append(file: str, line: str) -> None:
    fd = os.open(f"{FOLDER}/{file}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(fd, f"{line}\n".encode())
    os.close(fd)


class _Points(SourceFileLoader):
    """Loads a module with its failpoints, always from the source."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(POINT.sub(rb'\1_reach("\2")', self.get_data(path)), path)


class _Statements(SourceFileLoader):
    """Loads peewee, through which every statement goes."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        execute = module.Database.execute_sql

        def execute_sql(*args: Any, **kwargs: Any) -> Any:
            cursor = execute(*args, **kwargs)
            reach("sql.executed")
            return cursor

        module.Database.execute_sql = execute_sql


class _Finder:
    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != "peewee" and name.partition(".")[0] not in OURS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _loader(spec.loader)
        return spec


def _loader(usual: SourceFileLoader) -> Loader:
    if usual.name == "peewee":
        return _Statements(usual.name, usual.path)
    return _Points(usual.name, usual.path) if POINT.search(usual.get_data(usual.path)) else usual


if FOLDER:
    os.makedirs(f"{FOLDER}/armed", exist_ok=True)
    builtins._reach = reach  # type: ignore[attr-defined]
    sys.meta_path.insert(0, _Finder())  # type: ignore[arg-type]
