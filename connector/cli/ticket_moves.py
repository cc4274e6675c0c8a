"""`ticket move`, `ticket merge`: a ticket brought elsewhere with all it has (B95)."""

from __future__ import annotations

import click

from connector.cli.actor import authorise
from connector.cli.escape import one_line
from connector.cli.options import number_argument
from connector.cli.session import Session, pass_session

MERGE_AND_MOVE = "merge-and-move"


@click.command()
@number_argument
@click.argument("account", help="The name of the account it goes to.")
@pass_session
def move(session: Session, number: str, account: str) -> None:
    """Bring a ticket under another account, by name, with all it has; needs the privilege merge-and-move.

    Its recipients stay: look at them with `recipients NUMBER`.
    """
    authorise(session.actor, MERGE_AND_MOVE, to="move tickets")
    number = session.ticket(number).number
    session.store.move(number, account, session.author())
    row = session.row(number)
    click.echo(
        f"ticket {number} is of account {one_line(row['account'])}, contact {one_line(row['contact'] or 'nobody')}"
    )
    outside = [one["address"] for one in session.store.recipients(number) if one["list"] == "external"]
    if outside:
        click.echo(f"its External Recipients stay: {', '.join(outside)}")


@click.command()
@number_argument
@click.argument("into", help="The number of the ticket that stays.")
@pass_session
def merge(session: Session, number: str, into: str) -> None:
    """Put a ticket with everything into another one of the same account; needs the privilege merge-and-move.

    Mail with the old number follows.
    """
    authorise(session.actor, MERGE_AND_MOVE, to="merge tickets")
    for one in (number, into):
        session.ticket(one)
    session.store.merge(number, into, session.author())
    click.echo(f"ticket {number} is part of ticket {into} now; its number leads there")
