"""The originals: every mail's raw bytes, untouched, named by their SHA-256 (B4)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

from connector.spool_file import TempFile, sweep, sync_folder

SHA256 = re.compile(r"[0-9a-f]{64}")


class Originals:
    """`ab/<sha256>.eml` below one folder, written once and never changed; for the owner's eyes alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tmp = folder / "tmp"
        if not self._tmp.is_dir():
            self._make_folders()

    def _make_folders(self) -> None:
        """All 256 folders at once, `tmp` last: keeping a mail then makes none, and syncs its own alone."""
        for name in (*map("{:02x}".format, range(256)), "tmp"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(self.folder)

    def sweep(self) -> None:
        """Remove what a crash left half written."""
        sweep(self._tmp)

    def path(self, sha256: str) -> Path:
        """Where the mail with this hash is kept; raises ValueError for what is no hash."""
        if not SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256: 64 hexadecimal digits are")
        return self.folder / sha256[:2] / f"{sha256}.eml"

    def keep(self, raw: bytes, sha256: str) -> None:
        """Bring the mail safely to the disk; one that is there already is left as it is. Raises OSError."""
        path = self.path(sha256)
        if not path.parent.is_dir():
            self._make_folders()
        if _size(path) != len(raw):
            with TempFile(self._tmp) as file:
                file.write(raw)
                file.sync()
                file.place(path)
        sync_folder(path.parent)  # also for what is there: its writer may have died before this

    def read(self, sha256: str) -> bytes:
        """The mail's bytes as they came; raises FileNotFoundError."""
        return self.path(sha256).read_bytes()

    def open(self, sha256: str) -> BinaryIO:
        """The mail as an open file, for one that is read in pieces; raises FileNotFoundError."""
        return self.path(sha256).open("rb")


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return -1
