"""`history`: a ticket's entries, and what belongs to one: text, original, attachments, decision (B4, B70, B73)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import click

from connector.cli import entries
from connector.cli.escape import escape_lines, json_text
from connector.cli.groups import SubjectGroup
from connector.cli.options import json_option, number_argument
from connector.cli.paging import after_option, say_if_cut
from connector.cli.refusal import Misused, Refused
from connector.cli.session import Session, pass_session
from connector.cli.statuses import text_of
from connector.cli.tables import minutes, print_fields
from connector.cli.ticket_view import print_history
from connector.report.content import person
from storage.report_reads import forwarded_from
from storage.views import EntryDetail, Object

ONE_AT_A_TIME = (
    "one of --original, --html, --attachment K and --decision at a time; "
    "--to FILE not with the last, --json with no other than the last"
)


@click.group(cls=SubjectGroup, subcommand_metavar="NUMBER [list] | show ID …")
def history() -> None:
    """The entries of a ticket: mails, notes, changes. With a ticket's number alone they are listed."""


@history.command("list")
@number_argument
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="At most so many rows.")
@after_option
@json_option
@pass_session
def list_(session: Session, number: str, limit: int, after: int | None, as_json: bool) -> None:
    """List the entries of a ticket, the oldest first."""
    rows = session.store.history(session.row(number)["number"], limit + 1, after or 0)
    forwarded = forwarded_from(session.store.db, number)
    print_history(rows[:limit], forwarded, session.settings.tickets.status_names, as_json=as_json)
    say_if_cut(rows, limit, "id")


@history.command()
@entries.entry_argument
@click.option("--original", is_flag=True, help="Write the mail's bytes as they came.")
@click.option("--html", is_flag=True, help="Write the mail as a harmless HTML page that loads nothing.")
@click.option("--decision", is_flag=True, help="Print what the stages decided, and why, as JSON.")
@click.option("--attachment", type=click.IntRange(1), metavar="K", help="Take out attachment number K.")
@click.option("--to", "target", metavar="FILE", help="A new file, or a folder for it; of an attachment (.).")
@json_option
@pass_session
def show(
    session: Session,
    entry: int,
    original: bool,
    html: bool,
    decision: bool,
    attachment: int | None,
    target: str | None,
    as_json: bool,
) -> None:
    """Show one entry: sender, subject, date, attachments by number, text. What it replied to is not repeated.

    --original and --html write to standard output where --to names no file. An existing file is never overwritten.
    As JSON it is a row of history_v1 with sender_name, on_behalf_name, on_behalf_address, whole_text and files in it.
    """
    from connector.cli import mail_files  # reading mails is heavy; the listing does without

    files = original + html + (attachment is not None)
    if files + decision > 1 or (as_json and files) or (target is not None and not files):
        raise Misused(ONE_AT_A_TIME)
    detail = _entry(session, entry)
    if original:
        mail_files.original(session, detail, target)
    elif html:
        mail_files.page(session, detail, target, _about(detail))
    elif attachment is not None:
        mail_files.attachment(session, detail, attachment, target or ".")
    elif decision:
        _print_decision(detail)
    elif as_json:
        click.echo(json_text(_object(detail)))
    else:
        _print_entry(detail, session.settings.tickets.status_names)


def _entry(session: Session, entry: int) -> EntryDetail:
    """The entry, if the actor may see its ticket."""
    detail = session.store.entry(entry)
    if detail is None:
        raise Refused(f"entry {entry}: there is none with this id; `history NUMBER` lists a ticket's")
    session.ticket(detail.row["ticket"])
    return detail


def _print_decision(detail: EntryDetail) -> None:
    if detail.decision is None:
        raise Refused(f"entry {detail.row['id']} is no mail: nothing was decided on it")
    click.echo(json_text({**json.loads(detail.decision), "entry": detail.row["id"]}))


def _object(detail: EntryDetail) -> Object:
    """The entry for programs: its row of history_v1, and what stands beside it."""
    files = [asdict(one) for one in detail.attachments]
    on_behalf = {"on_behalf_name": detail.on_behalf[0], "on_behalf_address": detail.on_behalf[1]}
    return {
        **detail.row,
        "sender_name": detail.sender_name,
        **on_behalf,
        "whole_text": detail.whole_text,
        "files": files,
    }


def _print_entry(detail: EntryDetail, status_names: Mapping[str, str]) -> None:
    print_fields({**_about(detail), **_authentication(detail)})
    click.echo("\n" + escape_lines(text_of(detail.row, status_names)))


def _authentication(detail: EntryDetail) -> dict[str, str]:
    """How sure it is who wrote a mail, and why (B26)."""
    from connector.pipeline.explain import why_sender  # heavy; the listing does without

    if not detail.row["authentication"] or detail.decision is None:
        return {}
    return {"Authentication": "; ".join((detail.row["authentication"], *why_sender(json.loads(detail.decision))))}


def _about(detail: EntryDetail) -> dict[str, str]:
    """What there is to say of an entry beside its text."""
    row = detail.row
    sender = person(detail.sender_name, row["sender_address"])
    forwarded = {"Forwarded from": person(*detail.on_behalf)} if detail.on_behalf[1] else {}
    marks = ("public" if row["public"] else "not public", "" if row["verified"] else "unverified")
    fields = {
        "Entry": f"{row['id']} of ticket {row['ticket']}: {row['kind']}, {', '.join(filter(None, marks))}",
        "From": sender or row["actor"],
        **forwarded,
        "Date": f"{minutes(row['at'])} (UTC)",
        "Subject": row["subject"],
    }
    files = {
        f"Attachment {one.number}": f"{one.name or '-'} ({one.type}, {one.size} bytes)" for one in detail.attachments
    }
    return {**fields, **files}


for command in (entries.edit, entries.public, entries.private, entries.take):
    history.add_command(command)
