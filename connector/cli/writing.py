"""Files that commands write: new ones alone, where they were asked for, whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from connector.cli.refusal import Refused


def write_new(file: Path, content: bytes) -> None:
    """Write a file that is not there; what is there (a link that leads nowhere, too) is never written over."""
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError as error:
        raise Refused(f"{file} is there already, and is not overwritten: name another one with --to") from error
    try:
        with os.fdopen(opened, "wb") as out:
            out.write(content)
    except OSError:
        with suppress(OSError):
            file.unlink()
        raise


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """A temporary name to write at; what was written there gets its own name when it is whole and on the disk.

    What is there already is never written over, whenever it came.
    """
    if file.exists() or file.is_symlink():
        raise _there_already(file)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        _sync(temporary)
        os.link(temporary, file)
    except FileExistsError as error:
        raise _there_already(file) from error
    finally:
        temporary.unlink(missing_ok=True)
    _sync(file.parent)


def _there_already(file: Path) -> Refused:
    return Refused(f"{file} is there already, and is not overwritten: name another one")


def _sync(path: Path) -> None:
    """Bring a file or a folder to the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
