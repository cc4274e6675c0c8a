"""The originals: every mail's raw bytes, untouched, named by their SHA-256 (B4)."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from connector.spool_file import CHUNK, TempFile, TornSpoolFile, read_trailer, sweep, sync_folder

SHA256 = re.compile(r"[0-9a-f]{64}")


class Originals:
    """`a/<sha256>.eml` below one folder, written once and never changed; for the owner's eyes alone.

    A spooled mail's own file becomes the original by a second name for it: nothing is written twice. Until the claim is
    done, the spool's trailer stands behind the mail; readers here never see it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tmp = folder / "tmp"
        self._unsynced: set[str] = set()
        if not self._tmp.is_dir():
            self._make_folders()

    def _make_folders(self) -> None:
        """All folders at once, `tmp` last: keeping a mail makes none, and few folders are synced for many mails."""
        for name in (*"0123456789abcdef", "tmp"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(self.folder)

    def sweep(self) -> None:
        """Remove what a crash left half written."""
        sweep(self._tmp)

    def path(self, sha256: str) -> Path:
        """Where the mail with this hash is kept; raises ValueError for what is no hash."""
        return Path(self.file(sha256))

    def file(self, sha256: str) -> str:
        """As `path`, as text, which is made many times as fast."""
        if not SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256: 64 hexadecimal digits are")
        return f"{self.folder}/{sha256[0]}/{sha256}.eml"

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
                # failpoint: originals.placed
        sync_folder(path.parent)  # also for what is there: its writer may have died before this

    def adopt(self, source: str | Path, raw: bytes, sha256: str) -> None:
        """Keep the mail by giving its spool file, which is safe on the disk, a second name; `sync` makes that safe too.

        Where there can be no second name (another file system, say) it is kept as a copy. Raises OSError.
        """
        name = self.file(sha256)
        try:
            os.link(source, name)
            # failpoint: originals.linked
        except OSError:
            if not _same_file(source, name):
                self.keep(raw, sha256)
                return
        self._unsynced.add(os.path.dirname(name))

    def sync(self) -> None:
        """Bring the names that `adopt` gave to the disk. Raises OSError."""
        while self._unsynced:
            folder = next(iter(self._unsynced))
            sync_folder(folder)
            self._unsynced.discard(folder)
            # failpoint: originals.synced

    def names(self) -> Iterator[str]:
        """The names of all that is kept, in order; what is no original's name among them is given as it is."""
        for folder in sorted(path for path in self.folder.iterdir() if path != self._tmp):
            for path in sorted(folder.iterdir()) if folder.is_dir() else (folder,):
                sound = SHA256.fullmatch(path.stem) and self.path(path.stem) == path
                yield path.stem if sound else str(path.relative_to(self.folder))

    def measure(self, sha256: str) -> tuple[str, int]:
        """The SHA-256 that the mail's bytes really have, and how many there are; raises FileNotFoundError."""
        digest = hashlib.sha256()
        with self.path(sha256).open("rb") as file:
            left = length = _raw_length(file.fileno(), sha256)
            while left and (chunk := file.read(min(left, CHUNK))):
                digest.update(chunk)
                left -= len(chunk)
        return digest.hexdigest(), length - left

    def size(self, sha256: str) -> int:
        """How many bytes the mail has; raises FileNotFoundError."""
        with self.path(sha256).open("rb") as file:
            return _raw_length(file.fileno(), sha256)

    def read(self, sha256: str) -> bytes:
        """The mail's bytes as they came; raises FileNotFoundError."""
        with self.path(sha256).open("rb") as file:
            return file.read(_raw_length(file.fileno(), sha256))


def _raw_length(fd: int, sha256: str) -> int:
    """The mail's length in a file that may still have the spool's trailer behind it."""
    with suppress(TornSpoolFile):
        trailer = read_trailer(fd)
        if trailer.sha256 == sha256:  # a mail cannot hold its own hash
            return trailer.length
    return os.fstat(fd).st_size


def _same_file(one: str | Path, other: str | Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except FileNotFoundError:
        return False


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return -1
