"""The spool: every accepted mail as one file that stands in exactly one folder, whatever crashes (B2, B3, B7, B9).

    tmp/         being written; swept at start
    new/         accepted, waits for a worker
    work/        claimed: the owner holds a lock on the file for as long as it lives
    held/        waits for a person, with its reason beside it
    quarantine/  no stage could handle it, with its reason beside it

A file is named ID.TRIES; the IDs sort in the order of arrival. A mail changes its state by one rename. What people do
with the spool stands in `connector.spool_queue`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connector.mail.model import Envelope
from connector.spool_file import (
    IncomingFile,
    SpoolError,
    TempFile,
    read_raw,
    read_trailer,
    sweep,
    sync_folder,
    temporary,
)
from connector.spool_lock import locked
from connector.spool_names import MOST_TRIES, entries, ids, oldest, open_mail
from storage.values import frozen


@frozen
class Spooled:
    """One mail out of the spool; `tries` counts this one, `sha256` is the hash that `raw` has."""

    id: str
    tries: int
    raw: bytes
    envelope: Envelope
    received_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """Ids of the mails whose owner was gone: those that wait again, and those that went into the quarantine.

    `left`: why mails stay in work/, for the next time: the disk is full, say.
    """

    waiting: tuple[str, ...]
    quarantined: tuple[str, ...]
    left: tuple[str, ...] = ()


class Spool:
    """The folders below one path; made where they are missing. Several processes may work on them."""

    def __init__(self, folder: Path, clock: Callable[[], int] = time.time_ns) -> None:
        self.folder = folder
        self.tmp, self.new, self.work = folder / "tmp", folder / "new", folder / "work"
        self.held, self.quarantine = folder / "held", folder / "quarantine"
        self._clock = clock
        self._last = 0
        self._id_lock = threading.Lock()
        with temporary(f"the spool {folder}"):
            for path in (self.tmp, self.new, self.work, self.held, self.quarantine):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def new_id(self) -> str:
        """An id later than every id that this process made before, also when the clock goes back."""
        with self._id_lock:
            self._last = max(self._clock(), self._last + 1)
            return f"{self._last:016x}-{os.urandom(4).hex()}"

    def now(self) -> datetime:
        """The time by the spool's clock."""
        return datetime.fromtimestamp(self._clock() / 1e9, UTC)

    def incoming(self) -> IncomingFile:
        """A mail that is about to come in piece by piece."""
        return IncomingFile(self.tmp)

    def accept(self, raw: bytes, envelope: Envelope) -> str:
        """Bring a mail safely to the disk; its id. Raises SpoolError, and then nothing was accepted (B2)."""
        return self._accept(raw, envelope, self.new, 0)[0]

    def accept_claimed(self, raw: bytes, envelope: Envelope) -> Claim:
        """The same, but for the caller to work on: no worker can get it in between."""
        mail, fd = self._accept(raw, envelope, self.work, 1)
        return Claim(self, mail, 1, fd)

    def _accept(self, raw: bytes, envelope: Envelope, folder: Path, tries: int) -> tuple[str, int]:
        """The new mail's id, and its open and locked file where it is claimed at once."""
        incoming = IncomingFile.holding(self.tmp, raw)
        incoming.seal(envelope, self.now())
        with temporary("the mail was not taken"), incoming.finish() as file:
            file.sync()
            mail = self.new_id()
            file.place(folder / f"{mail}.{tries}")
            # failpoint: process.placed
            sync_folder(folder)
            # failpoint: process.folder-synced
            return mail, file.detach() if tries else -1

    def waiting(self, most: int = sys.maxsize) -> list[str]:
        """The ids of the mails that nobody has claimed, in the order of arrival; of so many at most."""
        return oldest(self.new, most)

    def is_fresh(self, mail: str, most: int) -> bool:
        """Whether the mail waits, was never tried, and its file has so many bytes at most."""
        try:
            return os.stat(f"{self.new}/{mail}.0").st_size <= most
        except OSError:
            return False

    def claim(self, mail: str) -> Claim | None:
        """Take a waiting mail; None where it is not waiting or somebody else was quicker.

        Call it in the process that does the work: a child forked later would hold the lock as well.
        """
        fd, tries = open_mail(self.new, mail)
        if fd < 0:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(f"{self.new}/{mail}.{tries}", f"{self.work}/{mail}.{min(tries + 1, MOST_TRIES)}")
            # failpoint: spool.claimed
        except (BlockingIOError, FileNotFoundError):
            os.close(fd)
            return None
        except OSError:
            os.close(fd)  # or nobody could claim it ever after
            raise
        return Claim(self, mail, min(tries + 1, MOST_TRIES), fd)

    def recover(self, max_tries: int) -> Recovered:
        """Bring back every claimed mail whose owner is gone; from `max_tries` on into the quarantine (B7).

        One that the disk does not let go of holds up none of the others. Raises nothing.
        """
        waiting: list[str] = []
        quarantined: list[str] = []
        left: list[str] = []
        try:
            found = entries(self.work)
        except OSError as error:
            return Recovered((), (), (str(error),))
        for mail, tries in found:
            try:
                if (claim := self._orphan(mail, tries)) is not None:
                    (quarantined if _bring_back(claim, max_tries) else waiting).append(mail)
            except (SpoolError, OSError) as error:
                left.append(str(error))
        return Recovered(tuple(waiting), tuple(quarantined), tuple(left))

    def _orphan(self, mail: str, tries: int) -> Claim | None:
        """A claim on a mail in work/ whose owner is gone."""
        path = self.work / f"{mail}.{tries}"
        try:
            fd = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.stat(path)  # the owner may have been done with it before we had the lock
        except (BlockingIOError, FileNotFoundError):
            os.close(fd)
            return None
        return Claim(self, mail, tries, fd)

    def sweep(self) -> None:
        """Remove what a crash left half written."""
        sweep(self.tmp)

    def lock(self) -> AbstractContextManager[None]:
        """Keep the spool for one service; raises SpoolInUse where another one has it.

        Its mails come behind those that wait, though the clock was put back before it started.
        """
        self._last = max((int(mail[:16], 16) for folder in (self.new, self.work) for mail in ids(folder)), default=0)
        return locked(self.folder)

    def set_aside(self, claim: Claim, folder: Path, reason: dict[str, object]) -> None:
        """Move a claimed mail to held/ or quarantine/; the reason is there before the mail is."""
        with temporary(f"mail {claim.id} could not be set aside"):
            with TempFile(self.tmp) as file:
                file.write(json.dumps({**reason, "at": self.now().isoformat(), "tries": claim.tries}).encode())
                file.sync()
                file.place(folder / f"{claim.id}.reason")
                # failpoint: spool.reason-placed
            self.move(claim.path, folder / claim.path.name)

    def move(self, path: Path, target: Path) -> None:
        """Rename a mail from one state to the next, for good."""
        with temporary(f"{path.name} could not be moved to {target.parent.name}"):
            os.rename(path, target)
            # failpoint: spool.moved
            sync_folder(target.parent)


class Claim:
    """A mail that is being worked on; it ends by one of done, hold, quarantine and give_back, or by a crash."""

    def __init__(self, spool: Spool, mail: str, tries: int, fd: int) -> None:
        self.id = mail
        self.tries = tries
        self._spool = spool
        self._fd = fd
        self._length = -1  # of the raw mail, once it was read

    @property
    def path(self) -> Path:
        """Where the mail stands while it is claimed."""
        return Path(self.file)

    @property
    def file(self) -> str:
        """The same as text."""
        return f"{self._spool.work}/{self.id}.{self.tries}"

    def read(self) -> Spooled:
        """The mail, its length and hash checked; raises TornSpoolFile."""
        spooled = read_spooled(self._fd, self.id, self.tries)
        self._length = len(spooled.raw)
        return spooled

    def sha256(self) -> str:
        """The hash of all that is in the file, whatever it is."""
        return hashlib.file_digest(open(self._fd, "rb", closefd=False), "sha256").hexdigest()

    def recorded(self) -> None:
        """The mail has its recorded outcome; a crash from here on costs it no try."""
        os.rename(self.file, f"{self._spool.work}/{self.id}.0")
        # failpoint: spool.recorded
        self.tries = 0

    def done(self) -> None:
        """The mail leaves the spool; where its file is the original as well, that loses the spool's trailer."""
        if self._length >= 0 and os.fstat(self._fd).st_nlink > 1:
            os.ftruncate(self._fd, self._length)
            # failpoint: spool.trailer-cut
        os.unlink(self.file)
        # failpoint: spool.done
        self.close()

    def hold(self, code: str, text: str) -> None:
        """The mail waits for a person; `code` is stable, `text` for people (B9)."""
        self._spool.set_aside(self, self._spool.held, {"code": code, "text": text})
        self.close()

    def quarantine(self, code: str, text: str) -> None:
        """No stage can handle the mail (B7)."""
        self._spool.set_aside(self, self._spool.quarantine, {"code": code, "text": text})
        self.close()

    def give_back(self) -> None:
        """The mail could not be looked at now (the database is away): this does not count as a try."""
        self.put_back(max(0, self.tries - 1))

    def put_back(self, tries: int) -> None:
        """The mail waits again, tried that often."""
        self._spool.move(self.path, self._spool.new / f"{self.id}.{tries}")
        self.close()

    def close(self) -> None:
        """Let go of the lock; a mail still in work/ is then for `recover` to bring back."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _bring_back(claim: Claim, max_tries: int) -> bool:
    """Let a mail without an owner wait again, or put it into the quarantine; whether it is there now. SpoolError."""
    try:
        if claim.tries >= min(max_tries, MOST_TRIES):
            claim.quarantine("crashed", f"crashed or timed out {claim.tries} times")
            return True
        claim.put_back(claim.tries)
        # failpoint: spool.brought-back
        return False
    finally:
        claim.close()


def read_spooled(fd: int, mail: str, tries: int) -> Spooled:
    """The mail in an open spool file; raises TornSpoolFile."""
    trailer = read_trailer(fd)
    return Spooled(mail, tries, read_raw(fd, trailer), trailer.envelope, trailer.received_at, trailer.sha256)
