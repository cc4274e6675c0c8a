"""Mails out of files: .eml, mbox, Maildir, a folder of .eml files, standard input (B1, B105)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

STDIN = "-"
SEPARATOR = re.compile(rb"From \S.*\d\d:\d\d.* \d{4}")  # From amy@x.example Mon Nov 23 22:16:00 2026


class MailFileError(Exception):
    """A path gives no mail; the text says which and why."""


class MailFile(NamedTuple):
    """One mail; `name` tells people where it lay, `road` is file, mbox, maildir or stdin."""

    name: str
    raw: bytes
    road: str


def read_mails(paths: Sequence[str], stdin: BinaryIO) -> Iterator[MailFile]:
    """Every mail of the paths, in their order; `-` is standard input.

    Paths that are not there are reported before the first mail is read. An mbox is read mail by mail, a line of a mail
    that was escaped with `>From ` stays so. Raises MailFileError.
    """
    missing = [path for path in paths if path != STDIN and not Path(path).exists()]
    if missing:
        raise MailFileError(f"no such file or folder: {', '.join(missing)}")
    return (mail for path in paths for mail in _read(path, stdin))


def _read(path: str, stdin: BinaryIO) -> Iterator[MailFile]:
    try:
        if path == STDIN:
            yield from _read_stream("standard input", stdin, "stdin", "stdin")
        elif Path(path).is_dir():
            yield from _read_folder(Path(path))
        else:
            with Path(path).open("rb") as file:
                yield from _read_stream(path, file, "file", "mbox")
    except OSError as error:
        raise MailFileError(f"{error.filename or path} cannot be read: {error.strerror}") from error


def _read_stream(name: str, file: BinaryIO, road: str, mbox_road: str) -> Iterator[MailFile]:
    """The one mail of a file, or all of an mbox: a file that begins with a separator."""
    first = file.readline()
    if not first.startswith(b"From "):
        yield MailFile(name, first + file.read(), road)
        return
    for number, raw in enumerate(_split_mbox(file), start=1):
        yield MailFile(f"{name}, mail {number}", raw, mbox_road)


def _split_mbox(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The mails behind the first separator; the empty line in front of each separator is not the mail's."""
    mail: list[bytes] = []
    for line in lines:
        if line.startswith(b"From ") and _ends_with_empty_line(mail) and SEPARATOR.match(line):
            yield b"".join(mail[:-1])
            mail.clear()
        else:
            mail.append(line)
    yield b"".join(mail[:-1] if _ends_with_empty_line(mail) else mail)


def _ends_with_empty_line(mail: list[bytes]) -> bool:
    return bool(mail) and mail[-1] in (b"\n", b"\r\n")


def _read_folder(folder: Path) -> Iterator[MailFile]:
    """The mails of a Maildir (cur and new), else the .eml files of a folder, by name."""
    maildir = [folder / name for name in ("new", "cur") if (folder / name).is_dir()]
    found = [path for part in maildir or [folder] for path in part.iterdir() if _is_mail(path, bool(maildir))]
    if not found and not maildir:
        raise MailFileError(f"{folder} holds no mail: neither .eml files nor the folders cur and new of a Maildir")
    for path in sorted(found, key=lambda path: path.name):
        yield MailFile(str(path), path.read_bytes(), "maildir" if maildir else "file")


def _is_mail(path: Path, maildir: bool) -> bool:
    return not path.name.startswith(".") and path.is_file() and (maildir or path.suffix.lower() == ".eml")
