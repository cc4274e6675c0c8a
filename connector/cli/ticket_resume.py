"""`ticket resume`: distributes a paused sender's mails again (B13)."""

from __future__ import annotations

import click

from connector.cli.escape import one_line
from connector.cli.options import number_argument
from connector.cli.session import Session, pass_session


@click.command()
@number_argument
@click.argument("address", help="The sender whose mails are paused; `ticket show` lists who is.")
@pass_session
def resume(session: Session, number: str, address: str) -> None:
    """Distribute a sender's mails to a ticket again, which were paused because they were too many.

    What was filed meanwhile stays as it is: nobody is sent it.
    """
    from storage import pauses

    number = session.ticket(number).number
    filed = pauses.resume(session.store.db, number, address, session.author())
    mails = "1 mail was" if filed == 1 else f"{filed} mails were"
    click.echo(f"ticket {number}: mails of {one_line(address)} are distributed again")
    click.echo(f"{mails} filed meanwhile and not distributed; `ticket show {number}` has them")
