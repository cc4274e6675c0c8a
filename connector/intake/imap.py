"""Mail out of a folder by IMAP: taken, and only when it is safe marked, moved or deleted (B1, B2).

Taken is what comes after the last mail that was looked at, by UID, and at each start also what is unread. A folder
that was never read before begins with what is unread. A folder that was numbered anew (another UIDVALIDITY) is
compared with the store by Message-ID and size, so that old mail is not fetched again. What is taken twice all the same
is known by its content (B5).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import structlog

from connector.config.settings import ImapIn
from connector.intake.credentials import Credentials
from connector.intake.dialing import TimeLimits
from connector.intake.imap_anew import unknown_to_store
from connector.intake.imap_client import TooLarge
from connector.intake.imap_connection import ImapConnection, Refused
from connector.intake.imap_progress import Progress
from connector.intake.mailbox_records import MailboxRecords
from connector.intake.retries import REFUSALS
from connector.intake.roads import HandOver, Looked, RoadFailed, Well
from connector.intake.watchdog import GRACE_SECONDS, Watchdog
from connector.mail.model import Envelope
from connector.spool_file import SpoolError
from storage.mailboxes import Position
from storage.records import StoreError

BATCH = 50
"""Mails whose sizes are asked at once, and after which it is remembered how far the folder was read."""
BREATH = 0.25
"""Seconds between two looks for a server that talks all the time without bringing mail."""

log = structlog.get_logger("intake")


class ImapMailbox:
    """One `[IMAP:name]`."""

    def __init__(
        self,
        settings: ImapIn,
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
        self._progress = Progress(0)
        self._kept: Position | None = None
        self._refused = 0  # mails in a row

    @property
    def label(self) -> str:
        """The section of the INI."""
        return f"IMAP:{self._settings.name}"

    def run(self, hand_over: HandOver, stop: threading.Event, well: Well) -> None:
        """Take what there is, then wait for more, on one connection."""
        with closing(self._records), Watchdog() as self._watchdog, closing(self._connect()) as connection:
            visit = _Visit(connection, hand_over, stop, well)
            while not stop.is_set():
                took_some = self._take_all(visit)
                if took_some or stop.is_set():
                    continue
                if connection.has_news:
                    stop.wait(BREATH)
                else:
                    self._wait(connection, stop)

    def _wait(self, connection: ImapConnection, stop: threading.Event) -> None:
        """Until the server tells something, or it is time to look."""
        begun = time.monotonic()
        if self._settings.idle and connection.can_idle:
            connection.idle(self._settings.poll_seconds, stop)
            stop.wait(BREATH - (time.monotonic() - begun))
        else:
            stop.wait(self._settings.poll_seconds)

    def check(self) -> Looked:
        """Log in and look at the folders; none is made, and no mail is marked."""
        with Watchdog() as self._watchdog, closing(self._connect(looking=True)) as connection:
            return connection.looked()

    def interrupt(self) -> None:
        """End the connection when the mail in hand has had its time."""
        self._watchdog.cut_after(GRACE_SECONDS)

    def _connect(self, *, looking: bool = False) -> ImapConnection:
        how = (self._credentials, self._largest, self._watchdog, self._limits)
        connection = ImapConnection(self._settings, *how, looking=looking)
        if connection.uid_validity != self._progress.uid_validity:
            self._progress = Progress(connection.uid_validity)
        return connection

    def _take_all(self, visit: _Visit) -> bool:
        """Look for mail once and take what there is; True where it has to be looked for more at once."""
        self._refused = 0
        visit.connection.refresh()
        self._look(visit.connection)
        some = False
        for batch in self._progress.batches(BATCH):
            try:
                some |= self._take_batch(batch, visit)
            finally:
                self._keep()
            if visit.stop.is_set():
                return False
        self._keep()
        still_left = visit.connection.unseen_of(self._progress.left) if self._progress.left else ()
        visit.well(self._progress.stays(still_left))
        return some

    def _take_batch(self, batch: Sequence[int], visit: _Visit) -> bool:
        """Whether anything was done. Where the server fails at all of them, each is asked for alone next time."""
        try:
            sizes = visit.connection.sizes(batch)
        except RoadFailed as error:
            for uid in batch:
                self._progress.attempt(uid)
            if not isinstance(error, Refused):
                raise
            if len(batch) == 1:
                self._refuse(batch[0], error)
            return len(batch) > 1
        some = False
        for uid in batch:
            if visit.stop.is_set():
                break
            try:
                some |= self._take(uid, sizes.get(uid), visit)
                self._refused = 0
            except Refused as error:
                self._refuse(uid, error)
        return some

    def _refuse(self, uid: int, error: Refused) -> None:
        """The server refused something about one mail, or does not make sense; many in a row are its own fault."""
        self._refused += 1
        if self._refused >= REFUSALS:
            raise error
        log.error("not accepted or not marked", road=self.label, uid=uid, reason=str(error))

    # -- what is to be taken ------------------------------------------------------------------------------------

    def _look(self, connection: ImapConnection) -> None:
        """Note what has come. While the store is away that is what is unread: it is wanted in every case."""
        if not self._progress.begun:
            last = connection.last()
            self._progress.add(connection.unseen())
            try:
                self._begin(connection, last)
            except StoreError as error:
                log.warning("the store is away, only unread mail is fetched", road=self.label, reason=str(error))
        if self._progress.begun:
            self._progress.add(connection.after(self._progress.listed))

    def _begin(self, connection: ImapConnection, last: int) -> None:
        position = self._records.position(self._settings.folder)
        if position is None:
            self._progress.begin(last)
        elif position.uid_validity == connection.uid_validity:
            self._progress.begin(position.last_uid)
        else:
            unknown = unknown_to_store(connection, self._records, self._settings.after_accept == "seen")
            log.warning("the server has numbered its mails anew", road=self.label, unknown=len(unknown))
            self._progress.begin(last, from_anew=True)
            self._progress.add(unknown)

    def _keep(self) -> None:
        """Remember how far the folder was read."""
        read_up_to = self._progress.read_up_to
        if read_up_to is None:
            return
        position = Position(self._progress.uid_validity, read_up_to)
        if position != self._kept and self._records.keep(self._settings.folder, position):
            self._kept = position
            # failpoint: imap.position-kept

    # -- one mail -----------------------------------------------------------------------------------------------

    def _take(self, uid: int, size: int | None, visit: _Visit) -> bool:
        """Accept one mail and mark it; whether that was done."""
        is_first = self._progress.attempt(uid)
        if size is None and not visit.connection.holds(uid):
            self._progress.done(uid)  # moved or deleted by us before the connection broke, or by somebody else
            return False
        if not self._progress.is_accepted(uid):
            raw = self._fetch(uid, size, visit.connection, is_first)
            if not raw:
                return False
            try:
                visit.hand_over(raw, Envelope(road=self._records.road))
            except SpoolError:
                self._progress.pardon(uid)
                raise
            # failpoint: imap.accepted
            self._progress.accept(uid)
        visit.connection.mark(uid)
        # failpoint: imap.marked
        self._progress.done(uid)
        visit.well()
        return True

    def _fetch(self, uid: int, size: int | None, connection: ImapConnection, is_first: bool) -> bytes:
        """The mail; nothing where it is not to be had, and stays as it is."""
        if size is not None and size > self._largest:
            return self._leave(uid, size)
        try:
            raw = connection.content(uid, size or 0)
        except TooLarge as error:
            self._leave(uid, error.size)
            raise
        if len(raw) > self._largest:
            return self._leave(uid, len(raw))
        if not raw:
            self._miss(uid, connection, is_first)
        return raw

    def _miss(self, uid: int, connection: ImapConnection, is_first: bool) -> None:
        """The server gave nothing: the mail is gone, or is asked for again later."""
        if not connection.holds(uid):
            self._progress.done(uid)
        elif is_first:
            log.error("not accepted", road=self.label, uid=uid, reason="the server gives no content, it is tried again")

    def _leave(self, uid: int, size: int) -> bytes:
        """A mail that is too large stays where it is, for a person to look at."""
        self._progress.leave(uid)
        log.error("not accepted", road=self.label, uid=uid, reason=f"{size} bytes, over MaxMessageSize")
        return b""


@dataclass(frozen=True, slots=True)
class _Visit:
    """One connection, and what its road was given to work with."""

    connection: ImapConnection
    hand_over: HandOver
    stop: threading.Event
    well: Well
