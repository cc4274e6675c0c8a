"""`ticket note`, `ticket reply`: what an employee writes on a ticket without a mail client."""

from __future__ import annotations

from pathlib import Path

import click

from connector.cli.following import say_if_nothing_sends
from connector.cli.options import number_argument, typed_text
from connector.cli.refusal import Misused, Refused
from connector.cli.selection import myself
from connector.cli.session import Session, pass_session


@click.command()
@number_argument
@click.argument("text", help="The note; - reads standard input.")
@click.option("--public", is_flag=True, help="Customers may see it, in reports for them.")
@pass_session
def note(session: Session, number: str, text: str, public: bool) -> None:
    """Write a note on a ticket; - for TEXT reads standard input. Nobody is told by mail."""
    number = session.ticket(number).number
    entry = session.store.add_note(number, typed_text(text), public, session.author())
    click.echo(f"note {entry} on ticket {number}")


@click.command()
@number_argument
@click.argument("text", required=False, help="The answer; - reads standard input.")
@click.option("--internal", is_flag=True, help="To the ticket's employees alone.")
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Send this .eml instead."
)
@pass_session
def reply(session: Session, number: str, text: str | None, internal: bool, file: Path | None) -> None:
    """Answer on a ticket as the employee of --as; - for TEXT reads standard input.

    It goes through the same eight stages as a mail from that employee would: to the customers and the colleagues on
    the ticket, with --internal to the colleagues alone.
    """
    from connector.cli import replying  # the stages are heavy; `ticket show` does without

    if (text is None) == (file is None):
        raise Misused("either a TEXT or --file FILE.eml")
    myself(session)
    ticket = session.ticket(number)
    if file is not None:
        raw = file.read_bytes()
    else:
        written = typed_text(text or "").strip()
        if not written:
            raise Refused("a reply needs a text")
        raw = replying.write(session, ticket, written, internal=internal)
    told = replying.send(session, ticket, raw, internal=internal)
    click.echo(
        f"on ticket {ticket.number}; it goes to {', '.join(told) if told else 'nobody: nobody else is on the ticket'}"
    )
    say_if_nothing_sends(session, len(told))
