"""What the store knows of a mailbox. It may be away: mail is accepted without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import structlog

from storage import mailboxes
from storage.mailboxes import Position
from storage.records import StoreError
from storage.store import Store

log = structlog.get_logger("intake")


class MailboxRecords:
    """One road's part of the store, opened when it is first asked; for one thread."""

    def __init__(self, label: str, open_store: Callable[[], Store]) -> None:
        self._label = label
        self._open_store = open_store
        self._store: Store | None = None

    @property
    def road(self) -> str:
        """What the mails of this road have in their envelope: `imap:office`."""
        kind, _, name = self._label.partition(":")
        return f"{kind.lower()}:{name}"

    def close(self) -> None:
        """Close the store; it is opened again when it is asked."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def position(self, folder: str) -> Position | None:
        """How far the folder was read. Raises StoreError."""
        return mailboxes.position(self._opened().db, self._label, folder)

    def keep(self, folder: str, position: Position) -> bool:
        """Remember how far it was read; False where the store is away: what is read twice is known by its content."""
        try:
            mailboxes.keep(self._opened().db, self._label, folder, position)
        except StoreError as error:
            log.debug("how far a mailbox was read is not remembered", road=self._label, reason=str(error))
            return False
        return True

    def taken(self, message_ids: Sequence[str]) -> set[tuple[str, int]]:
        """Message-IDs and sizes of mails that were taken by any road. Raises StoreError."""
        return mailboxes.taken(self._opened().db, message_ids)

    def first_taken(self) -> datetime | None:
        """When the first mail came by this road. Raises StoreError."""
        return mailboxes.first_taken(self._opened().db, self.road)

    def fetched(self) -> set[str]:
        """The mails that were taken and left in the mailbox. Raises StoreError."""
        return mailboxes.fetched(self._opened().db, self._label)

    def change_fetched(self, add: Iterable[str], remove: Iterable[str]) -> bool:
        """Remember and forget such mails; False where the store is away."""
        try:
            mailboxes.change_fetched(self._opened().db, self._label, add, remove)
        except StoreError as error:
            log.debug("which mails were taken is not remembered", road=self._label, reason=str(error))
            return False
        return True

    def _opened(self) -> Store:
        if self._store is None:
            self._store = self._open_store()
        return self._store
