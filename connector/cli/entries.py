"""`history edit`, `public`, `private`, `take`: one entry changed or taken to another ticket (B38, B44, B72)."""

from __future__ import annotations

from collections.abc import Callable

import click

from connector.cli.actor import authorise
from connector.cli.options import typed_text
from connector.cli.refusal import Refused
from connector.cli.session import Session, pass_session
from connector.cli.ticket_moves import MERGE_AND_MOVE
from storage.views import Object

entry_argument = click.argument(
    "entry", type=click.IntRange(0, 2**63 - 1), metavar="ID", help="The id of the entry, as `history` lists it."
)


@click.command()
@entry_argument
@click.option("--text", required=True, metavar="TEXT", help="The new text; - reads standard input.")
@pass_session
def edit(session: Session, entry: int, text: str) -> None:
    """Give a mail's or a note's entry another text; the edit is recorded, the original stays."""
    words = typed_text(text)

    def write() -> bool:
        _visible(session, entry)
        return session.store.edit_text(entry, words, session.author())

    changed = _together(session, write)
    click.echo(f"entry {entry} has its new text" if changed else f"entry {entry} has this text already")


@click.command()
@entry_argument
@pass_session
def public(session: Session, entry: int) -> None:
    """Show an entry to customers, in reports and exports for them; nothing is sent."""
    _set_public(session, entry, public=True)


@click.command()
@entry_argument
@pass_session
def private(session: Session, entry: int) -> None:
    """Hide an entry from customers; what was sent is not called back."""
    _set_public(session, entry, public=False)


def _set_public(session: Session, entry: int, *, public: bool) -> None:
    def write() -> bool:
        _visible(session, entry)
        return session.store.set_public(entry, public, session.author())

    _together(session, write)
    click.echo(f"entry {entry} is {'public' if public else 'not public'}")


def _together(session: Session, write: Callable[[], bool]) -> bool:
    """Read and write at one moment, so that of two who change an entry the later one changes what the other wrote."""
    from connector.together import together  # the store behind it is heavy; `--help` does without

    return together(session.store, write)


@click.command()
@entry_argument
@click.option("--to", "target", required=True, metavar="NUMBER|new", help="The ticket it belongs to, or a new one.")
@pass_session
def take(session: Session, entry: int, target: str) -> None:
    """Take an entry to the ticket where it belongs; later replies to it follow. Needs the privilege merge-and-move."""
    authorise(session.actor, MERGE_AND_MOVE, to="take entries to other tickets")
    row = _visible(session, entry)
    if target.lower() == "new":
        from connector.splitting import take_to_new  # the stages behind it are heavy; other commands do without

        number = take_to_new(session.store, session.originals, session.policy, entry, session.author())
        click.echo(f"entry {entry} stands on the new ticket {number}")
    else:
        number = session.ticket(target).number
        before = session.store.take(entry, number, session.author())
        click.echo(f"entry {entry} stands on ticket {number} now, no longer on {before}")
    _say_who_gets_what(session, row, number)


def _say_who_gets_what(session: Session, row: Object, number: str) -> None:
    """Who outside joined the old ticket by the entry, and still is there; whether its writer is on the other one."""
    before = row["ticket"]
    there, here = (_outsiders(session, one) for one in (before, number))
    joined = [one["address"] for one in there if (one["added_by"], one["added_at"]) == (row["actor"], row["at"])]
    if joined:
        click.echo(f"{', '.join(joined)} joined {before} by it, and stays: `recipients {before} remove …` takes off")
    writer = row["sender_address"]
    outside = row["direction"] == "in" and row["sender_kind"] != "employee"
    if outside and writer not in {one["address"] for one in here}:
        click.echo(f"{writer} is not on ticket {number}: `recipients {number} add …` lets answers reach its writer")


def _outsiders(session: Session, number: str) -> list[Object]:
    return [one for one in session.store.recipients(number) if one["list"] == "external"]


def _visible(session: Session, entry: int) -> Object:
    """The row of an entry; refused where it is not there, or on a ticket that the actor may not see."""
    detail = session.store.entry(entry)
    if detail is None:
        raise Refused(f"entry {entry}: there is none with this id; `history NUMBER` lists a ticket's")
    session.ticket(detail.row["ticket"])
    return detail.row
