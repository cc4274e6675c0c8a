"""Holds originals and spool against the store: what is missing, damaged, or belongs to nobody (B4, B9, B97)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from connector import spool_queue
from connector.mail.model import Envelope
from connector.mail.parse import parse
from connector.originals import SHA256, Originals
from connector.spool import Spool
from connector.spool_file import TornSpoolFile
from storage import verify
from storage.database import Database
from storage.verify import WARNING, Finding, Original

FROM_BACKUP = "copy it out of a backup of the originals; nothing in the store has to be changed for that"
NOBODYS = (
    "nothing: it is left where a mail was kept and the program then crashed, or the store was restored from an older "
    "backup; look at it before you remove it"
)
Step = Callable[[int], None]


def originals(db: Database, folder: Path, step: Step, *, quick: bool = False) -> Iterator[Finding]:
    """Every original that is pointed to is there, and every file is what its name says; `quick` trusts sizes."""
    kept = Originals(folder)
    pointed: set[bytes] = set()
    for original in verify.originals(db):
        if SHA256.fullmatch(original.sha256):
            pointed.add(bytes.fromhex(original.sha256))
            yield from _original(kept, original, quick=quick)
        step(1)
    for name in kept.names():
        if not SHA256.fullmatch(name):
            yield Finding("stray-file", f"original {name}", "it has no original's name", NOBODYS, WARNING)
        elif bytes.fromhex(name) not in pointed:
            yield Finding("orphan", f"original {name}", "nothing points to it", NOBODYS, WARNING)
            yield from _original(kept, Original(name, None, "nothing"), quick=quick)


def _original(kept: Originals, original: Original, *, quick: bool) -> Iterator[Finding]:
    where = f"original {original.sha256}"
    try:
        sha256, size = (original.sha256, kept.size(original.sha256)) if quick else kept.measure(original.sha256)
    except FileNotFoundError:
        yield Finding("original-missing", where, f"it is not there; {original.place} points to it", FROM_BACKUP)
        return
    except OSError as error:
        yield Finding("original-unreadable", where, str(error), FROM_BACKUP)
        return
    if sha256 != original.sha256:
        yield Finding("original-damaged", where, f"its SHA-256 is {sha256}", FROM_BACKUP)
    elif original.size not in (None, size):
        told = f"it has {size} bytes, {original.size} were accepted"
        yield Finding("original-size", where, told, FROM_BACKUP)


def attachments(db: Database, folder: Path) -> Iterator[Finding]:
    """Every attachment that the history lists is in the original under its number."""
    kept = Originals(folder)
    for entry, sha256, listed in verify.attachments(db):
        try:
            found = {one.number: one.size for one in parse(kept.read(sha256), Envelope()).attachments}
        except (OSError, ValueError):
            continue  # told already: the original is missing or has no name
        if wrong := [str(number) for number, size in listed.items() if found.get(number) != size]:
            what = f"its attachment {', '.join(wrong)} is not that of the original"
            todo = "look at the whole original: `email-connector history show ID --original`"
            yield Finding("attachment", f"entry {entry}", what, todo)


def spooled(db: Database, folder: Path) -> Iterator[Finding]:
    """Mails that the ledger calls held are in the spool, and what is held or quarantined there is whole."""
    ledger = verify.set_aside(db)
    spool = Spool(folder)
    found = {row.id: row for row in spool_queue.listing(spool)}
    for mail, outcome in ledger.items():
        if mail not in found and not _is_there(spool, mail) and mail in verify.set_aside(db):  # decided meanwhile?
            todo = "take its original through again: `email-connector process ORIGINAL`"
            yield Finding("held-missing", f"mail {mail}", f"it is {outcome}, but not in the spool", todo)
    for mail, row in found.items():
        if row.code == "torn":
            todo = "its sender has to send it again; move the file away by hand"
            yield Finding("spool-damaged", f"mail {mail}", row.reason, todo)
        elif row.state == "held" and mail not in ledger:
            what = "it is held, but the store does not know it"
            todo = "let it through or reject it: `email-connector queue show` and `queue release` or `queue reject`"
            yield Finding("held-unknown", f"mail {mail}", what, todo, WARNING)


def _is_there(spool: Spool, mail: str) -> bool:
    """Whether a mail is there that changed its folder meanwhile."""
    try:
        spool_queue.read(spool, mail)
    except (spool_queue.NotInSpool, TornSpoolFile):
        return False
    return True
