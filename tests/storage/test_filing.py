"""What one filing writes, and when it writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.records import Change, FactsMoved, NewAttachment, NewRecipient, StoreError, Wanted
from storage.store import Store
from tests.storage import make


def test_filing__all_effects_of_a_new_ticket_are_there(store: Store) -> None:
    """B70: ticket, entry, change, attachment, recipients, inbox, unread and deliveries come from one filing."""
    ticket = make.open_ticket(
        store,
        entry=make.entry(attachments=(NewAttachment(1, "a.pdf", "application/pdf", 7),)),
        changes=(Change("inbox", "out", "in", "customer's mail"),),
        in_inbox=True,
        unread=True,
        recipients=(NewRecipient("external", address=make.BOB, name="Bob"), NewRecipient("employee", role="manager")),
        outgoing=(make.outgoing("a@company.example", "b@company.example"),),
    )
    row = store.ticket(ticket.number)
    assert row is not None
    assert (row["in_inbox"], row["unread"], row["account"]) == (True, True, "Unknown senders")
    assert [(e["kind"], e["attachments"]) for e in store.history(ticket.number)] == [("email", 1), ("change", 0)]
    assert [(r["list"], r["address"]) for r in store.recipients(ticket.number)] == [
        ("external", make.BOB),
        ("employee", None),
    ]
    assert [d["state"] for d in store.deliveries(ticket=ticket.number)] == ["pending", "pending"]


def test_filing__entry_keeps_what_b70_lists(store: Store) -> None:
    """B70: an entry has both texts, the attachments, the pointer to the original and the decision record."""
    attachment = NewAttachment(1, "a.pdf", "application/pdf", 7)
    wanted = make.entry(attachments=(attachment,))
    filed = store.file(make.opening(store.facts(Wanted()), entry=wanted))
    assert filed.entry_id is not None
    found = store.entry(filed.entry_id)
    assert found is not None
    assert (found.row["text"], found.whole_text, found.decision) == (wanted.text, wanted.whole_text, wanted.decision)
    assert (found.row["original_sha256"], found.attachments) == (wanted.original_sha256, (attachment,))


def test_filing__same_spool_entry_again_changes_nothing(store: Store) -> None:
    """B5, B70: a filing repeated after a crash answers what the first one did and writes nothing."""
    filing = make.opening(store.facts(Wanted()), outgoing=(make.outgoing("a@company.example"),))
    first = store.file(filing)
    before = make.count_rows(store)
    second = store.file(filing)
    assert second == replace(first, repeated=True)
    assert make.count_rows(store) == before


def test_filing__same_mail_by_another_road_is_told(store: Store) -> None:
    """B5: a mail whose dedupe key was filed meanwhile is FactsMoved, and the next facts name the first one."""
    first = store.file(make.opening(store.facts(Wanted())))
    filing = make.opening(store.facts(Wanted()))
    key, message_id = store.db.row("SELECT content_key, e.message_id FROM mail JOIN entry e ON e.mail_id = mail.id")
    before = make.count_rows(store)
    mail, entry = replace(filing.mail, dedupe_key=key), replace(filing.entry, message_id=message_id)
    with pytest.raises(FactsMoved, match="by another road"):
        store.file(replace(filing, mail=mail, entry=entry))
    assert make.count_rows(store) == before
    assert store.facts(Wanted(message_id=message_id, dedupe_key=key)).duplicate_of == first.mail_id
    assert store.facts(Wanted(message_id=message_id, dedupe_key="else")).duplicate_of is None


@pytest.mark.parametrize("message_id", ["", "<used@customer.example>"])
def test_filing__same_mail_that_no_message_id_leads_to(store: Store, message_id: str) -> None:
    """B5: a mail without a Message-ID, or with that of another mail, is known by its content as well."""
    opening = make.opening(store.facts(Wanted()))
    store.file(replace(opening, entry=replace(opening.entry, message_id="<used@customer.example>")))
    second = make.opening(store.facts(Wanted()))
    second = replace(second, entry=replace(second.entry, message_id=message_id))
    filed = store.file(second)
    assert store.facts(Wanted(message_id=message_id, dedupe_key=second.mail.dedupe_key)).duplicate_of == filed.mail_id

    third = make.opening(store.facts(Wanted()))
    third = replace(
        third,
        mail=replace(third.mail, dedupe_key=second.mail.dedupe_key),
        entry=replace(third.entry, message_id=message_id),
    )
    with pytest.raises(FactsMoved, match="by another road"):
        store.file(third)


def test_filing__message_id_taken_between_look_and_write(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B5: where another transaction files the Message-ID behind the look, nothing is written."""
    opening = make.opening(store.facts(Wanted()))
    store.file(opening)
    monkeypatch.setattr("storage.filing.BY_MESSAGE_ID", " SELECT value, '', '' FROM asked WHERE value = ''")
    before = make.count_rows(store)
    again = make.opening(store.facts(Wanted()))
    with pytest.raises(FactsMoved, match="filed meanwhile"):
        store.file(replace(again, entry=replace(again.entry, message_id=opening.entry.message_id)))
    assert make.count_rows(store) == before


def test_filing__ticket_that_moved_is_told(store: Store) -> None:
    """B70: a ticket changed since the facts were read is FactsMoved, and nothing is written."""
    ticket = make.open_ticket(store)
    facts = store.facts(Wanted(numbers=(ticket.number,)))
    store.file(make.reply(facts, ticket))
    before = make.count_rows(store)
    with pytest.raises(FactsMoved, match="ticket"):
        store.file(make.reply(facts, ticket))
    assert make.count_rows(store) == before


def test_filing__people_that_moved_are_told(store: Store) -> None:
    """B70: people changed since the facts were read is FactsMoved."""
    facts = store.facts(Wanted())
    store.import_people(make.PEOPLE)
    with pytest.raises(FactsMoved, match="people"):
        store.file(make.opening(facts))


def test_filing__number_that_is_taken_is_told(store: Store) -> None:
    """B90: two decisions made with one next number: the second is FactsMoved."""
    facts = store.facts(Wanted())
    store.file(make.opening(facts))
    with pytest.raises(FactsMoved, match="0500-1000"):
        store.file(make.opening(facts))


def test_filing__contact_that_is_gone_is_told(store: Store) -> None:
    """B70: what a decision points to and is gone by then is FactsMoved, and nothing is written."""
    filing = make.opening(store.facts(Wanted()))
    assert filing.new_ticket is not None
    with pytest.raises(FactsMoved):
        store.file(replace(filing, new_ticket=replace(filing.new_ticket, contact_id=4711)))
    assert set(make.count_rows(store).values()) == {0}


def test_filing__wrong_status_is_an_error_and_no_reason_to_decide_again(store: Store) -> None:
    """B91: the tables take the ten statuses alone."""
    with pytest.raises(StoreError) as told:
        store.file(make.opening(store.facts(Wanted()), status="Sleeping"))
    assert not isinstance(told.value, FactsMoved)


def test_filing__entry_without_ticket_is_refused(store: Store) -> None:
    """B70: a filing that has an entry but no ticket is a mistake, not a loss."""
    with pytest.raises(StoreError, match="needs a ticket"):
        store.file(replace(make.opening(store.facts(Wanted())), new_ticket=None))


@pytest.mark.parametrize("outcome", ["duplicate", "own", "skipped", "held", "quarantined", "rejected"])
def test_filing__mail_that_is_not_filed_gets_its_ledger_row(store: Store, outcome: str) -> None:
    """B5, B70: every accepted mail gets one ledger row, with its reason and decision, and nothing else."""
    record = make.mail(outcome=outcome, reason="because", decision="{}", dedupe_key=None)
    filed = store.file(replace(make.opening(store.facts(Wanted())), mail=record, new_ticket=None, entry=None))
    row = store.mail(record.spool_id)
    assert row is not None
    assert (row["id"], row["outcome"], row["reason"], row["decision"]) == (filed.mail_id, outcome, "because", "{}")
    assert sum(make.count_rows(store).values()) == 1


def test_filing__held_mail_is_filed_when_it_is_released(store: Store) -> None:
    """B9: the later decision on a held mail takes the place of the first in the ledger."""
    filing = make.opening(store.facts(Wanted()))
    held = replace(filing.mail, outcome="held", dedupe_key=None)
    first = store.file(replace(filing, mail=held, new_ticket=None, entry=None))
    again = store.file(replace(filing, mail=held, new_ticket=None, entry=None))
    released = store.file(filing)
    assert (again.repeated, released.repeated) == (True, False)
    assert (released.mail_id, released.outcome) == (first.mail_id, "filed")
    assert store.counts().mails == {"filed": 1}


def test_filing__held_mail_that_came_by_another_road_is_told(store: Store) -> None:
    """B5: releasing a held mail that was filed meanwhile is FactsMoved."""
    filing = make.opening(store.facts(Wanted()))
    held = replace(filing.mail, outcome="held", dedupe_key=None)
    store.file(replace(filing, mail=held, new_ticket=None, entry=None))
    store.file(replace(filing, mail=replace(filing.mail, spool_id="other")))
    with pytest.raises(FactsMoved):
        store.file(filing)


def test_filing__status_closes_and_opens(store: Store) -> None:
    """B91: closing stores the Close Date, reopening clears it."""
    ticket = make.open_ticket(store, status="Completed")
    assert (ticket.closed_at, ticket.is_open) == (make.NOW, False)
    filed = store.file(make.reply(store.facts(Wanted()), ticket, status="Pending"))
    ticket = make.ticket(store, filed)
    assert (ticket.closed_at, ticket.status, ticket.version) == (None, "Pending", 2)


def test_filing__close_date_stays_from_one_closed_status_to_another(store: Store) -> None:
    """B91: a ticket that is closed already keeps its Close Date."""
    ticket = make.open_ticket(store, status="Completed")
    filed = store.file(make.reply(store.facts(Wanted()), ticket, status="Canceled"))
    assert make.ticket(store, filed).closed_at == make.NOW


def test_filing__flags_stay_where_nothing_is_said(store: Store) -> None:
    """B92, B93: None leaves Inbox and unread as they are, True and False set them."""
    ticket = make.open_ticket(store, in_inbox=True, unread=True)
    filed = store.file(make.reply(store.facts(Wanted()), ticket, unread=False))
    row = store.ticket(make.ticket(store, filed).number)
    assert row is not None
    assert (row["in_inbox"], row["unread"]) == (True, False)


def test_filing__recipient_that_is_there_stays_as_it_is(store: Store) -> None:
    """B61, B63: an address or a role stands on a ticket once, in any letter case; the first stays."""
    twice = (
        NewRecipient("external", "cc", "Bob@Customer.example", "Bob"),
        NewRecipient("external", "to", make.BOB, "Robert"),
        NewRecipient("employee", role="manager"),
        NewRecipient("employee", role="manager"),
    )
    ticket = make.open_ticket(store, recipients=twice)
    assert [(r.address, r.name, r.type) for r in ticket.external] == [(make.BOB, "Bob", "cc")]
    assert ticket.roles == ("manager",)


def test_filing__change_has_who_when_old_and_new(store: Store) -> None:
    """B71: a change is an entry of its own, Not Public, with who, when, old and new."""
    ticket = make.open_ticket(store, changes=(Change("status", "New", "Pending", "reopened"),))
    row = store.history(ticket.number)[1]
    assert (row["kind"], row["actor"], row["at"], row["public"]) == ("change", "Bob", "2026-11-23T22:18:13.123Z", False)
    assert row["text"] == "status: New → Pending (reopened)"
    assert store.db.rows("SELECT field, old_value, new_value FROM entry WHERE id = ?", (row["id"],)) == [
        ("status", "New", "Pending")
    ]


def test_filing__account_of_a_name_is_made_once(store: Store) -> None:
    """B25: a ticket under an account that is not there makes it, in whatever letter case it is asked for next."""
    first = make.open_ticket(store)
    filing = make.opening(store.facts(Wanted()))
    assert filing.new_ticket is not None
    filed = store.file(replace(filing, new_ticket=replace(filing.new_ticket, account_name="UNKNOWN  senders")))
    assert make.ticket(store, filed).account_id == first.account_id


def test_batch__failed_filing_takes_back_its_own_writes_alone(store: Store) -> None:
    """B70: of several filings in one commit each is whole or not there."""
    facts = store.facts(Wanted())
    with store.batch():
        store.file(make.opening(facts))
        with pytest.raises(FactsMoved):
            store.file(make.opening(facts))
        store.file(make.opening(store.facts(Wanted())))
    assert [row[0] for row in store.db.rows("SELECT number FROM ticket ORDER BY id")] == ["0500-1000", "0500-1001"]
    assert make.count_rows(store)["mail"] == 2


def test_batch__error_takes_back_everything(store: Store) -> None:
    """B70: what was filed in a batch that breaks off is not there."""

    def file_and_break_off() -> None:
        with store.batch():
            store.file(make.opening(store.facts(Wanted())))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        file_and_break_off()
    assert set(make.count_rows(store).values()) == {0}


def test_filing__naive_time_is_refused(store: Store) -> None:
    """B97: times are UTC; one without a zone could be anything."""
    with pytest.raises(ValueError, match="no time zone"):
        store.file(replace(make.opening(store.facts(Wanted())), at=make.NOW.replace(tzinfo=None)))


def test_filing__time_of_another_zone_is_stored_in_utc(store: Store) -> None:
    """B97: times are stored in UTC, to the millisecond, and read back the same."""
    at = make.NOW.astimezone(tz=None) + timedelta(microseconds=7)
    ticket = make.open_ticket(store, at=at, status="Completed")
    assert ticket.closed_at == make.NOW
