"""Mail out of an mbox, as /var/mail/support: all of it is taken, and the file is emptied when it is safe (B1, B2).

While it is read nobody can deliver into it. After a crash before it is emptied all of it is taken once more, and known
by its content (B5).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

import structlog

from connector.config.settings import MboxIn
from connector.intake.files import SEPARATOR
from connector.intake.mbox_lock import Busy, locked
from connector.intake.retries import what_stays
from connector.intake.roads import HandOver, Looked, RoadFailed, Well
from connector.mail.model import Envelope

log = structlog.get_logger("intake")

LEFT = ".left"
"""Behind the name of the mbox: the file for mails that are too large."""
LINE = 64 * 1024  # bytes that are looked at together
BUSY_SECONDS = 60.0
"""So long others may have it locked without a word."""
REFRESH = 100  # mails after which the lock is shown to be alive


class Mbox:
    """One `[MBOX:name]`."""

    def __init__(self, settings: MboxIn, largest: int) -> None:
        self._settings = settings
        self._largest = largest  # bytes of a mail that is taken
        self._left = settings.path.with_name(settings.path.name + LEFT)
        self._accepted: set[bytes] = set()  # hashes of mails that are accepted and still in the file
        self._wake = threading.Event()

    @property
    def label(self) -> str:
        """The section of the INI."""
        return f"MBOX:{self._settings.name}"

    def run(self, hand_over: HandOver, stop: threading.Event, well: Well) -> None:
        """Look into it again and again. No file is an mbox without mail."""
        free_at = time.monotonic()
        while not stop.is_set():
            try:
                if self._size():
                    self._take_all(hand_over, stop)
                free_at = time.monotonic()
            except Busy:
                if time.monotonic() - free_at >= BUSY_SECONDS:
                    raise
                self._wake.wait(self._settings.poll_seconds)
                continue
            large = self._left.exists() and self._left.stat().st_size
            well(what_stays({"larger than MaxMessageSize, put aside": [self._left] if large else []}))
            self._wake.wait(self._settings.poll_seconds)

    def check(self) -> Looked:
        """Whether it can be locked and is an mbox."""
        path = self._settings.path
        if not (size := self._size()) and not path.exists():
            return Looked(f"{path} is not there, so there is no mail")
        with locked(path) as lock:
            if size:
                _must_begin(lock.file, path)
        return Looked(f"{path}: {size} bytes")

    def interrupt(self) -> None:
        """End the pause."""
        self._wake.set()

    def _size(self) -> int:
        path = self._settings.path
        try:
            return path.stat().st_size
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise RoadFailed(f"there is no folder {path.parent}", urgent=True) from None
            return 0

    def _take_all(self, hand_over: HandOver, stop: threading.Event) -> None:
        with locked(self._settings.path) as lock:
            _must_begin(lock.file, self._settings.path)
            size = os.fstat(lock.file.fileno()).st_size
            for number, part in enumerate(_parts(lock.file)):
                if stop.is_set():
                    return
                if number % REFRESH == 0:
                    lock.refresh()
                self._take(part, lock.file, hand_over)
            # failpoint: mbox.accepted
            if os.fstat(lock.file.fileno()).st_size != size:
                raise RoadFailed(f"somebody delivers into {self._settings.path} without locking it")
            lock.file.truncate(0)
            os.fsync(lock.file.fileno())
            # failpoint: mbox.emptied
            self._accepted.clear()

    def _take(self, part: _Part, file: BinaryIO, hand_over: HandOver) -> None:
        if part.size > self._largest:
            self._put_aside(part, file)
            return
        raw = os.pread(file.fileno(), part.size, part.start)
        if len(raw) != part.size:
            raise RoadFailed(f"somebody changes {self._settings.path} without locking it")
        digest = sha256(raw).digest()
        if digest not in self._accepted:
            hand_over(raw, Envelope(road=f"mbox:{self._settings.name}"))
            self._accepted.add(digest)

    def _put_aside(self, part: _Part, file: BinaryIO) -> None:
        """A mail that is too large goes into a file of its own, for a person to look at."""
        digest = sha256(f"{part.start} {part.size}".encode()).digest()
        if digest in self._accepted:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self._left, flags, 0o600), "ab") as left:
            for start in range(part.separator, part.start + part.size, LINE):
                end = min(start + LINE, part.start + part.size)
                left.write(os.pread(file.fileno(), end - start, start))
            left.write(b"\n")
            left.flush()
            os.fsync(left.fileno())
        _sync_folder(self._left.parent)
        self._accepted.add(digest)
        reason = f"{part.size} bytes, over MaxMessageSize; it is put aside"
        log.error("not accepted", road=self.label, file=str(self._left), reason=reason)


class _Part(NamedTuple):
    """Where one mail stands in the file: its separator, its first byte, and how long it is."""

    separator: int
    start: int
    size: int


def _must_begin(file: BinaryIO, path: Path) -> None:
    file.seek(0)
    if not file.readline(LINE).startswith(b"From "):
        raise RoadFailed(f"{path} is no mbox: it does not begin with a line `From `", urgent=True)


def _parts(file: BinaryIO) -> Iterator[_Part]:
    """Every mail, without the empty line in front of the next separator; no line is held as a whole."""
    file.seek(0)
    separator, start, at = 0, 0, 0
    empty = 0  # bytes of the empty line just before, if there was one
    begins = True  # whether what is read next begins a line
    while line := file.readline(LINE):
        if begins and line.startswith(b"From ") and (at == 0 or (empty and SEPARATOR.match(line))):
            if at:
                yield _Part(separator, start, at - empty - start)
            separator, start = at, at + len(line)
        empty = len(line) if begins and line in (b"\n", b"\r\n") else 0
        begins = line.endswith(b"\n")
        at += len(line)
    yield _Part(separator, start, at - empty - start)


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
