"""Files that commands write: new ones alone, where they were asked for, whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
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
