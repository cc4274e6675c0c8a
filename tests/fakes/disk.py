"""A disk that fails: calls of `os` in this process answer with an error, everything else goes to the real disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest

CALLS = ("open", "write", "fsync", "rename", "link", "ftruncate")


def fails(*_: object) -> NoReturn:
    """In place of a call of `os`: the disk answers with an input/output error."""
    raise OSError(errno.EIO, os.strerror(errno.EIO))


@dataclass
class Disk:
    """Fails each `call` on a path that `where` stands in, with the error `number`, so many `times` (-1: always).

    Where `number` is 0 nothing fails, and `os.write` takes `most` bytes at a time. `failed` are the inodes and paths it
    was about, in order; `synced` those of every `os.fsync`, also one that went well.
    """

    call: str = ""
    number: int = errno.EIO
    where: str = ""
    times: int = -1
    most: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)
    synced: list[tuple[int, str]] = field(default_factory=list)

    @contextmanager
    def in_place(self) -> Iterator[Disk]:
        """In place of `os` until the block ends."""
        with pytest.MonkeyPatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, self._wrapped(name, getattr(os, name)))
            yield self

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if name == "fsync":
                self.synced.append(_what(arguments[0]))
            if name == self.call and self.number and self.times and self._fits(name, arguments):
                self.times -= 1
                raise OSError(self.number, os.strerror(self.number), str(arguments[0]))
            if name == "write" and self.most:
                return real(arguments[0], bytes(arguments[1])[: self.most])
            return real(*arguments, **more)

        return call

    def _fits(self, name: str, arguments: tuple[Any, ...]) -> bool:
        paths = arguments[:2] if name in ("rename", "link") else arguments[:1]
        found = [_what(path) for path in paths]
        if not any(self.where in path for _, path in found):
            return False
        self.failed.append(found[0])
        return True


def _what(place: Any) -> tuple[int, str]:
    """Inode (0 where there is none yet) and path of a path or a descriptor."""
    path = os.readlink(f"/proc/self/fd/{place}") if isinstance(place, int) else str(place)
    try:
        return os.stat(place).st_ino, path
    except FileNotFoundError:
        return 0, path
