"""winmail.dat: what Outlook wraps in TNEF, unpacked by tnefparse where that is installed (extra `tnef`)."""

from __future__ import annotations

import contextlib
import io
import logging
from typing import NamedTuple

from connector.mail import clean

MAX_BYTES = 32 * 1024 * 1024
MAX_FILES = 100


class File(NamedTuple):
    """A file out of a container."""

    name: str
    data: bytes


def is_tnef(type_: str, name: str) -> bool:
    """Whether a part is a TNEF container by its type or name."""
    return type_ in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat"


def files(data: bytes) -> list[File]:
    """The files in a container; none where it cannot be read or the library is missing."""
    if len(data) > MAX_BYTES:
        return []
    try:
        from tnefparse import TNEF
    except ImportError:
        return []
    logging.getLogger("tnef-decode").setLevel(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            attachments = TNEF(data, do_checksum=False).attachments[:MAX_FILES]
            return [
                File(clean.name(str(found.long_filename() or found.name)), bytes(found.data)) for found in attachments
            ]
    except Exception:  # the library raises whatever its parsing runs into; the container stays an attachment
        return []
