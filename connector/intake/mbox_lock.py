"""Locks an mbox against all who deliver into it: by fcntl and by a file `.lock` beside it (Debian Policy, 11.6)."""

from __future__ import annotations

import fcntl
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connector.intake.roads import RoadFailed

OURS = b"email-connector"
"""What our file `.lock` holds: one that a crash has left is known by it."""
_held: set[tuple[int, int]] = set()  # by this process, which fcntl does not keep from itself
_holding = threading.Lock()


class Busy(RoadFailed):
    """Somebody else has it locked, as who delivers does for a moment."""


@dataclass(frozen=True, slots=True)
class Lock:
    """An mbox that is ours for a while."""

    file: BinaryIO
    dot: Path

    def refresh(self) -> None:
        """Others take a file `.lock` that is old for one that was left behind."""
        os.utime(self.dot)


@contextmanager
def locked(path: Path) -> Iterator[Lock]:
    """The mbox, opened and locked; nobody is waited for. Raises Busy, RoadFailed where it never can be locked, OSError.

    Both locks are needed, for those who deliver use the one or the other. With the first in hand, a file `.lock` of
    ours cannot be anybody's who lives.
    """
    with os.fdopen(os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "r+b") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise RoadFailed(f"{path} is no file", urgent=True)
        with _for_us_alone(file, path):
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy(f"{path} is locked by somebody else: {error.strerror}") from error
            dot = path.with_name(path.name + ".lock")
            _make(dot)
            try:
                if not os.path.samestat(os.fstat(file.fileno()), path.lstat()):
                    raise RoadFailed(f"{path} has been replaced meanwhile")
                yield Lock(file, dot)
            finally:
                with suppress(FileNotFoundError):
                    dot.unlink()


@contextmanager
def _for_us_alone(file: BinaryIO, path: Path) -> Iterator[None]:
    facts = os.fstat(file.fileno())
    key = facts.st_dev, facts.st_ino
    with _holding:
        if key in _held:
            raise RoadFailed(f"{path} is taken from already, by another section or by one that has not ended yet")
        _held.add(key)
    try:
        yield
    finally:
        with _holding:
            _held.discard(key)


def _make(dot: Path) -> None:
    if _content(dot) == OURS:
        dot.unlink()
    try:
        number = os.open(dot, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError as error:
        raise Busy(f"{dot} is there: somebody delivers, or has crashed while he did") from error
    except PermissionError as error:
        why = "the service must be in the group that may write in this folder (mail, on Debian)"
        raise RoadFailed(f"{dot} cannot be made, so nobody can be kept from delivering: {why}", urgent=True) from error
    with os.fdopen(number, "wb") as file:
        file.write(OURS)


def _content(dot: Path) -> bytes:
    try:
        number = os.open(dot, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(number, "rb") as file:
        return file.read(len(OURS) + 1)
