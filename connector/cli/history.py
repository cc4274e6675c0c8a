"""`history`: a ticket's entries, and what belongs to one: text, original, attachments, decision (B4, B70, B73)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from connector.cli import entries
from connector.cli.escape import escape_lines, json_text, one_line
from connector.cli.groups import SubjectGroup
from connector.cli.options import json_option, number_argument, offset_option
from connector.cli.refusal import Misused, Refused
from connector.cli.session import Session, pass_session
from connector.cli.statuses import text_of
from connector.cli.tables import minutes, print_fields
from connector.cli.ticket_view import print_history
from connector.mail.attachments import part_bytes
from connector.mail.content import safe_filename
from connector.mail.model import Envelope
from connector.mail.parse import parse
from storage.views import EntryDetail


@click.group(cls=SubjectGroup, subcommand_metavar="NUMBER [list] | show ID …")
def history() -> None:
    """The entries of a ticket: mails, notes, changes. With a ticket's number alone they are listed."""


@history.command("list")
@number_argument
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="At most so many rows.")
@offset_option
@json_option
@pass_session
def list_(session: Session, number: str, limit: int, offset: int, as_json: bool) -> None:
    """List the entries of a ticket, the oldest first."""
    rows = session.store.history(session.row(number)["number"], limit, offset)
    print_history(rows, session.settings.tickets.status_names, as_json=as_json)


@history.command()
@entries.entry_argument
@click.option("--original", is_flag=True, help="Write the mail's bytes as they came to standard output.")
@click.option("--decision", is_flag=True, help="Print what the stages decided, and why, as JSON.")
@click.option("--attachment", type=click.IntRange(1), metavar="K", help="Take out attachment number K.")
@click.option("--to", "target", type=click.Path(path_type=Path), help="File or folder for the attachment (.).")
@pass_session
def show(
    session: Session, entry: int, original: bool, decision: bool, attachment: int | None, target: Path | None
) -> None:
    """Show one entry: sender, subject, date, attachments by number, text. What it replied to is not repeated."""
    if original + decision + (attachment is not None) > 1 or (target and attachment is None):
        raise Misused("one of --original, --decision and --attachment K --to FILE at a time")
    detail = _entry(session, entry)
    if original:
        _write_original(_original(session, detail))
    elif decision:
        _print_decision(detail)
    elif attachment is not None:
        _take_out(_original(session, detail), attachment, target or Path())
    else:
        _print_entry(detail, session.settings.tickets.status_names)


def _entry(session: Session, entry: int) -> EntryDetail:
    """The entry, if the actor may see its ticket."""
    detail = session.store.entry(entry)
    if detail is None:
        raise Refused(f"entry {entry}: there is none with this id; `history NUMBER` lists a ticket's")
    session.ticket(detail.row["ticket"])
    return detail


def _original(session: Session, detail: EntryDetail) -> bytes:
    """The bytes of the mail that the entry is about (B4)."""
    sha256 = detail.row["original_sha256"]
    if not sha256:
        raise Refused(f"entry {detail.row['id']} is no mail: it has no original")
    try:
        return session.originals.read(sha256)
    except FileNotFoundError as error:
        raise Refused(f"the original is missing: {session.originals.path(sha256)}") from error


def _write_original(raw: bytes) -> None:
    """The bytes; a terminal gets them with everything escaped that could control it."""
    if sys.stdout.isatty():
        click.echo(escape_lines(raw.replace(b"\r\n", b"\n").decode("utf-8", "backslashreplace")))
    else:
        sys.stdout.buffer.write(raw)


def _print_decision(detail: EntryDetail) -> None:
    if detail.decision is None:
        raise Refused(f"entry {detail.row['id']} is no mail: nothing was decided on it")
    click.echo(json_text({**json.loads(detail.decision), "entry": detail.row["id"]}))


def _take_out(raw: bytes, number: int, target: Path) -> None:
    """Write an attachment; its own name is used in a folder alone, and nothing is ever overwritten (B73)."""
    mail = parse(raw, Envelope())
    found = next((one for one in mail.attachments if one.number == number), None)
    if found is None:
        raise Refused(f"attachment {number}: the mail has {len(mail.attachments)}")
    file = target / safe_filename(found.name) if target.is_dir() else target
    try:
        with file.open("xb") as opened:
            opened.write(part_bytes(mail, found))
    except FileExistsError as error:
        raise Refused(f"{file} is there already, and is not overwritten: name another one with --to FILE") from error
    click.echo(f"{one_line(file)} ({file.stat().st_size} bytes)")


def _print_entry(detail: EntryDetail, status_names: Mapping[str, str]) -> None:
    row = detail.row
    sender = f"{detail.sender_name} <{row['sender_address']}>" if detail.sender_name else row["sender_address"]
    marks = ("public" if row["public"] else "not public", "" if row["verified"] else "unverified")
    fields = {
        "Entry": f"{row['id']} of ticket {row['ticket']}: {row['kind']}, {', '.join(filter(None, marks))}",
        "From": sender or row["actor"],
        "Date": f"{minutes(row['at'])} (UTC)",
        "Subject": row["subject"],
    }
    files = {
        f"Attachment {one.number}": f"{one.name or '-'} ({one.type}, {one.size} bytes)" for one in detail.attachments
    }
    print_fields({**fields, **files})
    click.echo("\n" + escape_lines(text_of(row, status_names)))


for command in (entries.edit, entries.public, entries.private, entries.take):
    history.add_command(command)
