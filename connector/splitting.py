"""An entry taken to a ticket of its own, which is opened as its mail would have opened it (B38)."""

from __future__ import annotations

from connector.mail.model import Envelope, Mail
from connector.originals import Originals
from connector.pipeline.classify import classify
from connector.pipeline.identify import identify
from connector.pipeline.ingest import ingest, wanted
from connector.pipeline.opening import opening
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.recipients import starting_recipients
from connector.pipeline.signatures import unlooked
from connector.pipeline.subject import without_numbers
from connector.pipeline.verdicts import Match
from connector.together import together
from storage.changes import Author
from storage.records import Change, Filing, NewTicket, StoreError
from storage.store import Store
from storage.views import EntryDetail

MAX_DESCRIPTION = 2000


def take_to_new(store: Store, originals: Originals, policy: Policy, entry_id: int, author: Author) -> str:
    """Open a ticket for the writer of a mail's entry and take the entry there; the new number. Tells nobody."""
    detail = store.entry(entry_id)
    if detail is None or detail.row["kind"] != "email":
        raise StoreError(f"entry {entry_id} is no mail: only a mail says for whom a new ticket is")
    mail = ingest(originals.read(detail.row["original_sha256"]), Envelope())

    def write() -> str:
        filing = _opening(store, mail, detail, policy, author)
        store.file(filing)
        assert filing.new_ticket is not None
        store.take(entry_id, filing.new_ticket.number, author)
        return filing.new_ticket.number

    return together(store, write)


def _opening(store: Store, mail: Mail, detail: EntryDetail, policy: Policy, author: Author) -> Filing:
    """The new ticket's account, contact, manager and first recipients, by the rules for mail.

    Who had no say on the other ticket (B33) has one here; a mail that only claims to be an employee's proves no more.
    """
    receipt = Receipt("", author.at, author.at)
    facts = store.facts(wanted(mail, policy, receipt))
    sender = identify(mail, facts, policy, unlooked)
    opened, _ = opening(mail, sender, facts, policy)
    row = detail.row
    verified = not sender.restricted and (row["verified"] or sender.kind != "employee")
    match = Match(None, facts.next_number, opened, verified)
    scope = classify(mail, sender, match, policy)
    starting = starting_recipients(mail, match, sender, scope, facts, policy)
    ticket = NewTicket(
        number=facts.next_number,
        account_id=opened.account_id,
        account_name=opened.account_name,
        contact_id=opened.contact_id,
        manager_id=opened.manager_id,
        opened_by_id=opened.opened_by_id,
        subject=without_numbers(mail.subject, policy) or "(no subject)",
        description=row["text"][:MAX_DESCRIPTION],
    )
    return Filing(
        mail=None,
        at=author.at,
        actor=author.actor,
        directory_version=facts.directory.version,
        new_ticket=ticket,
        changes=(Change("ticket", "", ticket.number, f"opened for entry {row['id']} of ticket {row['ticket']}"),),
        recipients=tuple(addition.recipient for addition in starting),
    )
