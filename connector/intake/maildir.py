"""Mail out of a Maildir: what lies in new/ is taken, and moved to cur/ as seen once it is safe (B1, B2)."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import structlog

from connector.config.settings import MaildirIn
from connector.intake.retries import Retries, what_stays
from connector.intake.roads import HandOver, Looked, RoadFailed, Well
from connector.mail.model import Envelope
from connector.spool_file import SpoolError

log = structlog.get_logger("intake")

SEEN = ":2,S"
"""Behind the name of a mail in cur/ that was seen."""
Key = tuple[str, int, int]
"""A file by name, inode and time of change: another mail of the same name is another mail."""


class Maildir:
    """One `[MAILDIR:name]`. A mail stays in new/ until it is accepted; whatever fails is found there again."""

    def __init__(self, settings: MaildirIn, largest: int) -> None:
        self._settings = settings
        self._largest = largest  # bytes of a mail that is taken
        self._left: set[Key] = set()  # too large
        self._accepted: set[Key] = set()  # and not moved yet
        self._retries: Retries[Key] = Retries()
        self._wake = threading.Event()

    @property
    def label(self) -> str:
        """The section of the INI."""
        return f"MAILDIR:{self._settings.name}"

    def run(self, hand_over: HandOver, stop: threading.Event, well: Well) -> None:
        """Look into new/ again and again."""
        while not stop.is_set():
            waiting = self._waiting()
            for file, key in self._wanted(waiting):
                if stop.is_set():
                    return
                self._try(file, key, hand_over)
            well(self._stays())
            self._wake.wait(self._settings.poll_seconds)

    def check(self) -> Looked:
        """Whether mail can be read and moved."""
        waiting = self._waiting()
        for name in ("new", "cur"):
            if not os.access(self._settings.path / name, os.R_OK | os.W_OK | os.X_OK):
                raise RoadFailed(f"{self._settings.path / name} cannot be written to: mails could not be moved")
        return Looked(f"{self._settings.path}: {len(waiting)} mails in new")

    def interrupt(self) -> None:
        """End the pause."""
        self._wake.set()

    def _waiting(self) -> list[tuple[Path, Key]]:
        """The mails in new/, in the order of their names, which begin with the time of arrival.

        Links are none: whoever delivers mail could have any file read that the service may read.
        """
        new, cur = self._settings.path / "new", self._settings.path / "cur"
        if not (new.is_dir() and cur.is_dir()):
            raise RoadFailed(f"{self._settings.path} is no Maildir: it has no folders new and cur", urgent=True)
        found: list[tuple[Path, Key]] = []
        with os.scandir(new) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                    found += _keyed(Path(entry.path))
        return sorted(found)

    def _wanted(self, waiting: list[tuple[Path, Key]]) -> list[tuple[Path, Key]]:
        """What is to be tried now; mails that failed come behind all others."""
        there = {key for _, key in waiting}
        self._left &= there
        self._accepted &= there
        self._retries.keep(there)
        due = (one for one in waiting if one[1] not in self._left and self._retries.is_due(one[1]))
        return sorted(due, key=lambda one: self._retries.times(one[1]))

    def _try(self, file: Path, key: Key, hand_over: HandOver) -> None:
        """Take one mail. One that cannot be read or moved is told of, and does not stand in the way of others."""
        is_first = self._retries.attempt(key)
        try:
            self._take(file, key, hand_over)
        except FileNotFoundError:
            pass  # a mail program that reads the same Maildir has moved it
        except SpoolError:
            self._retries.pardon(key)
            raise
        except OSError as error:
            if is_first:
                log.error("not accepted or not moved", road=self.label, file=str(file), reason=str(error))
            return
        self._retries.forget(key)

    def _take(self, file: Path, key: Key, hand_over: HandOver) -> None:
        if key not in self._accepted:
            raw = _read(file, self._largest)
            if raw is None:
                self._leave(file, key)
                return
            hand_over(raw, Envelope(road=f"maildir:{self._settings.name}"))
            # failpoint: maildir.accepted
            self._accepted.add(key)
        file.rename(_free(self._settings.path / "cur", file.name.partition(":")[0]))
        # failpoint: maildir.moved

    def _leave(self, file: Path, key: Key) -> None:
        """A mail that is too large stays where it is, for a person to look at."""
        self._left.add(key)
        log.error("not accepted", road=self.label, file=str(file), reason=f"over MaxMessageSize, {self._largest} bytes")

    def _stays(self) -> str:
        """What an alarm says of the mails that stay in new/, by name."""
        in_vain = sorted(self._retries.in_vain())
        return what_stays(
            {
                "larger than MaxMessageSize": [key[0] for key in sorted(self._left)],
                "cannot be read": [key[0] for key in in_vain if key not in self._accepted],
                "taken, but cannot be moved to cur": [key[0] for key in in_vain if key in self._accepted],
            }
        )


def _keyed(file: Path) -> list[tuple[Path, Key]]:
    """The file with what it is known by; nothing where it is gone."""
    try:
        facts = file.lstat()
    except FileNotFoundError:
        return []
    return [(file, (file.name, facts.st_ino, facts.st_mtime_ns))]


def _read(file: Path, largest: int) -> bytes | None:
    """The mail; None where it is larger than that. What is no plain file any more is an OSError, not waited for."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
        facts = os.fstat(opened.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(f"{file} is no file")
        raw = opened.read(largest + 1) if facts.st_size <= largest else b""
        return raw if facts.st_size <= largest and len(raw) <= largest else None


def _free(cur: Path, name: str) -> Path:
    """A name in cur/ that no mail has: one that lies there is never overwritten."""
    number, target = 0, cur / (name + SEEN)
    while target.exists():
        number += 1
        target = cur / f"{name}.{number}{SEEN}"
    return target
