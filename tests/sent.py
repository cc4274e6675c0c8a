"""What the store holds for the courier after a mail was processed, as tests like to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message

from connector.processing import Processed
from storage.records import Ticket, Wanted
from tests.house import House
from tests.readings import message

OUTGOING = """
SELECT id, kind, head, body, body_start, envelope_from, message_id FROM outgoing WHERE mail_id = ? ORDER BY id
"""
RECIPIENTS = "SELECT recipient FROM delivery WHERE outgoing_id = ? ORDER BY id"


@dataclass(frozen=True)
class Sent:
    """One outgoing mail: header block, body, envelope."""

    kind: str
    head: bytes
    body: bytes
    envelope_from: str
    message_id: str
    envelope: tuple[str, ...]

    @property
    def headers(self) -> Message:
        return message(self.head)

    def shown(self, name: str) -> str:
        """A header as its receiver reads it; nothing where it is missing."""
        return str(make_header(decode_header(self.headers.get(name, ""))))


def sent_for(house: House, processed: Processed) -> list[Sent]:
    """The outgoing mails of one processed mail."""
    assert processed.filed is not None
    mails = []
    for id_, kind, head, body, start, envelope_from, message_id in house.store.db.rows(
        OUTGOING, (processed.filed.mail_id,)
    ):
        envelope = tuple(row[0] for row in house.store.db.rows(RECIPIENTS, (id_,)))
        content = processed.decision.mail.raw[start:] if body is None else bytes(body)
        mails.append(Sent(kind, bytes(head), content, envelope_from, message_id, envelope))
    return mails


def distribution(house: House, processed: Processed) -> Sent:
    """The one distributed mail."""
    [mail] = [mail for mail in sent_for(house, processed) if mail.kind == "distribution"]
    return mail


def response(house: House, processed: Processed) -> Sent | None:
    """The automatic response, or None."""
    return next((mail for mail in sent_for(house, processed) if mail.kind == "response"), None)


def ticket_of(house: House, processed: Processed) -> Ticket:
    """The ticket as it is now."""
    number = processed.decision.match.number
    facts = house.store.facts(Wanted(numbers=(number,)))
    return facts.tickets[facts.numbers[number]]
