"""Takes a mail out of the queue for good: its original is kept, and the ledger says who did it (B4, B9)."""

from __future__ import annotations

import hashlib

from connector import spool_queue
from connector.cli.session import Session
from connector.clock import utc_now
from connector.spool import Spooled
from connector.spool_file import SpoolError, TornSpoolFile
from connector.spool_queue import QueueRow
from storage.records import Filing, MailRecord


def reject_mail(session: Session, mail: str, states: tuple[str, ...]) -> None:
    """First original and ledger, then the queue: a crash in between leaves a mail that can be rejected again."""
    row = spool_queue.find(session.spool, mail, states)
    try:
        spooled = spool_queue.read(session.spool, mail)
    except TornSpoolFile as error:
        raise SpoolError(
            f"{mail} is damaged, no original can be kept of it: {error}; move the file away by hand"
        ) from error
    sha256 = hashlib.sha256(spooled.raw).hexdigest()
    session.originals.keep(spooled.raw, sha256)
    session.store.file(Filing(_record(session, row, spooled, sha256), utc_now(), session.actor.name))
    spool_queue.drop(session.spool, mail)


def _record(session: Session, row: QueueRow, spooled: Spooled, sha256: str) -> MailRecord:
    """The ledger's row; what the stages had found out about the mail stays in it."""
    known = session.store.mail(row.id) or {}
    return MailRecord(
        spool_id=row.id,
        received_at=spooled.received_at,
        road=spooled.envelope.road,
        sha256=sha256,
        size=len(spooled.raw),
        message_id=known.get("message_id", ""),
        dedupe_key=None,
        sender=known.get("sender", ""),
        subject=known.get("subject", row.subject),
        outcome="rejected",
        reason=f"rejected by {session.actor.name}",
        decision=known.get("decision"),
    )
