"""`ticket`: one ticket, shown and changed; every change is in its history (B71)."""

from __future__ import annotations

import click

from connector.cli.actor import authorise, employee_of
from connector.cli.escape import json_text, one_line
from connector.cli.following import say_if_nothing_sends
from connector.cli.options import json_option, number_argument
from connector.cli.selection import myself
from connector.cli.session import Session, pass_session
from connector.cli.statuses import meant, shown
from connector.cli.ticket_fields import dispatch, label, set_
from connector.cli.ticket_moves import merge, move
from connector.cli.ticket_new import new
from connector.cli.ticket_reply import note, reply
from connector.cli.ticket_report import report
from connector.cli.ticket_resume import resume
from connector.cli.ticket_view import print_ticket
from storage.times import to_text
from storage.views import WHOLE

READ_FOR_OTHERS = "mark-read-for-others"


@click.group()
def ticket() -> None:
    """One ticket: open, show and change it, write on it, move and merge it."""


@ticket.command()
@number_argument
@click.option("--peek", is_flag=True, help="Leave it unread, whoever looks.")
@json_option
@pass_session
def show(session: Session, number: str, peek: bool, as_json: bool) -> None:
    """Show a ticket with its recipients and its history; its manager has read it then."""
    from storage.pauses import of_ticket
    from storage.report_reads import forwarded_from

    mine = session.actor.manages(session.ticket(number))
    row = session.row(number)
    if row["unread"] and mine and not peek:
        session.store.set_unread(number, False, session.author("shown to the manager"))
        row = session.row(number)
    recipients, history = session.store.recipients(number), session.store.history(number, WHOLE)
    paused = [{"sender": one.sender, "since": to_text(one.paused_at)} for one in of_ticket(session.store.db, number)]
    if as_json:
        click.echo(json_text({**row, "recipients": recipients, "history": history, "paused": paused}))
    else:
        forwarded = forwarded_from(session.store.db, number)
        print_ticket(row, recipients, history, forwarded, paused, session.settings.tickets.status_names)


@ticket.command()
@number_argument
@click.argument("status", help="The new status, by either of its names.")
@click.option("--no-alert", is_flag=True, help="Tell no customer that the ticket is Completed.")
@pass_session
def status(session: Session, number: str, status: str, no_alert: bool) -> None:
    """Give a ticket another status; it leaves the Inbox. Both names of a status are understood.

    As AlertCustomersOnClose says, the External Recipients are told when it is Completed.
    """
    names = session.settings.tickets.status_names
    meaning = meant(status, names)
    session.ticket(number)
    if meaning == "Completed" and session.settings.connector.alert_on_close and not no_alert:
        told = _complete(session, number)
    else:
        told = 0
        session.store.set_status(number, meaning, session.author())
    click.echo(f"ticket {number} is {shown(meaning, names)}")
    say_if_nothing_sends(session, told)


def _complete(session: Session, number: str) -> int:
    """Close the ticket and tell its External Recipients, both or neither and once; how many those are."""
    from connector.alerts import Alerts  # the stages behind it are heavy; other commands do without
    from connector.together import together

    author, template = session.author(), session.templates["closed-ticket.txt"]

    def write() -> int:
        if not session.store.set_status(number, "Completed", author):
            return 0
        return Alerts(session.store, session.desk_policy).tell(number, template, author)

    return together(session.store, write)


@ticket.command()
@number_argument
@click.argument("employee", metavar="EMPLOYEE|me|nobody", help="The new manager.")
@pass_session
def assign(session: Session, number: str, employee: str) -> None:
    """Give a ticket another manager, by e-mail; `me` takes it, `nobody` leaves it without one."""
    session.ticket(number)
    if employee.lower() == "nobody":
        manager = None
    else:
        manager = myself(session) if employee.lower() == "me" else employee_of(employee, session.directory).id
    session.store.assign(number, manager, session.author())
    name = "nobody" if manager is None else session.directory.employees[manager].name
    click.echo(f"ticket {number} is managed by {one_line(name)}")


@ticket.command()
@number_argument
@pass_session
def read(session: Session, number: str) -> None:
    """Mark a ticket as read; others than its manager need the privilege mark-read-for-others."""
    _mark(session, number, unread=False)


@ticket.command()
@number_argument
@pass_session
def unread(session: Session, number: str) -> None:
    """Mark a ticket as unread; others than its manager need the privilege mark-read-for-others."""
    _mark(session, number, unread=True)


def _mark(session: Session, number: str, *, unread: bool) -> None:
    word = "unread" if unread else "read"
    if not session.actor.manages(session.ticket(number)):
        authorise(session.actor, READ_FOR_OTHERS, to=f"mark ticket {number}, which others manage, as {word}")
    session.store.set_unread(number, unread, session.author())
    click.echo(f"ticket {number} is {word}")


for command in (new, note, reply, label, dispatch, set_, move, merge, resume, report):
    ticket.add_command(command)
