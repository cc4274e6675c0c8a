"""What `history show` writes of a mail: its original, an attachment, a harmless page (B4, B73)."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from connector.cli.escape import escape_lines, one_line
from connector.cli.refusal import Refused
from connector.cli.session import Session
from connector.cli.writing import write_new
from connector.mail.attachments import part_bytes
from connector.mail.content import safe_filename
from connector.mail.model import Envelope
from connector.mail.parse import parse
from storage.views import EntryDetail


def original(session: Session, detail: EntryDetail, target: str | None) -> None:
    """The mail's bytes; a terminal gets them with everything escaped that could control it."""
    raw = _raw(session, detail)
    if target is not None:
        _write(target, f"entry-{detail.row['id']}.eml", raw)
    elif sys.stdout.isatty():
        click.echo(escape_lines(raw.replace(b"\r\n", b"\n").decode("utf-8", "backslashreplace")))
    else:
        sys.stdout.buffer.write(raw)


def page(session: Session, detail: EntryDetail, target: str | None, about: Mapping[str, str]) -> None:
    """The mail as a document without anything that loads, runs or controls a terminal."""
    from connector.report.mail_page import mail_page  # heavy; the other parts do without

    html = mail_page(parse(_raw(session, detail), Envelope()), about)
    if target is None:
        click.echo(html)
    else:
        _write(target, f"entry-{detail.row['id']}.html", html.encode())


def attachment(session: Session, detail: EntryDetail, number: int, target: str) -> None:
    """An attachment's content; its own name, made safe, is used in a folder alone (B73)."""
    mail = parse(_raw(session, detail), Envelope())
    found = next((one for one in mail.attachments if one.number == number), None)
    if found is None:
        raise Refused(f"attachment {number}: the mail has {len(mail.attachments)}")
    _write(target, safe_filename(found.name), part_bytes(mail, found))


def _raw(session: Session, detail: EntryDetail) -> bytes:
    """The bytes of the mail that the entry is about (B4)."""
    sha256 = detail.row["original_sha256"]
    if not sha256:
        raise Refused(f"entry {detail.row['id']} is no mail: it has no original")
    try:
        return session.originals.read(sha256)
    except FileNotFoundError as error:
        raise Refused(f"the original is missing: {session.originals.path(sha256)}") from error


def _write(target: str, name: str, content: bytes) -> None:
    """Write a new file: the target itself, or one of this name where it is a folder."""
    file = Path(target)
    if file.is_dir():
        file /= name
    elif target.endswith(os.sep):
        raise Refused(f"{target}: there is no such folder")
    write_new(file, content)
    click.echo(f"{one_line(file)} ({len(content)} bytes)")
