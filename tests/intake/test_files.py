"""Mails out of files: each kind of path gives its mails, and what is none is named."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.intake.files import MailFile, MailFileError, read_mails

MBOX = (
    b"From amy@x.example Mon Nov 23 22:16:00 2026\nSubject: one\n\n>From the start\nFrom the top\n\n"
    b"From here on it is text\n\nFrom bob@x.example Mon Nov 23 22:17:00 2026\nSubject: two\n\nbody\n"
)


def read(*paths: Path | str, stdin: bytes = b"") -> list[MailFile]:
    return list(read_mails([str(path) for path in paths], io.BytesIO(stdin)))


def test_eml__is_given_as_it_is(tmp_path: Path) -> None:
    """B1, B4: the bytes of a file are the mail, whatever they are."""
    raw = b"\xff\0Subject: x\r\n\r\n\nFrom here\r"
    (tmp_path / "a.eml").write_bytes(raw)

    assert read(tmp_path / "a.eml") == [MailFile(str(tmp_path / "a.eml"), raw, "file")]


def test_stdin__is_one_mail() -> None:
    """B1: `-` reads one mail from standard input."""
    assert read("-", stdin=b"Subject: x\n\n") == [MailFile("standard input", b"Subject: x\n\n", "stdin")]


def test_mbox__is_split_at_its_separators(tmp_path: Path) -> None:
    """B1: an mbox gives each of its mails; lines that only begin with From stay in them, escaped ones too."""
    (tmp_path / "mbox").write_bytes(MBOX)

    first, second = read(tmp_path / "mbox")

    assert first.raw == b"Subject: one\n\n>From the start\nFrom the top\n\nFrom here on it is text\n"
    assert second == MailFile(f"{tmp_path / 'mbox'}, mail 2", b"Subject: two\n\nbody\n", "mbox")


def test_mbox__is_not_read_as_a_whole() -> None:
    """B8: the first mail of a large mbox is there before the second is read."""
    lines = iter(MBOX.splitlines(keepends=True))

    class Endless(io.RawIOBase):
        def readline(self, size: int | None = -1, /) -> bytes:
            return next(lines)

        def __iter__(self) -> Iterator[bytes]:
            yield from lines
            raise AssertionError("read beyond the first mail")

    mails = read_mails(["-"], Endless())  # type: ignore[arg-type]

    assert next(mails).raw.startswith(b"Subject: one")


def test_maildir__gives_new_and_cur_by_name(tmp_path: Path) -> None:
    """B1: a Maildir gives its mails in the order of their names, which is that of arrival; tmp is not mail yet."""
    for name in ("cur/1.a:2,S", "new/2.b", "cur/3.c:2,", "tmp/0.x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())

    mails = read(tmp_path)

    assert [mail.raw for mail in mails] == [b"cur/1.a:2,S", b"new/2.b", b"cur/3.c:2,"]
    assert {mail.road for mail in mails} == {"maildir"}


def test_folder__gives_eml_files_by_name(tmp_path: Path) -> None:
    """B105: a folder of .eml files gives them in the order of their names, and nothing else."""
    for name in ("02.eml", "01.EML", "note.txt", ".hidden.eml"):
        (tmp_path / name).write_bytes(name.encode())

    assert [mail.raw for mail in read(tmp_path)] == [b"01.EML", b"02.eml"]


def test_missing__is_named_before_anything_is_read(tmp_path: Path) -> None:
    """B105: paths that are not there are all named, and no mail is read."""
    with pytest.raises(MailFileError, match=r"no such file or folder: a\.eml, b\.eml"):
        read_mails(["-", "a.eml", "b.eml"], io.BytesIO(b""))


def test_folder_without_mail__is_named(tmp_path: Path) -> None:
    """B105: a folder that holds no mail is an error, not silence."""
    with pytest.raises(MailFileError, match="holds no mail"):
        read(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable__is_named(tmp_path: Path) -> None:
    """B105: a file that may not be read is named with the reason."""
    (tmp_path / "a.eml").touch(mode=0)

    with pytest.raises(MailFileError, match=r"a\.eml cannot be read: Permission denied"):
        read(tmp_path / "a.eml")
