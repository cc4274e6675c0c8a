"""Mail out of a Maildir: what lies in new/ is taken, and moved to cur/ as seen once it is safe (B1, B2)."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import structlog

from connector.config.settings import MaildirIn
from connector.intake.roads import HandOver, Looked, RoadFailed, Well
from connector.mail.model import Envelope

log = structlog.get_logger("intake")

SEEN = ":2,S"
"""Behind the name of a mail in cur/ that was seen."""


class Maildir:
    """One `[MAILDIR:name]`. A mail stays in new/ until it is accepted; whatever fails is found there again."""

    def __init__(self, settings: MaildirIn, largest: int) -> None:
        self._settings = settings
        self._largest = largest  # bytes of a mail that is taken
        self._left: set[str] = set()  # names of mails that are too large, told once
        self._wake = threading.Event()

    @property
    def label(self) -> str:
        """The section of the INI."""
        return f"MAILDIR:{self._settings.name}"

    def run(self, hand_over: HandOver, stop: threading.Event, well: Well) -> None:
        """Look into new/ again and again."""
        while not stop.is_set():
            for file in self._waiting():
                if stop.is_set():
                    return
                self._take(file, hand_over)
            well()
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

    def _waiting(self) -> list[Path]:
        """The mails in new/, in the order of their names, which begin with the time of arrival."""
        new, cur = self._settings.path / "new", self._settings.path / "cur"
        if not (new.is_dir() and cur.is_dir()):
            raise RoadFailed(f"{self._settings.path} is no Maildir: it has no folders new and cur", urgent=True)
        return sorted(file for file in new.iterdir() if file.is_file() and not file.name.startswith("."))

    def _take(self, file: Path, hand_over: HandOver) -> None:
        try:
            size = file.stat().st_size
            raw = file.read_bytes() if size <= self._largest else None
        except FileNotFoundError:
            return  # a mail program that reads the same Maildir has moved it
        if raw is None:
            self._leave(file, size)
            return
        hand_over(raw, Envelope(road=f"maildir:{self._settings.name}"))
        # failpoint: maildir.accepted
        file.rename(self._settings.path / "cur" / (file.name.partition(":")[0] + SEEN))
        # failpoint: maildir.moved

    def _leave(self, file: Path, size: int) -> None:
        """A mail that is too large stays where it is, for a person to look at."""
        if file.name not in self._left:
            self._left.add(file.name)
            log.error("not accepted", road=self.label, file=str(file), reason=f"{size} bytes, over MaxMessageSize")
