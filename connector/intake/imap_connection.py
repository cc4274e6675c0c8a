"""One IMAP connection with a folder selected: every command has a time limit, and every error is a RoadFailed.

Mails are named by their UIDs alone (RFC 3501, section 2.3.1.1); nothing but `mark` changes one.
"""

from __future__ import annotations

import imaplib
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NamedTuple

from connector.config.settings import ImapIn
from connector.intake.credentials import Credentials
from connector.intake.dialing import BYTES_PER_SECOND, TimeLimits, failed, tls_context
from connector.intake.imap_client import NO_SENSE, Client
from connector.intake.roads import Looked, RoadFailed
from connector.intake.watchdog import Watchdog

IDLE_SECONDS = 540.0
"""After nine minutes IDLE is begun anew: servers may end it after ten (RFC 2177)."""
LOOK_SECONDS = 0.5
"""So often one who waits looks whether the service stops."""
LITERAL_BYTES = 64 * 1024  # of answers that are no mail
ASKED_AT_ONCE = 200  # mails by their numbers
DELETED, SEEN = rb"\Deleted", rb"\Seen"


LARGEST_UID = 2**32 - 1
"""RFC 3501, section 2.3.1.1."""


class Refused(RoadFailed):
    """The server said no, or what makes no sense; the connection goes on."""


class Letter(NamedTuple):
    """What a mail is known by without its content."""

    uid: int
    size: int  # bytes, as the server says it
    header: bytes  # with its Message-ID alone
    arrived: datetime | None  # in local time without zone


class ImapConnection:
    """Open, logged in, the folder selected. For one thread."""

    def __init__(
        self,
        mailbox: ImapIn,
        credentials: Credentials,
        largest: int,
        watchdog: Watchdog,
        limits: TimeLimits,
        *,
        looking: bool = False,
    ) -> None:
        """With `looking` no folder is made."""
        self._mailbox = mailbox
        self._looking = looking
        self._watchdog = watchdog
        self._limits = limits
        with self._asked(f"no connection to {mailbox.host}:{mailbox.port}"):
            self._client = Client(mailbox, watchdog, limits, max(largest, LITERAL_BYTES))
        try:
            self._log_in(credentials)
            self.uid_validity = self._select()
        except BaseException:
            self.close()
            raise

    def _log_in(self, credentials: Credentials) -> None:
        if self._mailbox.tls == "starttls":
            with self._asked("STARTTLS", urgent=True):
                if not self._client.has_capability("STARTTLS"):
                    raise RoadFailed("the server offers no STARTTLS, and nothing is sent in the clear", urgent=True)
                self._client.starttls(tls_context())
        with self._asked("log-in"):
            credentials.log_in_imap(self._client)
            self._has = set(self._client.capabilities())

    def _select(self) -> int:
        """Select the folder; its UIDVALIDITY."""
        folder = self._mailbox.folder
        with self._asked(f"folder {folder}", urgent=True):
            if self._mailbox.move_to and not (self._looking or self._client.folder_exists(self._mailbox.move_to)):
                self._client.create_folder(self._mailbox.move_to)
            try:
                selected = self._client.select_folder(folder)
            except imaplib.IMAP4.readonly as error:
                raise RoadFailed(f"{folder} can only be read: mails in it cannot be marked", urgent=True) from error
        if b"UIDVALIDITY" not in selected:
            raise RoadFailed(f"the folder {folder} has no UIDVALIDITY: its mails cannot be told apart", urgent=True)
        self._number = int(selected.get(b"EXISTS", 0))
        return int(selected[b"UIDVALIDITY"])

    def looked(self) -> Looked:
        """What there is, and what the server lacks of what is wanted."""
        folder, target = self._mailbox.folder, self._mailbox.move_to
        with self._asked(f"folder {target}"):
            there = not target or self._client.folder_exists(target)
        remarks = [f"the folder {target} is not there yet; the service makes it"] if not there else []
        moves = not target or b"MOVE" in self._has
        if b"UIDPLUS" not in self._has and (self._mailbox.after_accept == "delete" or not moves):
            remarks.append("the server lacks UIDPLUS: mails that were taken stay in the folder, marked as deleted")
        if self._mailbox.idle and not self.can_idle:
            remarks.append(f"the server lacks IDLE: new mail is found every {self._mailbox.poll_seconds} seconds")
        return Looked(f"logged in, {self._number} mails in the folder {folder}", tuple(remarks))

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself."""
        return b"IDLE" in self._has

    def _begin_command(self) -> None:
        if client := getattr(self, "_client", None):
            client.begin_command()

    def close(self) -> None:
        """Say goodbye, if the server still listens, and end the connection."""
        with suppress(OSError, ValueError, imaplib.IMAP4.error, RoadFailed), self._watchdog.limit(LOOK_SECONDS):
            self._client.logout()
        with suppress(OSError, ValueError):
            self._client.shutdown()

    # -- what there is ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Let the server tell what is new."""
        with self._asked("NOOP"):
            self._client.noop()
            self._client.forget_untagged()

    @property
    def has_news(self) -> bool:
        """Whether the server told of new mail since `refresh`."""
        return bool(self._client.tells_of_mail)

    def unseen(self) -> list[int]:
        """The mails that are not marked as read."""
        return self._search(["UNSEEN"])

    def after(self, uid: int) -> list[int]:
        """The mails with greater numbers. `*` is the last mail, whatever its number."""
        return [found for found in self._search(["UID", f"{uid + 1}:*"]) if found > uid]

    def last(self) -> int:
        """The greatest number there is; what a server says of the next one (UIDNEXT) is not believed."""
        return max(self._search(["UID", "*"]), default=0)

    def unseen_of(self, uids: Iterable[int]) -> list[int]:
        """Those of them, or of the first of many, that are still there and not marked as read."""
        asked = sorted(uids)[:ASKED_AT_ONCE]
        return self._search(["UNSEEN", "UID", ",".join(map(str, asked))])

    def since(self, day: datetime) -> list[int]:
        """The mails that arrived on this day or later."""
        return self._search(["SINCE", day.date()])

    def holds(self, uid: int) -> bool:
        """Whether the mail is still there."""
        return uid in self._search(["UID", str(uid)])

    def _search(self, criteria: list[object]) -> list[int]:
        with self._asked("SEARCH"):
            found = set(map(int, self._client.search(criteria)))
        return sorted(uid for uid in found if 0 < uid <= LARGEST_UID)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """The sizes of these mails in bytes; those that are gone are missing."""
        with self._asked("FETCH of sizes"):
            found = self._client.fetch(uids, ["RFC822.SIZE"])
        return {uid: facts[b"RFC822.SIZE"] for uid, facts in found.items() if b"RFC822.SIZE" in facts}

    def letters(self, uids: Sequence[int]) -> list[Letter]:
        """What these mails are known by."""
        asked = ["RFC822.SIZE", "INTERNALDATE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]
        with self._asked("FETCH of headers"):
            found = self._client.fetch(uids, asked)
        return [
            Letter(
                uid,
                facts.get(b"RFC822.SIZE", 0),
                facts.get(b"BODY[HEADER.FIELDS (MESSAGE-ID)]") or b"",
                facts.get(b"INTERNALDATE"),
            )
            for uid, facts in found.items()
        ]

    def content(self, uid: int, size: int) -> bytes:
        """The whole mail, which stays as it is; nothing where the server has none."""
        with self._asked(f"FETCH of mail {uid}", size / BYTES_PER_SECOND):
            found = self._client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {})
        content = found.get(b"BODY[]")
        return content if isinstance(content, bytes) else b""

    # -- what is changed --------------------------------------------------------------------------------------

    def mark(self, uid: int) -> None:
        """Do with an accepted mail what `AfterAccept` says."""
        with self._asked(f"{self._mailbox.after_accept} of mail {uid}"):
            if self._mailbox.move_to:
                self._move(uid)
            elif self._mailbox.after_accept == "delete":
                self._delete(uid)
            else:
                self._client.add_flags([uid], [SEEN], silent=True)

    def _move(self, uid: int) -> None:
        if b"MOVE" in self._has:
            self._client.move([uid], self._mailbox.move_to)
        else:
            self._client.copy([uid], self._mailbox.move_to)
            # failpoint: imap.copied
            self._delete(uid)

    def _delete(self, uid: int) -> None:
        """Without UIDPLUS nothing is expunged: that would take what others have marked too."""
        self._client.add_flags([uid], [DELETED, SEEN], silent=True)
        if b"UIDPLUS" in self._has:
            self._client.uid_expunge([uid])

    # -- waiting ----------------------------------------------------------------------------------------------

    def idle(self, seconds: float, stop: threading.Event) -> None:
        """Wait until the server says something, at most so long."""
        end = time.monotonic() + min(seconds, IDLE_SECONDS)
        try:
            with self._asked("IDLE"):
                self._client.idle()
        except Refused:
            self._has.discard(b"IDLE")  # it is asked again and again from here on
            return
        while not (stop.is_set() or self.has_news) and (left := end - time.monotonic()) > 0:
            with self._asked("IDLE"):
                if self._client.says_something(min(left, LOOK_SECONDS)):
                    break
        with self._asked("DONE"):
            self._client.idle_done()

    @contextmanager
    def _asked(self, what: str, more_seconds: float = 0, *, urgent: bool = False) -> Iterator[None]:
        """One command; `urgent` where a refusal needs a person."""
        try:
            with self._watchdog.limit(self._limits.command + more_seconds):
                self._begin_command()
                yield
        except (OSError, imaplib.IMAP4.error, *NO_SENSE) as error:
            told = failed(what, error, self._watchdog)
            if self._watchdog.cut_short or isinstance(error, OSError | imaplib.IMAP4.abort):
                raise told from error
            urgent = urgent and isinstance(error, imaplib.IMAP4.error)
            raise Refused(str(told), urgent=urgent or told.urgent) from error
