"""`ticket new`: a ticket opened by hand (B63, B86, B90)."""

from __future__ import annotations

import click

from connector.cli.actor import employee_of
from connector.cli.following import say_if_nothing_sends
from connector.cli.options import typed_text
from connector.cli.refusal import Misused, Refused
from connector.cli.selection import account_named, external
from connector.cli.session import Session, pass_session
from connector.cli.statuses import meant
from storage.addresses import normalise
from storage.records import Account, Contact, NewRecipient
from storage.texts import plain_addresses

TYPES = ("to", "cc", "bcc")


@click.command()
@click.option("--account", required=True, metavar="NAME", help="The account it is for.")
@click.option("--subject", required=True, metavar="TEXT", help="What it is about.")
@click.option("--contact", metavar="E-MAIL", help="The account's contact; gets its mail.")
@click.option("--manager", metavar="EMPLOYEE", help="Who manages it (who acts, else the account's manager).")
@click.option("--description", default="", metavar="TEXT", help="The request; - reads standard input.")
@click.option("--status", default="New", show_default=True, metavar="STATUS", help="Its first status.")
@click.option("--priority", default="", metavar="TEXT", help="Its priority.")
@click.option("--label", multiple=True, metavar="LABEL", help="A label; several times for several.")
@click.option(
    "--recipient",
    multiple=True,
    metavar="ADDRESS[:to|cc|bcc]",
    help="An External Recipient; several times for several.",
)
@click.option("--no-alert", is_flag=True, help="Tell no customer of it now.")
@pass_session
def new(
    session: Session,
    account: str,
    subject: str,
    contact: str | None,
    manager: str | None,
    description: str,
    status: str,
    priority: str,
    label: tuple[str, ...],
    recipient: tuple[str, ...],
    no_alert: bool,
) -> None:
    """Open a ticket and print its number.

    Without --recipient and --contact the account's main contact gets its mail. As AlertCustomersOnNew says, the
    External Recipients are told of it.
    """
    from connector.by_hand import ByHand, open_by_hand  # the stages behind it are heavy; other commands do without

    its_account = account_named(session, account)
    its_contact = _contact(session, its_account, contact)
    alert = session.settings.connector.alert_on_new and not no_alert
    opened = open_by_hand(
        session.store,
        session.desk_policy,
        ByHand(
            account_id=its_account.id,
            account_name=its_account.name,
            subject=_subject(subject),
            description=typed_text(description),
            contact_id=its_contact.id if its_contact else None,
            manager=_manager(session, its_account, manager),
            opened_by=session.actor.employee_id,
            status=meant(status, session.settings.tickets.status_names),
            priority=priority.strip(),
            labels=label,
            external=_external(session, its_account, its_contact, recipient),
        ),
        session.author(),
        session.templates["new-ticket.txt"] if alert else None,
    )
    click.echo(opened.number)
    say_if_nothing_sends(session, opened.told)


def _subject(typed: str) -> str:
    subject = " ".join(typed.split())
    if not subject:
        raise Misused("--subject: a ticket needs one")
    return subject


def _contact(session: Session, account: Account, typed: str | None) -> Contact | None:
    """The contact of the account that was named, or its main one."""
    its = [one for one in session.store.contacts() if one.account_id == account.id]
    if typed is None:
        return next((one for one in its if one.main), None)
    found = next((one for one in its if normalise(typed) in one.addresses), None)
    if found is None:
        raise Refused(f"contact {typed!r}: account {account.name!r} has none with this address")
    return found


def _manager(session: Session, account: Account, typed: str | None) -> int | None:
    """As named; else who acts, else the account's manager, else DefaultManager, as far as they are active."""
    if typed:
        return employee_of(typed, session.directory).id
    if session.actor.employee_id is not None:
        return session.actor.employee_id
    from connector.pipeline.opening import manager_of  # heavy as well

    return manager_of(account, session.directory, session.settings.tickets.default_manager)


def _external(
    session: Session, account: Account, contact: Contact | None, typed: tuple[str, ...]
) -> tuple[NewRecipient, ...]:
    """Those that were named, each once; the contact where none was, or where it was named as well."""
    named = click.get_current_context().params["contact"] is not None
    chosen = {address: external(session, address, type_) for one in typed for address, type_ in _typed(one)}
    if contact is None or contact.addresses[0] in chosen or (typed and not named):
        return tuple(chosen.values())
    return (external(session, contact.addresses[0], "to", contact.name), *chosen.values())


def _typed(text: str) -> list[tuple[str, str]]:
    """`a@x.example,b@x.example:cc` as addresses with their type."""
    addresses, colon, type_ = text.rpartition(":")
    if not colon:
        addresses, type_ = text, "to"
    if type_.lower() not in TYPES:
        raise Misused(f"--recipient {text!r}: allowed is ADDRESS, or ADDRESS:{'|'.join(TYPES)}")
    return [(address, type_.lower()) for address in plain_addresses(addresses)]
