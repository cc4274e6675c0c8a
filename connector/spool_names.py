"""How files of the spool are named: `ID.TRIES`; ids sort in the order of arrival."""

from __future__ import annotations

import heapq
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NAME = re.compile(r"([0-9a-f]{16}-[0-9a-f]{8})\.(\d{1,2})")
MOST_TRIES = 99  # what a file name can tell


def entries(folder: Path) -> list[tuple[str, int]]:
    """Id and tries of each mail in a folder, in the order of arrival."""
    matches = (NAME.fullmatch(name) for name in os.listdir(folder))
    return sorted((match[1], int(match[2])) for match in matches if match)


def ids(folder: Path) -> Iterator[str]:
    """The id of each mail in a folder, in no order; however full it is, one after the other."""
    with os.scandir(folder) as found:
        for entry in found:
            if match := NAME.fullmatch(entry.name):
                yield match[1]


def oldest(folder: Path, most: int) -> list[str]:
    """The ids of so many mails in a folder at most, in the order of arrival."""
    return heapq.nsmallest(most, ids(folder))


def open_mail(folder: Path, mail: str) -> tuple[int, int]:
    """Descriptor and tries of the mail with this id in a folder, or -1; quicker than listing a full folder."""
    for tries in range(MOST_TRIES + 1 if NAME.fullmatch(f"{mail}.0") else 0):
        with suppress(FileNotFoundError):
            return os.open(folder / f"{mail}.{tries}", os.O_RDWR), tries
    return -1, 0
