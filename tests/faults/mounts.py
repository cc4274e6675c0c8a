"""A small disk of a test's own: a tmpfs that can be filled up, and emptied again."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

BLOCK = 4096
MANY = 1_000_000


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own at `path`."""

    path: Path

    def fill(self, leave: int = 0) -> None:
        """Take all room but so many bytes; `free` gives it back."""
        self.free()
        with self._ballast.open("wb", buffering=0) as file:
            for piece in (bytes(256 * BLOCK), bytes(BLOCK)):
                with suppress(OSError):
                    while file.write(piece):
                        pass
            file.truncate(max(0, file.tell() - leave))

    def free(self) -> None:
        """Give back what `fill` and `take_inodes` took."""
        self._ballast.unlink(missing_ok=True)
        self._remount(f"nr_inodes={MANY}")

    def take_inodes(self) -> None:
        """Leave room, but none for another file."""
        figures = os.statvfs(self.path)
        self._remount(f"nr_inodes={figures.f_files - figures.f_ffree}")

    @property
    def _ballast(self) -> Path:
        return self.path / "ballast"

    def _remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.path)], check=True)


@contextmanager
def small_disk(path: Path, size: int) -> Iterator[SmallDisk]:
    """A disk of `size` bytes. PermissionError, with the system's words, where none can be mounted."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={MANY}", "tmpfs", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise PermissionError(str(error)) from error
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
