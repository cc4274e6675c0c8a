"""`queue`: mail that waits, is held or is quarantined, and what people do with it (B7, B9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from connector import spool_queue
from connector.cli.actor import authorise
from connector.cli.escape import one_line
from connector.cli.following import say_if_nobody_works
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option
from connector.cli.queue_choices import choice_of, choices, forget, remember
from connector.cli.queue_view import queue_object, show_mail
from connector.cli.rejecting import reject_mail
from connector.cli.session import Session, pass_session
from connector.cli.tables import Column, column, print_rows, time_column
from connector.pipeline.holding import AS_IS, REJECT, UNVERIFIED
from connector.privileges import OTHER_TICKETS
from connector.spool_file import SpoolError, TornSpoolFile

COLUMNS = (
    column("id", "id", fixed=True),
    column("state", "state", fixed=True),
    time_column("received UTC", "received_at"),
    column("from", "from"),
    column("subject", "subject", weight=3),
    Column("reason", lambda row: row["reason"]),
)

remember_option = click.option(
    "--remember",
    "as_rule",
    is_flag=True,
    help="Do so with all later mail of this sender that would be held for the same reason.",
)
ids_argument = click.argument(
    "mails", nargs=-1, required=True, metavar="ID...", help="The mails' ids, as `queue list` shows them."
)
id_argument = click.argument("mail", metavar="ID", help="The mail's id, as `queue list` shows it.")


@click.group(cls=DefaultGroup, subcommand_metavar="[list|show|retry|release|reject|drop|choices|forget] …")
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
    rows = [queue_object(row) for row in spool_queue.listing(session.spool)]
    print_rows(rows, COLUMNS, as_json=as_json, empty="the queue is empty")


@queue.command()
@id_argument
@json_option
@pass_session
def show(session: Session, mail: str, as_json: bool) -> None:
    """Show one mail: where it is and why, its envelope, its text; of a held one what can be done with it."""
    authorise(session.actor, OTHER_TICKETS, to="see the queue")
    show_mail(session, mail, as_json=as_json)


@queue.command()
@ids_argument
@pass_session
def retry(session: Session, mails: tuple[str, ...]) -> None:
    """Send held or quarantined mails through again, their tries forgotten."""
    authorise(session.actor, OTHER_TICKETS, to="retry mails")
    _each(mails, lambda mail: spool_queue.retry(session.spool, mail), "waits for the service")
    say_if_nobody_works(session)


@queue.command()
@ids_argument
@click.option("--as-unverified", is_flag=True, help="File it as unverified: Not Public, seen by employees alone.")
@remember_option
@pass_session
def release(session: Session, mails: tuple[str, ...], as_unverified: bool, as_rule: bool) -> None:
    """Let held mails through."""
    authorise(session.actor, OTHER_TICKETS, to="release mails")
    how = UNVERIFIED if as_unverified else AS_IS

    def let_through(mail: str) -> None:
        spool_queue.release(session.spool, mail, how, session.actor.name)

    do = _remembering(session, how, let_through) if as_rule else let_through
    _each(mails, do, "is released, waits for the service")
    say_if_nobody_works(session)


@queue.command()
@ids_argument
@remember_option
@pass_session
def reject(session: Session, mails: tuple[str, ...], as_rule: bool) -> None:
    """Refuse held mails: they leave the queue, their originals are kept, nobody is told."""
    authorise(session.actor, OTHER_TICKETS, to="reject mails")

    def refuse(mail: str) -> None:
        reject_mail(session, mail, ("held",))

    do = _remembering(session, REJECT, refuse) if as_rule else refuse
    _each(mails, do, "is rejected, its original is kept")


@queue.command()
@ids_argument
@pass_session
def drop(session: Session, mails: tuple[str, ...]) -> None:
    """Take waiting, held or quarantined mails out of the queue; their originals are kept."""
    authorise(session.actor, OTHER_TICKETS, to="drop mails")
    states = ("spooled", "held", "quarantined")
    _each(mails, lambda mail: reject_mail(session, mail, states), "is dropped, its original is kept")


def _remembering(session: Session, how: str, do: Callable[[str], None]) -> Callable[[str], None]:
    """Do it, and remember that for the sender; where that must not be remembered, nothing is done."""

    def both(mail: str) -> None:
        choice = choice_of(session, mail, how)
        do(mail)
        remember(session, choice)

    return both


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


for command in (choices, forget):
    queue.add_command(command)
