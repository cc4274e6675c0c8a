"""`queue`: mail that waits, is held or is quarantined, and what people do with it (B7, B9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from connector import spool_queue
from connector.cli.actor import authorise
from connector.cli.escape import escape_lines, json_text, one_line
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option
from connector.cli.rejecting import reject_mail
from connector.cli.session import Session, pass_session
from connector.cli.tables import Column, Row, column, print_fields, print_rows, time_column
from connector.mail.parse import parse
from connector.privileges import OTHER_TICKETS
from connector.spool import Spooled
from connector.spool_file import SpoolError, TornSpoolFile
from connector.spool_queue import QueueRow
from storage.times import to_text

COLUMNS = (
    column("id", "id", fixed=True),
    column("state", "state", fixed=True),
    time_column("received UTC", "received_at"),
    column("from", "from"),
    column("subject", "subject", weight=3),
    Column("reason", lambda row: row["reason"]),
)

ids_argument = click.argument(
    "mails", nargs=-1, required=True, metavar="ID...", help="The mails' ids, as `queue list` shows them."
)
id_argument = click.argument("mail", metavar="ID", help="The mail's id, as `queue list` shows it.")


@click.group(cls=DefaultGroup, subcommand_metavar="[list|show|retry|release|reject|drop] …")
def queue() -> None:
    """Mail that waits, is held or is quarantined. Without a further word it is listed.

    It belongs to no ticket yet, so that the privilege other-employees-tickets is needed.
    """


@queue.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the queue: spooled, held and quarantined mail, each in the order of arrival."""
    authorise(session.actor, OTHER_TICKETS, to="see the queue")
    rows = [_object(row) for row in spool_queue.listing(session.spool)]
    print_rows(rows, COLUMNS, as_json=as_json, empty="the queue is empty")


def _object(row: QueueRow) -> Row:
    return {
        "id": row.id,
        "state": row.state,
        "reason": row.reason,
        "tries": row.tries,
        "received_at": to_text(row.received_at),
        "from": row.sender,
        "subject": row.subject,
        "size": row.size,
    }


@queue.command()
@id_argument
@json_option
@pass_session
def show(session: Session, mail: str, as_json: bool) -> None:
    """Show one mail: where it is and why, its envelope, its text."""
    authorise(session.actor, OTHER_TICKETS, to="see the queue")
    row = next((row for row in spool_queue.listing(session.spool) if row.id == mail), None)
    if row is not None and row.code == "torn":
        found, text = _object(row), ""
    else:
        spooled = spool_queue.read(session.spool, mail)
        found, text = {**(_object(row) if row else {}), **_envelope(spooled)}, _text(spooled)
    if as_json:
        click.echo(json_text({name.replace(" ", "_"): value for name, value in found.items()} | {"text": text}))
        return
    print_fields(found)
    if text:
        click.echo("\n" + escape_lines(text))


def _envelope(spooled: Spooled) -> dict[str, object]:
    envelope = spooled.envelope
    return {
        "road": envelope.road,
        "envelope from": envelope.mail_from or ("<>" if envelope.has_sender else ""),
        "envelope to": ", ".join(envelope.rcpt_to),
        "client": " ".join(filter(None, (envelope.client, envelope.helo))),
    }


def _text(spooled: Spooled) -> str:
    """The mail's text; one that is in quarantine may be one that cannot be parsed."""
    try:
        return parse(spooled.raw, spooled.envelope).text
    except Exception as error:
        return f"(its text cannot be shown: {type(error).__name__}: {error})"


@queue.command()
@ids_argument
@pass_session
def retry(session: Session, mails: tuple[str, ...]) -> None:
    """Send held or quarantined mails through again, their tries forgotten."""
    authorise(session.actor, OTHER_TICKETS, to="retry mails")
    _each(mails, lambda mail: spool_queue.retry(session.spool, mail), "waits for the service")


@queue.command()
@ids_argument
@click.option("--as-unverified", is_flag=True, help="File it as unverified: Not Public, seen by employees alone.")
@pass_session
def release(session: Session, mails: tuple[str, ...], as_unverified: bool) -> None:
    """Let held mails through."""
    authorise(session.actor, OTHER_TICKETS, to="release mails")
    how = "unverified" if as_unverified else "as-is"
    by = session.actor.name
    _each(mails, lambda mail: spool_queue.release(session.spool, mail, how, by), "is released, waits for the service")


@queue.command()
@ids_argument
@pass_session
def reject(session: Session, mails: tuple[str, ...]) -> None:
    """Refuse held mails: they leave the queue, their originals are kept, nobody is told."""
    authorise(session.actor, OTHER_TICKETS, to="reject mails")
    _each(mails, lambda mail: reject_mail(session, mail, ("held",)), "is rejected, its original is kept")


@queue.command()
@ids_argument
@pass_session
def drop(session: Session, mails: tuple[str, ...]) -> None:
    """Take waiting, held or quarantined mails out of the queue; their originals are kept."""
    authorise(session.actor, OTHER_TICKETS, to="drop mails")
    states = ("spooled", "held", "quarantined")
    _each(mails, lambda mail: reject_mail(session, mail, states), "is dropped, its original is kept")


def _each(mails: Sequence[str], do: Callable[[str], None], done: str) -> None:
    """Do it for every mail; one that is refused does not keep the others from it."""
    refused = False
    for mail in dict.fromkeys(mails):
        try:
            do(mail)
            click.echo(f"{mail} {done}")
        except (SpoolError, TornSpoolFile) as error:
            click.echo(f"Error: {one_line(error)}", err=True)
            refused = True
    if refused:
        raise click.exceptions.Exit(1)
