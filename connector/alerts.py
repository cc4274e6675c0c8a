"""Alerts to customers, written beside the change that they tell of: both become visible together (B86)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from connector.pipeline.alert import NOBODY, alert
from connector.pipeline.outgoing import outgoing
from connector.pipeline.policy import Policy, Receipt
from connector.templates import Template
from storage.changes import Author
from storage.records import Filing, NewEntry, Wanted
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Alerts:
    """Writes alerts as entries and outgoing mails of one store."""

    store: Store
    policy: Policy

    def tell(self, number: str, template: Template, author: Author, description: str = "") -> int:
        """Tell the External Recipients of a ticket; how many those are. Raises FactsMoved: see `together`."""
        facts = self.store.facts(Wanted(numbers=(number,)))
        ticket = facts.tickets[facts.numbers[number]]
        receipt = Receipt(secrets.token_hex(16), author.at, author.at)
        delivery = alert(ticket, template, description, facts, self.policy, receipt)
        if delivery is None or delivery.body is None:
            return 0
        entry = NewEntry(
            kind="alert", direction="out", actor=author.actor, public=True,
            subject=delivery.subject, text=delivery.body, whole_text=delivery.body,
        )  # fmt: skip
        self.store.file(
            Filing(
                mail=None,
                at=author.at,
                actor=author.actor,
                directory_version=facts.directory.version,
                ticket_id=ticket.id,
                ticket_version=ticket.version,
                entry=entry,
                outgoing=(outgoing(None, NOBODY, delivery, self.policy, receipt),),
            )
        )
        return len(delivery.envelope)
