"""What people see of the spool and do with it: list, read, retry, release, drop (B7, B9)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from pathlib import Path

from connector.mail.model import Envelope
from connector.spool import Spool, Spooled, read_spooled
from connector.spool_file import SpoolError, TornSpoolFile, read_chunks, read_trailer, sync_folder, temporary
from connector.spool_names import entries, ids, open_mail

STATES = {"new": "spooled", "work": "spooled", "held": "held", "quarantine": "quarantined"}
PEEK = 16 * 1024  # how much of a mail is looked at for a listing
PEEK_TEXT = 500  # characters of a header shown in a listing


class NotInSpool(SpoolError):
    """There is no mail of this id in the state that was asked for."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One mail for a listing; `code` and `reason` are empty while it is spooled, `size` is that of the raw mail."""

    id: str
    state: str  # spooled, held, quarantined
    code: str
    reason: str
    tries: int
    received_at: datetime
    sender: str  # the From header as it reads; shown, never trusted
    subject: str
    size: int


def counts(spool: Spool) -> dict[str, int]:
    """How many mails are spooled, held and quarantined."""
    found = dict.fromkeys(STATES.values(), 0)
    for folder, state in STATES.items():
        found[state] += sum(1 for _ in ids(spool.folder / folder))
    return found


def oldest(spool: Spool) -> datetime | None:
    """When the oldest mail came in that waits or is worked on."""
    first = min((mail for folder in (spool.new, spool.work) for mail in ids(folder)), default=None)
    return _arrival(first) if first else None


def listing(spool: Spool) -> list[QueueRow]:
    """Every mail in the spool, by state and then in the order of arrival."""
    rows = (_row(spool.folder / folder, *entry) for folder in STATES for entry in entries(spool.folder / folder))
    return [row for row in rows if row is not None]


def find(spool: Spool, mail: str, states: Collection[str] = tuple(STATES.values())) -> QueueRow:
    """The row of one mail in one of these states; raises NotInSpool."""
    folders = tuple(folder for folder, state in STATES.items() if state in states)
    rows = (_row(path.parent, mail, tries) for path, tries in _places(spool, mail, folders))
    found = next((row for row in rows if row is not None), None)
    if found is None:
        raise _not_there(mail, folders)
    return found


def read(spool: Spool, mail: str) -> Spooled:
    """One mail, whatever its state; raises NotInSpool or TornSpoolFile."""
    for folder in STATES:
        fd, tries = open_mail(spool.folder / folder, mail)
        if fd >= 0:
            try:
                return read_spooled(fd, mail, tries)
            finally:
                os.close(fd)
    raise _not_there(mail, tuple(STATES))


def retry(spool: Spool, mail: str) -> None:
    """Send a held or quarantined mail through again, its tries forgotten (B7)."""
    path = _find(spool, mail, ("quarantine", "held"))
    spool.move(path, spool.new / f"{mail}.0")
    # failpoint: queue.retried
    _reason_file(path.parent, mail).unlink(missing_ok=True)


def release(spool: Spool, mail: str, how: str, by: str) -> None:
    """Let a held mail through (B9): `how` is as-is or unverified, `by` the person who decided."""
    path = _find(spool, mail, ("held",))
    with temporary(f"mail {mail} could not be released"), path.open("rb") as source:
        envelope = replace(read_trailer(source.fileno()).envelope, release=how, released_by=by)
        _rewrite(spool, source.fileno(), envelope, path)
        # failpoint: queue.released
    retry(spool, mail)


def drop(spool: Spool, mail: str) -> None:
    """Remove a mail for good that waits, is held or quarantined; one that is worked on is left alone."""
    claim = spool.claim(mail)
    if claim is not None:
        claim.done()
        return
    path = _find(spool, mail, ("quarantine", "held"))
    path.unlink(missing_ok=True)
    # failpoint: queue.dropped
    _reason_file(path.parent, mail).unlink(missing_ok=True)


def _rewrite(spool: Spool, fd: int, envelope: Envelope, path: Path) -> None:
    """Put the same mail with another envelope in the place of a spool file, in one step."""
    trailer = read_trailer(fd)
    incoming = spool.incoming()
    try:
        for chunk in read_chunks(fd, trailer):
            incoming.write(chunk)
    except BaseException:
        incoming.discard()
        raise
    incoming.seal(envelope, trailer.received_at)
    with incoming.finish() as file:
        file.sync()
        file.place(path)
    sync_folder(path.parent)


def _find(spool: Spool, mail: str, folders: tuple[str, ...]) -> Path:
    path, _ = next(_places(spool, mail, folders), (None, 0))
    if path is None:
        raise _not_there(mail, folders)
    return path


def _places(spool: Spool, mail: str, folders: tuple[str, ...]) -> Iterator[tuple[Path, int]]:
    """Where a mail's file stands, and its tries."""
    for folder in folders:
        fd, tries = open_mail(spool.folder / folder, mail)
        if fd >= 0:
            os.close(fd)
            yield spool.folder / folder / f"{mail}.{tries}", tries


def _not_there(mail: str, folders: tuple[str, ...]) -> NotInSpool:
    states = " or ".join(dict.fromkeys(STATES[folder] for folder in folders))
    return NotInSpool(f"no mail {mail!r} is {states}; `queue list` shows what there is")


def _row(folder: Path, mail: str, tries: int) -> QueueRow | None:
    """The row of one mail; None where it has just gone elsewhere."""
    state = STATES[folder.name]
    try:
        fd = os.open(folder / f"{mail}.{tries}", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        code, reason = _reason(folder, mail)
        trailer = read_trailer(fd)
        sender, subject = peek(os.pread(fd, min(PEEK, trailer.length), 0))
        return QueueRow(mail, state, code, reason, tries, trailer.received_at, sender, subject, trailer.length)
    except TornSpoolFile as error:
        return QueueRow(mail, state, "torn", str(error), tries, _arrival(mail), "", "", os.fstat(fd).st_size)
    finally:
        os.close(fd)


def _reason(folder: Path, mail: str) -> tuple[str, str]:
    try:
        values = json.loads(_reason_file(folder, mail).read_bytes())
        return str(values["code"]), str(values["text"])
    except (OSError, ValueError, KeyError):
        return "", ""


def _reason_file(folder: Path, mail: str) -> Path:
    return folder / f"{mail}.reason"


def _arrival(mail: str) -> datetime:
    """When a mail came in, by its id."""
    return datetime.fromtimestamp(int(mail[:16], 16) / 1e9, UTC)


def peek(head: bytes) -> tuple[str, str]:
    """From and Subject out of a mail's first bytes, as text that can be shown; empty where they are not there."""
    header = head.replace(b"\r\n", b"\n").lstrip(b"\xef\xbb\xbf\n").partition(b"\n\n")[0]
    return _peek_field(header, b"From"), _peek_field(header, b"Subject")


def _peek_field(header: bytes, name: bytes) -> str:
    found = re.search(rb"^" + name + rb":((?:[^\n]|\n[ \t])*)", header, re.IGNORECASE | re.MULTILINE)
    if not found:
        return ""
    text = found[1][: 4 * PEEK_TEXT].decode("utf-8", "replace").replace("\n", "").strip()
    with suppress(ValueError, LookupError):  # what cannot be decoded is shown as it was written
        text = str(make_header(decode_header(text)))
    return "".join(char if char.isprintable() else " " for char in text)[:PEEK_TEXT]
