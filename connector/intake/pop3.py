"""Mail out of a mailbox by POP3: taken once, and deleted only when it is safe (B1, B2).

A mail that stays on the server is remembered by its name there (UIDL). One that is to be deleted is fetched again where
the connection broke before QUIT, and known by its content: with a name that a server uses twice, a mail that was never
taken would be deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import closing
from hashlib import sha256

import structlog

from connector.config.settings import Pop3In
from connector.intake.credentials import Credentials
from connector.intake.dialing import TimeLimits
from connector.intake.mailbox_records import MailboxRecords
from connector.intake.pop3_connection import Pop3Connection, Refused, Waiting
from connector.intake.retries import REFUSALS, Retries, what_stays
from connector.intake.roads import HandOver, Looked, RoadFailed, Well
from connector.intake.watchdog import GRACE_SECONDS, Watchdog
from connector.mail.model import Envelope
from connector.spool_file import SpoolError
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
        self._accepted: dict[bytes, str] = {}  # hashes of mails that are accepted and perhaps not deleted yet
        self._taken: set[str] = set()  # names of mails that are accepted and stay there
        self._written: set[str] | None = None  # those of them that the store knows; None: it was not asked yet
        self._left: set[str] = set()  # too large
        self._retries: Retries[str] = Retries()

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
            batch, more = self._wanted(waiting)
            deleted: list[Waiting] = []
            refused = 0
            try:
                for mail in batch:
                    if stop.is_set():
                        break
                    if self._took(mail, connection, hand_over):
                        deleted += [mail] if self._deletes else []
                        refused = 0
                    else:
                        refused += 1
                    if refused >= REFUSALS:
                        raise RoadFailed(f"the server refuses {refused} mails in a row")
                    well()
                connection.quit()
                # failpoint: pop3.quit
                for mail in deleted:
                    self._retries.attempt(mail.key)  # it should be gone
            finally:
                self._write_names(mail.name for mail in waiting)
                # failpoint: pop3.names-written
        well(self._stays(waiting))
        return more

    def _connect(self) -> Pop3Connection:
        return Pop3Connection(self._settings, self._credentials, self._watchdog, self._limits)

    def _wanted(self, waiting: list[Waiting]) -> tuple[list[Waiting], bool]:
        """What there is something to do with now, the oldest first, and whether that is not all.

        A mail that failed comes alone, when nothing else waits: where it breaks the connection, no others have to be
        deleted anew.
        """
        there = {mail.key for mail in waiting}
        self._left &= there
        self._retries.keep(there)
        self._accepted = {digest: key for digest, key in self._accepted.items() if key in there}
        for mail in waiting:
            if mail.size > self._largest:
                self._leave(mail, mail.size)
        wanted = [mail for mail in waiting if mail.key not in self._left and self._retries.is_due(mail.key)]
        if not self._deletes:
            wanted = [mail for mail in wanted if mail.name and mail.name not in self._taken]
        good = [mail for mail in wanted if not self._retries.times(mail.key)]
        bad = sorted((mail for mail in wanted if mail not in good), key=lambda mail: self._retries.times(mail.key))
        batch = good[:BATCH] or bad[:1]
        return batch, len(batch) < len(wanted)

    def _took(self, mail: Waiting, connection: Pop3Connection, hand_over: HandOver) -> bool:
        """Accept one mail, and have it deleted where that is wanted; False where the server does not give it."""
        self._retries.attempt(mail.key)
        try:
            raw = self._fetch(mail, connection)
            self._accept(mail, raw, hand_over)
            if not self._deletes:
                self._taken.add(mail.name)
            else:
                connection.delete(mail)
                # failpoint: pop3.deleted
                self._retries.pardon(mail.key)
                return True
        except Refused as error:
            log.error("not accepted or not deleted", road=self.label, mail=mail.key, reason=str(error))
            return False
        except SpoolError:
            self._retries.pardon(mail.key)
            raise
        self._retries.forget(mail.key)
        return True

    def _accept(self, mail: Waiting, raw: bytes, hand_over: HandOver) -> None:
        digest = sha256(raw).digest()
        if digest in self._accepted:
            return
        hand_over(raw, Envelope(road=self._records.road))
        # failpoint: pop3.accepted
        if self._deletes:
            self._accepted[digest] = mail.key

    def _fetch(self, mail: Waiting, connection: Pop3Connection) -> bytes:
        raw = connection.content(mail, self._largest)
        if raw is None:
            self._leave(mail, self._largest + 1)
            raise RoadFailed(f"mail {mail.key} is larger than the server had said")
        if not raw:
            raise Refused(f"the server gives no content of mail {mail.key}, it is tried again behind the others")
        return raw

    def _leave(self, mail: Waiting, size: int) -> None:
        """A mail that is too large stays where it is, for a person to look at."""
        if mail.key not in self._left:
            self._left.add(mail.key)
            self._retries.forget(mail.key)
            reason = f"{size} bytes or more, over MaxMessageSize"
            log.error("not accepted", road=self.label, mail=mail.key, reason=reason)

    def _stays(self, waiting: list[Waiting]) -> str:
        """What an alarm says of the mails that stay in the mailbox and were not taken."""
        nameless = [] if self._deletes else [mail.key for mail in waiting if not mail.name]
        return what_stays(
            {
                "larger than MaxMessageSize": sorted(self._left),
                "not given or not deleted by the server": sorted(self._retries.in_vain()),
                "without a name (UIDL)": nameless,
            }
        )

    # -- names of mails that stay -------------------------------------------------------------------------------

    def _check_names(self, waiting: list[Waiting]) -> None:
        if not self._deletes and waiting and not any(mail.name for mail in waiting):
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
        if self._deletes or self._written is None:
            return
        new, gone = self._taken - self._written, self._taken - set(there)
        if (not new and not gone) or self._records.change_fetched(new - gone, gone):
            self._taken -= gone
            self._written = set(self._taken)
