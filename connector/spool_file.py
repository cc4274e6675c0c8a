"""One spooled mail on disk: the raw bytes, one line of JSON (the trailer), and a footer of fixed size.

The footer holds a magic word, the trailer's length and its CRC-32, so that a mail can be streamed to disk before its
size and hash are known, and a torn file is known for one.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType

from connector.mail.model import Envelope
from storage.values import frozen

MAGIC = b"CMTSPOOL"
FOOTER = struct.Struct(">8sII")  # magic, length of the trailer, its CRC-32
IN_MEMORY = 256 * 1024  # what a mail may hold in memory before it goes to a file
CHUNK = 1024 * 1024
ENVELOPE_FIELDS = tuple(field.name for field in fields(Envelope))
ENVELOPE = "{" + ",".join(f'"{name}":%s' for name in ENVELOPE_FIELDS) + "}"
TRAILER = f'{{"envelope":{ENVELOPE},"received_at":"%s","length":%d,"sha256":"%s"}}\n'
as_json = lru_cache(maxsize=32, typed=True)(json.JSONEncoder(separators=(",", ":")).encode)
"""A value of an envelope: what is not text is slow to write, and the same in most mails."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class SpoolError(Exception):
    """The spool cannot do it now; the text says why, for people. Trying again may help."""


class SpoolFull(SpoolError):
    """There is no room on the spool's disk."""


class TornSpoolFile(Exception):
    """The file is not what was accepted: cut, or changed; the text says how."""


@frozen
class Trailer:
    """What the spool knows of a mail besides its bytes; `length` in bytes, `sha256` of the raw mail."""

    envelope: Envelope
    received_at: datetime
    length: int
    sha256: str

    def encode(self) -> bytes:
        """The trailer and the footer, as they stand behind the raw bytes."""
        envelope = [as_json(getattr(self.envelope, name)) for name in ENVELOPE_FIELDS]
        line = (TRAILER % (*envelope, self.received_at.isoformat(), self.length, self.sha256)).encode("ascii")
        return line + FOOTER.pack(MAGIC, len(line), zlib.crc32(line))


class TempFile:
    """A file being written, locked so that no sweep of the folder takes it away from its writer.

    As a context it is removed when something fails inside, else closed.
    """

    def __init__(self, folder: Path) -> None:
        self.path = f"{folder}/{os.urandom(12).hex()}"
        self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # failpoint: file.created
        except OSError:
            self.discard()
            raise

    def write(self, data: bytes) -> None:
        """Write all of the data, however little the system takes at a time."""
        written = os.write(self.fd, data)
        while written < len(data):
            written += os.write(self.fd, memoryview(data)[written:])

    def sync(self) -> None:
        """Bring the file's content to the disk."""
        os.fsync(self.fd)

    def place(self, target: str | Path) -> None:
        """Give the file its name; the lock stays until `close`."""
        os.rename(self.path, target)
        self.path = os.fspath(target)

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def detach(self) -> int:
        """The descriptor, still open and locked, for the caller to close."""
        fd, self.fd = self.fd, -1
        return fd

    def discard(self) -> None:
        """Remove the file, whatever name it has by now."""
        with suppress(FileNotFoundError):
            os.unlink(self.path)
        self.close()

    def __enter__(self) -> TempFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close() if error is None else self.discard()


class IncomingFile:
    """A mail on its way in: collected in memory up to 256 KiB, beyond that in a file under tmp/.

    `write` and `finish` raise OSError when the disk does not take it.
    """

    def __init__(self, folder: Path) -> None:
        self.size = 0
        self._folder = folder
        self._hash = hashlib.sha256()
        self._chunks: list[bytes] = []
        self._file: TempFile | None = None

    @classmethod
    def holding(cls, folder: Path, raw: bytes) -> IncomingFile:
        """A mail that is in memory as a whole already."""
        incoming = cls(folder)
        incoming._append(raw)
        return incoming

    @property
    def large(self) -> bool:
        """Whether writing the mail takes long enough to hold up smaller ones."""
        return self.size > IN_MEMORY

    def write(self, chunk: bytes) -> None:
        """Add the next bytes of the mail."""
        self._append(chunk)
        if self.large:
            self._spill()
            # failpoint: file.begun

    def seal(self, envelope: Envelope, received_at: datetime) -> None:
        """The mail is whole: its trailer follows."""
        self._chunks.append(Trailer(envelope, received_at, self.size, self._hash.hexdigest()).encode())

    def finish(self) -> TempFile:
        """The whole file, written but not synced; it is the caller's from now on. `seal` comes first.

        Where the disk does not take it, nothing of the mail is left.
        """
        try:
            file = self._spill()
        except BaseException:
            self.discard()
            raise
        self._file = None
        return file

    def discard(self) -> None:
        """Forget the mail and remove its file, if it has one."""
        self._chunks.clear()
        if self._file is not None:
            self._file.discard()
            self._file = None

    def _append(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._hash.update(chunk)
        self._chunks.append(chunk)

    def _spill(self) -> TempFile:
        """Move what is in memory to the file."""
        self._file = self._file or TempFile(self._folder)
        if self._chunks:
            self._file.write(b"".join(self._chunks) if len(self._chunks) > 1 else self._chunks[0])
            self._chunks.clear()
        return self._file


def read_trailer(fd: int) -> Trailer:
    """The trailer of an open spool file; raises TornSpoolFile where the file is not whole."""
    size = os.fstat(fd).st_size
    footer = os.pread(fd, FOOTER.size, max(0, size - FOOTER.size))
    if len(footer) < FOOTER.size or not footer.startswith(MAGIC):
        raise TornSpoolFile(f"the file of {size} bytes has no footer: it was cut")
    _, length, checksum = FOOTER.unpack(footer)
    start = size - FOOTER.size - length
    line = os.pread(fd, length, start) if start >= 0 else b""
    if zlib.crc32(line) != checksum or len(line) != length:
        raise TornSpoolFile("the envelope's checksum does not fit: the file was damaged")
    trailer = _decode(line)
    if trailer.length != start:
        raise TornSpoolFile(f"{trailer.length} bytes were accepted, {start} bytes are in the file")
    return trailer


def _decode(line: bytes) -> Trailer:
    values = json.loads(line)
    known = {name: value for name, value in values["envelope"].items() if name in ENVELOPE_FIELDS}
    known["rcpt_to"] = tuple(known.get("rcpt_to", ()))
    received_at = datetime.fromisoformat(values["received_at"])
    return Trailer(Envelope(**known), received_at, values["length"], values["sha256"])


def read_chunks(fd: int, trailer: Trailer) -> Iterator[bytes]:
    """The raw mail in pieces; raises TornSpoolFile at the end where its hash is not the accepted one."""
    digest = hashlib.sha256()
    position = 0
    while position < trailer.length:
        chunk = os.pread(fd, min(CHUNK, trailer.length - position), position)
        if not chunk:
            break
        digest.update(chunk)
        position += len(chunk)
        yield chunk
    if digest.hexdigest() != trailer.sha256:
        raise TornSpoolFile("the mail's SHA-256 is not that of what was accepted: the file was damaged")


def read_raw(fd: int, trailer: Trailer) -> bytes:
    """The raw mail as a whole, checked like `read_chunks`."""
    raw = os.pread(fd, trailer.length, 0)
    if len(raw) != trailer.length or hashlib.sha256(raw).hexdigest() != trailer.sha256:
        raise TornSpoolFile("the mail's SHA-256 is not that of what was accepted: the file was damaged")
    return raw


@dataclass(frozen=True, slots=True)
class temporary:
    """Turn a fault of the disk into SpoolFull or SpoolError, which tell the sender to try again (B6)."""

    what: str

    def __enter__(self) -> None:
        """Nothing to do yet."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, OSError):
            raise fault(self.what, error) from error


def fault(what: str, error: OSError) -> SpoolError:
    """A fault of the disk as what the sender is told."""
    return (SpoolFull if error.errno in FULL else SpoolError)(f"{what}: {error.strerror or error}")


def sync_folder(folder: str | Path) -> None:
    """Bring a folder's names to the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sweep(folder: Path) -> None:
    """Remove what a crash left half written in a folder of temporary files; what a living process writes stays."""
    for path in list(folder.iterdir()):
        with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
