"""Which mails of a folder were never taken, where the server has numbered its mails anew (another UIDVALIDITY)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from connector.intake.imap_connection import ImapConnection, Letter, Refused
from connector.intake.mailbox_records import MailboxRecords
from connector.mail.model import Envelope
from connector.mail.parse import parse

LETTERS = 200
CLOCKS_APART = timedelta(minutes=10)
"""So far the server's clock may be from ours."""


def unknown_to_store(connection: ImapConnection, records: MailboxRecords, stays: bool) -> list[int]:
    """What came since the first mail was taken and the store does not know. Raises StoreError, RoadFailed.

    A mail that was never taken is found, be it read or not; one that lay there before the first was, is not. What
    would be moved or deleted (`stays` is false) is not compared: it would not be there if it had been taken.
    """
    first = records.first_taken()
    if first is None:
        return []
    unknown: list[int] = []
    came = connection.since(first - timedelta(days=1))
    for start in range(0, len(came), LETTERS):
        letters = _letters(connection, came[start : start + LETTERS])
        letters = [one for one in letters if _is_since(one, first - CLOCKS_APART)]
        names = {one.uid: parse(one.header, Envelope()).message_id for one in letters}
        taken = records.taken(list(names.values())) if stays else set()
        unknown += [one.uid for one in letters if not names[one.uid] or (names[one.uid], one.size) not in taken]
    return unknown


def _letters(connection: ImapConnection, uids: Sequence[int]) -> list[Letter]:
    """What mails are known by; of one that the server fails at nothing is known."""
    try:
        return connection.letters(uids)
    except Refused:
        if len(uids) == 1:
            return [Letter(uids[0], 0, b"", None)]
        return [letter for uid in uids for letter in _letters(connection, [uid])]


def _is_since(letter: Letter, first: datetime) -> bool:
    return letter.arrived is None or letter.arrived.astimezone() >= first
