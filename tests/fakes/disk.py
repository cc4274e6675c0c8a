"""A disk that fails."""

from __future__ import annotations

import errno
import os
from typing import NoReturn


def fails(*_: object) -> NoReturn:
    """In place of a call of `os`: the disk answers with an input/output error."""
    raise OSError(errno.EIO, os.strerror(errno.EIO))
