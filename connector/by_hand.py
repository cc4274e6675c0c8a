"""Tickets that employees open themselves, with their recipients chosen before anybody is told (B63, B86, B93)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.alerts import Alerts
from connector.pipeline.policy import Policy
from connector.pipeline.recipients import starting_employees
from connector.templates import Template
from connector.together import together
from storage.changes import Author
from storage.records import Change, Facts, Filing, NewEntry, NewRecipient, NewTicket, Wanted
from storage.store import Store


@dataclass(frozen=True, slots=True)
class ByHand:
    """A ticket to open; `opened_by` and `manager` are ids of employees, `status` is one of B91."""

    account_id: int
    account_name: str
    subject: str
    description: str = ""
    contact_id: int | None = None
    manager: int | None = None
    opened_by: int | None = None
    status: str = "New"
    priority: str = ""
    labels: tuple[str, ...] = ()
    external: tuple[NewRecipient, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """The new ticket's number, and how many customers are told of it."""

    number: str
    told: int


def open_by_hand(store: Store, policy: Policy, ticket: ByHand, author: Author, template: Template | None) -> Opened:
    """Open a ticket and tell its External Recipients by the template, if there is one: all of it, or nothing."""

    def write() -> Opened:
        facts = store.facts(Wanted())
        store.file(_filing(ticket, facts, policy, author))
        if ticket.labels:
            store.set_labels(facts.next_number, ticket.labels, (), author)
        told = 0
        if template is not None:
            told = Alerts(store, policy).tell(facts.next_number, template, author, ticket.description)
        return Opened(facts.next_number, told)

    return together(store, write)


def _filing(ticket: ByHand, facts: Facts, policy: Policy, author: Author) -> Filing:
    number = facts.next_number
    for_another = ticket.manager is not None and ticket.manager != ticket.opened_by
    inside = (addition.recipient for addition in starting_employees(facts, policy))
    return Filing(
        mail=None,
        at=author.at,
        actor=author.actor,
        directory_version=facts.directory.version,
        new_ticket=NewTicket(
            number=number,
            account_id=ticket.account_id,
            account_name=ticket.account_name,
            contact_id=ticket.contact_id,
            manager_id=ticket.manager,
            opened_by_id=ticket.opened_by,
            subject=ticket.subject,
            description=ticket.description,
            status=ticket.status,
            priority=ticket.priority,
        ),
        entry=_note(ticket, author) if ticket.description else None,
        changes=_changes(number, ticket.external, unread=for_another),
        unread=for_another,
        recipients=(*inside, *ticket.external),
    )


def _note(ticket: ByHand, author: Author) -> NewEntry:
    return NewEntry(
        kind="note",
        direction="none",
        actor=author.actor,
        public=False,
        subject=ticket.subject,
        text=ticket.description,
        whole_text=ticket.description,
    )


def _changes(number: str, external: Sequence[NewRecipient], *, unread: bool) -> tuple[Change, ...]:
    """B71: what the history says of the opening."""
    found = [Change("ticket", "", number, "opened by hand")]
    if unread:
        found.append(Change("unread", "read", "unread", "opened for another"))
    if joining := ", ".join(f"{one.type} {one.address}" for one in external):
        found.append(Change("recipients", "", joining, "chosen for the new ticket"))
    return tuple(found)
