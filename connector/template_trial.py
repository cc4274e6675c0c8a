"""A template rendered for a ticket that is there, by the code that sends it; nothing is written, nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from connector.mail.model import Envelope
from connector.originals import Originals
from connector.pipeline.alert import NOBODY, alert
from connector.pipeline.answer import answer_address
from connector.pipeline.identify import identify
from connector.pipeline.ingest import ingest, wanted
from connector.pipeline.outgoing import outgoing
from connector.pipeline.pause_alarm import pause_alarm
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.respond import answer
from connector.pipeline.signatures import unlooked
from connector.pipeline.suspension_alarm import suspension_alarms
from connector.pipeline.verdicts import Delivery, Match, Pause, because
from connector.templates import Template
from storage.addresses import pair_name
from storage.records import FailingAddress, PacedMail, Proof, StoreError, Wanted
from storage.store import Store
from storage.views import EntryDetail, Object

FIRST_ENTRIES = 50
"""So many entries of a ticket are looked through for the mail that opened it."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A mail as it would be sent: envelope, header block with CR LF, and the body as a text."""

    envelope_from: str
    envelope_to: tuple[str, ...]
    subject: str
    head: bytes
    body: str


@dataclass(frozen=True, slots=True)
class Trials:
    """Renders templates for tickets of one store; raises StoreError where nobody would be told."""

    store: Store
    originals: Originals
    policy: Policy
    receipt: Receipt

    def render(self, template: Template, ticket: Object) -> Trial:
        """The mail by this template to those whom it would go to; `ticket` is a row of ticket_v1."""
        return MAKERS[template.name](self, template, ticket)

    def _response(self, template: Template, ticket: Object) -> Trial:
        """The answer to the mail that opened the ticket."""
        detail = self._first_mail(ticket["number"])
        mail = ingest(self.originals.read(detail.row["original_sha256"]), Envelope())
        policy = replace(self.policy, response=template)
        facts = self.store.facts(wanted(mail, policy, self.receipt))
        sender = identify(mail, facts, policy, unlooked)
        address = answer_address(mail, sender, facts, policy)
        if not address:
            raise StoreError(f"ticket {ticket['number']}: whoever wrote its first mail is not answered")
        delivery = answer(mail, sender, address, ticket["number"], _follows(detail), policy, self.receipt)
        return self._sent(delivery)

    def _first_mail(self, number: str) -> EntryDetail:
        rows = self.store.history(number, FIRST_ENTRIES)
        first = next((row for row in rows if row["kind"] == "email"), None)
        detail = self.store.entry(first["id"]) if first else None
        if detail is None:
            raise StoreError(f"ticket {number} was not opened by a mail: there is none to answer")
        return detail

    def _new_ticket(self, template: Template, ticket: Object) -> Trial:
        return self._alert(template, ticket, ticket["description"])

    def _closed_ticket(self, template: Template, ticket: Object) -> Trial:
        return self._alert(template, ticket, "")

    def _alert(self, template: Template, ticket: Object, description: str) -> Trial:
        number = ticket["number"]
        facts = self.store.facts(Wanted(numbers=(number,)))
        found = facts.tickets[facts.numbers[number]]
        delivery = alert(found, template, description, facts, self.policy, self.receipt)
        if delivery is None:
            raise StoreError(f"ticket {number} has no External Recipient who could be told")
        return self._sent(delivery)

    def _paused_pair(self, template: Template, ticket: Object) -> Trial:
        """The alarm about whoever wrote the first mail."""
        number = ticket["number"]
        facts = self.store.facts(Wanted(numbers=(number,)))
        found = facts.tickets[facts.numbers[number]]
        sender = pair_name(found.first_sender)
        evidence = (PacedMail(self.receipt.now, found.subject),)
        pause = Pause(sender, because("pair-too-fast", sender=sender), begins=True, evidence=evidence)
        policy = replace(self.policy, paused_pair=template)
        delivery = pause_alarm(Match(found, number), pause, facts, policy, self.receipt)
        if delivery is None:
            raise StoreError(f"ticket {number} has no manager, its account has none, and DefaultManager names nobody")
        return self._sent(delivery)

    def _suspended_address(self, template: Template, ticket: Object) -> Trial:
        """The alarm about the first External Recipient, to the ticket's manager."""
        facts = self.store.facts(Wanted(numbers=(ticket["number"],)))
        found = facts.tickets[facts.numbers[ticket["number"]]]
        if not found.external:
            raise StoreError(f"ticket {found.number} has no External Recipient to whom mail could fail")
        address, at = found.external[0].address, self.receipt.now
        answer = "550 5.1.1 such an answer of a server"
        failing = FailingAddress(address, self.policy.connector.bounces_before_suspend, at, answer, at, "")
        proofs = [Proof(found.number, found.manager_id, "", answer)]
        policy = replace(self.policy, suspended_address=template)
        delivery = next(suspension_alarms(failing, proofs, facts.directory, policy, self.receipt), None)
        if delivery is None:
            raise StoreError(f"ticket {found.number} has no manager, and DefaultManager names nobody")
        return self._sent(delivery)

    def _sent(self, delivery: Delivery) -> Trial:
        mail = outgoing(None, NOBODY, delivery, self.policy, self.receipt)
        assert delivery.body is not None
        return Trial(mail.envelope_from, mail.recipients, delivery.subject, mail.head, delivery.body)


MAKERS: Mapping[str, Callable[[Trials, Template, Object], Trial]] = {
    "response.txt": Trials._response,
    "new-ticket.txt": Trials._new_ticket,
    "closed-ticket.txt": Trials._closed_ticket,
    "paused-pair.txt": Trials._paused_pair,
    "suspended-address.txt": Trials._suspended_address,
}


def _follows(detail: EntryDetail) -> str:
    """The closed ticket that the mail would have gone on, as its decision tells (B35)."""
    reasons = json.loads(detail.decision or "{}").get("match", {}).get("because", [])
    return next((str(reason["number"]) for reason in reasons if reason["code"] == "closed-too-long"), "")
