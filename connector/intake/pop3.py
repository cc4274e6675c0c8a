"""Mail out of a mailbox by POP3: taken once, and deleted only when it is safe (B1, B2).

A mail that stays on the server is remembered by its name there (UIDL). One that was accepted and whose deletion the
server did not carry out, because the connection broke before QUIT, is deleted on the next one.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import closing

import structlog

from connector.config.settings import Pop3In
from connector.intake.credentials import Credentials
from connector.intake.dialing import TimeLimits
from connector.intake.mailbox_records import MailboxRecords
from connector.intake.pop3_connection import Pop3Connection, Waiting
from connector.intake.roads import HandOver, Looked, RoadFailed, Well
from connector.intake.watchdog import GRACE_SECONDS, Watchdog
from connector.mail.model import Envelope
from storage.records import StoreError

BATCH = 50
"""After so many mails the connection is ended, so that no more have to be deleted anew when one breaks."""

log = structlog.get_logger("intake")


class Pop3Mailbox:
    """One `[POP3:name]`."""

    def __init__(
        self,
        settings: Pop3In,
        largest: int,
        credentials: Credentials,
        records: MailboxRecords,
        limits: TimeLimits | None = None,
    ) -> None:
        self._settings = settings
        self._largest = largest  # bytes of a mail that is taken
        self._credentials = credentials
        self._records = records
        self._limits = limits or TimeLimits()
        self._watchdog = Watchdog()
        self._taken: set[str] = set()  # names of mails that are accepted and still there
        self._written: set[str] | None = None  # those of them that the store knows; None: it was not asked yet
        self._left: set[str] = set()  # too large
        self._failures: Counter[str] = Counter()

    @property
    def label(self) -> str:
        """The section of the INI."""
        return f"POP3:{self._settings.name}"

    @property
    def _deletes(self) -> bool:
        return self._settings.after_accept == "delete"

    def run(self, hand_over: HandOver, stop: threading.Event, well: Well) -> None:
        """Look into the mailbox again and again, on a connection of its own each time."""
        with closing(self._records):
            while not stop.is_set():
                if not self._deletes:
                    self._read_names()
                more = True
                while more and not stop.is_set():
                    more = self._visit(hand_over, stop, well)
                stop.wait(self._settings.poll_seconds)

    def check(self) -> Looked:
        """Log in and list what there is."""
        with Watchdog() as self._watchdog, closing(self._connect()) as connection:
            waiting = connection.waiting()
            self._check_names(waiting)
            connection.quit()
        return Looked(f"logged in, {len(waiting)} mails wait")

    def interrupt(self) -> None:
        """End the connection when the mail in hand has had its time."""
        self._watchdog.cut_after(GRACE_SECONDS)

    def _visit(self, hand_over: HandOver, stop: threading.Event, well: Well) -> bool:
        """Take what there is, on one connection; True where there is more."""
        with Watchdog() as self._watchdog, closing(self._connect()) as connection:
            waiting = connection.waiting()
            self._check_names(waiting)
            wanted = self._wanted(waiting)
            try:
                for mail in wanted[:BATCH]:
                    if stop.is_set():
                        break
                    self._take(mail, connection, hand_over)
                    well()
                connection.quit()
                # failpoint: pop3.quit
            finally:
                self._write_names(mail.name for mail in waiting)
                # failpoint: pop3.names-written
        well()
        return len(wanted) > BATCH

    def _connect(self) -> Pop3Connection:
        return Pop3Connection(self._settings, self._credentials, self._watchdog, self._limits)

    def _wanted(self, waiting: list[Waiting]) -> list[Waiting]:
        """What there is something to do with, the oldest first; mails that failed come behind all others."""
        for mail in waiting:
            if mail.size > self._largest:
                self._leave(mail, mail.size)
        wanted = [mail for mail in waiting if _name(mail) not in self._left]
        if not self._deletes:
            wanted = [mail for mail in wanted if mail.name not in self._taken]
        return sorted(wanted, key=lambda mail: self._failures[_name(mail)])

    def _take(self, mail: Waiting, connection: Pop3Connection, hand_over: HandOver) -> None:
        """Accept one mail, and have it deleted where that is wanted. A mail without a name is never known again."""
        self._failures[_name(mail)] += 1
        if not mail.name or mail.name not in self._taken:
            hand_over(self._fetch(mail, connection), Envelope(road=self._records.road))
            # failpoint: pop3.accepted
            if mail.name:
                self._taken.add(mail.name)
        if self._deletes:
            connection.delete(mail)
            # failpoint: pop3.deleted
        del self._failures[_name(mail)]

    def _fetch(self, mail: Waiting, connection: Pop3Connection) -> bytes:
        raw = connection.content(mail, self._largest)
        if raw is None:
            self._leave(mail, self._largest + 1)
            raise RoadFailed(f"mail {_name(mail)} is larger than the server had said")
        if not raw:
            raise RoadFailed(f"the server gives no content of mail {_name(mail)}, it is tried again behind the others")
        return raw

    def _leave(self, mail: Waiting, size: int) -> None:
        """A mail that is too large stays where it is, for a person to look at."""
        name = _name(mail)
        if name not in self._left:
            self._left.add(name)
            log.error("not accepted", road=self.label, mail=name, reason=f"{size} bytes or more, over MaxMessageSize")

    # -- names of mails that stay -------------------------------------------------------------------------------

    def _check_names(self, waiting: list[Waiting]) -> None:
        if not self._deletes and not all(mail.name for mail in waiting):
            why = "the server has no names for its mails (UIDL): only AfterAccept = delete is possible"
            raise RoadFailed(why, urgent=True)

    def _read_names(self) -> None:
        """Which mails were taken before; without that nothing can be taken."""
        if self._written is None:
            try:
                self._written = self._records.fetched()
            except StoreError as error:
                raise RoadFailed(f"the store is away, which mails were taken is not known: {error}") from error
            self._taken |= self._written

    def _write_names(self, there: Iterable[str]) -> None:
        """Remember what was taken and is still there; while the store is away, in this process alone."""
        there = set(there)
        if self._deletes:
            self._taken &= there
        elif self._written is not None:
            new, gone = self._taken - self._written, self._taken - there
            if (not new and not gone) or self._records.change_fetched(new - gone, gone):
                self._taken -= gone
                self._written = set(self._taken)


def _name(mail: Waiting) -> str:
    """What it is called here; without names on the server that holds for one connection."""
    return mail.name or f"number {mail.number}"
