"""Tickets moved and merged, entries taken elsewhere and edited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage import entry_changes
from storage.database import Database
from storage.people_rows import AccountRow, ContactRow
from storage.records import ExternalRecipient, FactsMoved, NewRecipient, NewTicket, StoreError, Ticket, Wanted
from storage.store import Store
from storage.views import Object
from tests.storage import make

PEOPLE = (
    *make.PEOPLE,
    AccountRow("Borealis"),
    ContactRow("Carla", "Acme", "carla@acme.example"),
    ContactRow("Carla B.", "Borealis", "carla@acme.example"),
)


def opened(store: Store, account: str = "Acme", contact: str = "", **fields: object) -> Ticket:
    """A ticket of an account, with its contact."""
    ids = {one.name: one.id for one in store.accounts()}
    person = next((one.id for one in store.contacts() if one.name == contact), None)
    facts = store.facts(Wanted())
    new = NewTicket(facts.next_number, ids[account], account, person, None, None, "Printer", "It is broken.")
    return make.ticket(store, store.file(make.opening(facts, new_ticket=new, **fields)))


def row(store: Store, number: str) -> Object:
    found = store.ticket(number)
    assert found is not None
    return found


def employee(store: Store, name: str) -> int:
    return next(one.id for one in store.directory().employees.values() if one.name == name)


def changes(store: Store, number: str) -> list[str]:
    return [entry["text"] for entry in store.history(number) if entry["kind"] == "change"]


@pytest.fixture(autouse=True)
def people(store: Store) -> None:
    store.import_people(PEOPLE)


def test_move__with_all_it_has(store: Store) -> None:
    """B95: a moved ticket keeps history and recipients; its contact is the new account's person with that address."""
    on_it = NewRecipient("external", "cc", "carla@acme.example")
    ticket = opened(store, contact="Carla", recipients=(on_it,))

    store.move(ticket.number, "borealis", make.ADMIN)

    moved = row(store, ticket.number)
    assert (moved["account"], moved["contact"]) == ("Borealis", "Carla B.")
    assert make.by_number(store, ticket.number).external == (ExternalRecipient("carla@acme.example", "", "cc"),)
    assert changes(store, ticket.number) == ["account: Acme → Borealis", "contact: Carla → Carla B."]
    assert [entry["kind"] for entry in store.history(ticket.number)] == ["email", "change", "change"]


def test_move__contact_is_known_by_either_address(store: Store) -> None:
    """B95: the person is the same one, whichever of two addresses comes first in an account."""
    store.import_people([AccountRow("Third"), ContactRow("Carla C.", "Third", "c@third.example", "carla@acme.example")])
    ticket = opened(store, contact="Carla")
    store.move(ticket.number, "Third", make.ADMIN)
    assert row(store, ticket.number)["contact"] == "Carla C."


def test_move__contact_that_the_account_does_not_have_goes(store: Store) -> None:
    """B33, B95: nobody of the old account has a say as contact any more."""
    store.import_people([AccountRow("Third")])
    ticket = opened(store, contact="Carla")
    store.move(ticket.number, "Third", make.ADMIN)
    assert row(store, ticket.number)["contact"] is None
    assert changes(store, ticket.number)[-1] == "contact: Carla → –"


def test_move__unknown_account_is_refused(store: Store) -> None:
    """B95: nothing is made up; moving to where it is changes nothing."""
    ticket = opened(store)
    with pytest.raises(StoreError, match="account 'Nowhere': there is none"):
        store.move(ticket.number, "Nowhere", make.ADMIN)
    store.move(ticket.number, "ACME", make.ADMIN)
    assert changes(store, ticket.number) == []


def test_merge__everything_goes_along(store: Store) -> None:
    """B34, B95: entries, recipients, labels, Message-IDs and what waits to be sent are the other ticket's then."""
    ann, bob = NewRecipient("external", "to", "ann@x.example"), NewRecipient("external", "cc", "bob@x.example")
    target = opened(store, recipients=(ann,))
    sent, entry = make.outgoing("ann@x.example"), make.entry()
    inside = NewRecipient("employee", role="manager"), NewRecipient("employee", employee_id=employee(store, "Ann"))
    joining = (replace(ann, type="bcc"), bob, *inside)
    source = opened(store, recipients=joining, outgoing=(sent,), entry=entry, in_inbox=True)
    store.set_labels(source.number, ["red", "blue"], [], make.ADMIN)
    store.set_labels(target.number, ["red"], [], make.ADMIN)

    store.merge(source.number, target.number, make.ADMIN)

    merged = make.by_number(store, source.number)
    assert (merged.id, merged.number) == (target.id, target.number)
    assert merged.external == (
        ExternalRecipient("ann@x.example", "", "to"),
        ExternalRecipient("bob@x.example", "", "cc"),
    )
    found = store.facts(Wanted(message_ids=(sent.message_id, entry.message_id)))
    assert {message.ticket_id for message in found.messages.values()} == {target.id}
    assert row(store, target.number)["labels"] == ["blue", "red"]
    assert row(store, target.number)["in_inbox"] is True
    assert [delivery["ticket"] for delivery in store.deliveries()] == [target.number]
    assert [entry["text"] for entry in store.history(target.number)][:2] == ["It is broken."] * 2
    why = f"(merged with {source.number})"
    assert changes(store, target.number)[-4:] == [
        f"merged: – → {source.number} with 2 entries: Printer",
        f"labels: red → blue,red {why}",
        f"recipients: – → cc bob@x.example, role manager, employee Ann {why}",
        f"inbox: out → in {why}",
    ]


def test_merge__tombstone(store: Store) -> None:
    """B95: what is left is closed, out of the Inbox, not changed any more, and its history says where it went."""
    target, source = opened(store), opened(store, in_inbox=True, unread=True)
    store.set_dispatching(source.number, True, make.ADMIN)
    store.merge(source.number, target.number, make.ADMIN)
    left = row(store, source.number)
    assert (left["merged_into"], left["is_open"], left["in_inbox"], left["unread"]) == (
        target.number, False, False, False,
    )  # fmt: skip
    assert changes(store, source.number) == [
        f"merged into: – → {target.number}",
        f"status: New → Completed (merged into {target.number})",
        f"inbox: in → out (merged into {target.number})",
        f"unread: unread → read (merged into {target.number})",
        f"dispatching: on → off (merged into {target.number})",
    ]
    with pytest.raises(StoreError, match=f"{source.number} was merged into {target.number}; change that"):
        store.set_status(source.number, "New", make.ADMIN)


def test_merge__chains_are_followed_and_rings_cannot_be(store: Store) -> None:
    """B34: a number leads through several merges; a ticket is not merged into itself or back."""
    first, second, third = opened(store), opened(store), opened(store)
    store.merge(first.number, second.number, make.ADMIN)
    store.merge(second.number, third.number, make.ADMIN)
    assert make.by_number(store, first.number).id == third.id
    for one, other in ((third, third), (third, first)):
        with pytest.raises(StoreError, match=f"itself|{first.number} was merged into {third.number}"):
            store.merge(one.number, other.number, make.ADMIN)


def test_merge__tickets_of_two_accounts_are_refused(store: Store) -> None:
    """B95: only tickets of one account are merged, and the refusal says what to do."""
    one, other = opened(store), opened(store, "Borealis")
    with pytest.raises(StoreError, match="move one of them first"):
        store.merge(one.number, other.number, make.ADMIN)
    assert row(store, one.number)["merged_into"] is None


def test_merge__mail_decided_before_is_decided_anew(store: Store) -> None:
    """B70, B95: a mail whose ticket is merged meanwhile is not filed on the tombstone."""
    target, source = opened(store), opened(store)
    late = make.reply(store.facts(Wanted()), source)
    store.merge(source.number, target.number, make.ADMIN)
    with pytest.raises(FactsMoved):
        store.file(late)


def test_take__later_replies_follow(store: Store) -> None:
    """B38: the entry stands on the other ticket, its Message-IDs lead there, both histories tell."""
    entry, sent = make.entry(), make.outgoing("ann@x.example")
    source, target = opened(store, entry=entry, outgoing=(sent,)), opened(store)
    (mail,) = [one for one in store.history(source.number) if one["kind"] == "email"]

    assert store.take(mail["id"], target.number, make.ADMIN) == source.number

    found = store.facts(Wanted(message_ids=(entry.message_id, sent.message_id)))
    assert {message.ticket_id for message in found.messages.values()} == {target.id}
    assert mail["id"] in [one["id"] for one in store.history(target.number)]
    assert [delivery["ticket"] for delivery in store.deliveries()] == [target.number]
    assert changes(store, source.number) == [f"entry: {mail['id']} Printer → taken to {target.number}"]
    assert changes(store, target.number) == [
        f"entry: {mail['id']} Printer → taken from {source.number}",
        "inbox: out → in (customer's mail)",
        "unread: read → unread (customer's mail)",
    ]


@pytest.mark.parametrize("merged", [False, True])
def test_take__where_an_entry_was_first_is_kept(store: Store, *, merged: bool) -> None:
    """B38, B34: whatever was sent for it bears that number, wherever it goes then; merges are followed from there."""
    entry = make.entry()
    first, second, third = opened(store, entry=entry), opened(store), opened(store)
    (mail,) = [one["id"] for one in store.history(first.number) if one["kind"] == "email"]
    store.take(mail, second.number, make.ADMIN)
    store.take(mail, third.number, make.ADMIN)
    if merged:
        store.merge(first.number, second.number, make.ADMIN)
    message = store.facts(Wanted(message_ids=(entry.message_id,))).messages[entry.message_id]
    assert (message.ticket_id, message.taken_from) == (third.id, second.id if merged else first.id)


def test_take__employees_mail_is_no_news(store: Store) -> None:
    """B92, B93: only mail from outside puts the ticket into the Inbox and makes it unread."""
    source, target = opened(store, entry=make.entry(sender_kind="employee")), opened(store)
    (mail,) = [one["id"] for one in store.history(source.number) if one["kind"] == "email"]
    store.take(mail, target.number, make.ADMIN)
    assert (row(store, target.number)["in_inbox"], row(store, target.number)["unread"]) == (False, False)


def test_take__changes_stay_where_they_were_made(store: Store) -> None:
    """B38, B71: the record of a change cannot be taken away from its ticket."""
    source, target = opened(store), opened(store)
    store.set_status(source.number, "Hold", make.ADMIN)
    change = store.history(source.number)[-1]["id"]
    with pytest.raises(StoreError, match="is a change: only email, note"):
        store.take(change, target.number, make.ADMIN)
    mail = store.history(source.number)[0]["id"]
    with pytest.raises(StoreError, match="already"):
        store.take(mail, source.number, make.ADMIN)
    with pytest.raises(StoreError, match="there is none with this id"):
        store.take(99_999, target.number, make.ADMIN)


def test_edit__text_and_its_history(store: Store) -> None:
    """B72: the edit is recorded with both texts, the original and the whole text stay."""
    ticket = opened(store)
    mail = store.history(ticket.number)[0]
    assert store.edit_text(mail["id"], "It is\0 fixed.", make.ADMIN)
    assert not store.edit_text(mail["id"], "It is fixed.", make.ADMIN)
    edited = store.entry(mail["id"])
    assert edited is not None
    assert (edited.row["text"], edited.whole_text) == ("It is fixed.", "It is broken.\n> old")
    assert edited.row["original_sha256"] == mail["original_sha256"]
    assert changes(store, ticket.number) == [f"text of entry {mail['id']}: It is broken. → It is fixed."]


@pytest.mark.parametrize("taken", [False, True])
def test_edit__of_what_somebody_else_changed_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, taken: bool
) -> None:
    """B71, B72: the old text in the history is the one that was replaced, on the ticket where the entry stands."""
    ticket, other = opened(store), opened(store)
    mail = store.history(ticket.number)[0]["id"]
    read = entry_changes._entry

    def read_late(db: Database, entry_id: int) -> tuple[str, str, str, int]:
        found = read(db, entry_id)
        monkeypatch.setattr(entry_changes, "_entry", read)
        if taken:
            store.take(entry_id, other.number, make.ADMIN)
        else:
            store.edit_text(entry_id, "First.", make.ADMIN)
        return found

    monkeypatch.setattr(entry_changes, "_entry", read_late)
    with pytest.raises(FactsMoved, match="was changed by somebody else meanwhile"):
        store.edit_text(mail, "Second.", make.ADMIN)
    assert all("Second." not in text for number in (ticket.number, other.number) for text in changes(store, number))


def test_public__flag_of_one_entry(store: Store) -> None:
    """B44: the flag can be changed for each entry, and the change is in the history; changes are never public."""
    ticket = opened(store)
    mail = store.history(ticket.number)[0]["id"]
    assert store.set_public(mail, False, make.ADMIN)
    assert not store.set_public(mail, False, make.ADMIN)
    assert store.history(ticket.number)[0]["public"] is False
    (told,) = changes(store, ticket.number)
    assert told == f"public flag of entry {mail}: public → not public"
    change = store.history(ticket.number)[-1]["id"]
    with pytest.raises(StoreError, match="never shown to customers"):
        store.set_public(change, True, make.ADMIN)
    with pytest.raises(StoreError, match="only the texts of"):
        store.edit_text(change, "x", make.ADMIN)


def test_file__without_a_mail(store: Store) -> None:
    """B70: what a command writes as a mail does needs no row of the ledger."""
    facts = store.facts(Wanted())
    note = make.entry(kind="note", direction="none", message_id="", original_sha256="")
    filed = store.file(make.opening(facts, mail=None, entry=note, outgoing=(make.outgoing("a@x.example", body=b"x"),)))
    assert (filed.mail_id, filed.outcome) == (None, "filed")
    assert make.count_rows(store)["mail"] == 0
    (parcel,) = store.claim_deliveries(make.LATER, 10, 60, "courier")
    assert (parcel.mail, parcel.body) == ("", b"x")
