"""What the store tells about one mail before anything is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.people_rows import AccountRow, ContactRow, EmployeeRow
from storage.records import NewRecipient, Wanted
from storage.store import Store
from tests.storage import make


def merge(store: Store, number: str, into: str) -> None:
    """Merge as a later command will."""
    with store.db.transaction():
        store.db.run(
            "UPDATE ticket SET merged_into_id = (SELECT id FROM ticket WHERE number = ?) WHERE number = ?",
            (into, number),
        )


def test_facts__employee_is_found_by_both_addresses(store: Store) -> None:
    """B20, B21: Email1 and Email2 lead to the employee, in the normalised form."""
    store.import_people([EmployeeRow("Ann", "Ann@COMPANY.example", "ann@bücher.example")])
    by_address = store.facts(Wanted()).directory.by_address
    (ann,) = by_address["ann@company.example"]
    assert by_address["ann@xn--bcher-kva.example"] == (ann,)
    assert (ann.name, ann.active) == ("Ann", True)


def test_facts__two_employees_with_one_address_are_both_told(store: Store) -> None:
    """B22: importing them warns, and the directory shows both under the address."""
    rows = [EmployeeRow("Ann", "shared@company.example"), EmployeeRow("Max", "max@company.example")]
    assert store.import_people(rows).warnings == ()
    done = store.import_people([replace(rows[1], email2="shared@company.example")])
    assert "'Ann' and 'Max'" in done.warnings[0]
    found = store.facts(Wanted()).directory.by_address["shared@company.example"]
    assert [employee.name for employee in found] == ["Ann", "Max"]


def test_facts__directory_is_kept_until_people_change(open_store: Callable[..., Store]) -> None:
    """B20: the directory is read again when another process changed people, and not before."""
    store, other = open_store(), open_store()
    store.import_people(make.PEOPLE)
    first = store.facts(Wanted()).directory
    assert store.facts(Wanted()).directory is first
    other.import_people([EmployeeRow("Eve", "eve@company.example")])
    assert "eve@company.example" in store.facts(Wanted()).directory.by_address


def test_facts__contact_brings_account_with_manager_and_main_contact(store: Store) -> None:
    """B24, B63: a contact's address leads to the contact and its whole account."""
    store.import_people(make.PEOPLE)
    facts = store.facts(Wanted(addresses=("carl@acme.example", "nobody@x.example")))
    (contact,) = facts.contacts["carl@acme.example"]
    account = facts.accounts[contact.account_id]
    assert (contact.name, contact.main, account.name) == ("Carl", True, "Acme")
    assert account.main_contact == ("Carl", "carl@acme.example")
    assert account.main_contact_id == contact.id
    assert account.manager_id == facts.directory.by_address["max@company.example"][0].id
    assert "nobody@x.example" not in facts.contacts


def test_facts__who_was_asked_for_is_known_until_people_change(open_store: Callable[..., Store]) -> None:
    """B20, B70: what nobody had, and what somebody had, is told anew after a change by another process."""
    store, other = open_store(), open_store()
    wanted = Wanted(addresses=("carl@acme.example", "new@acme.example"), sender="carl@acme.example")
    assert store.facts(wanted).contacts == {}
    other.import_people(make.PEOPLE)
    before = store.facts(wanted)
    assert store.facts(wanted) == before
    assert [one.domains for one in before.domain_accounts] == [("acme.example",)]

    other.import_people([ContactRow("Nora", "Acme", "new@acme.example"), AccountRow("Acme", "desk@acme.example")])
    after = store.facts(wanted)
    assert sorted(before.contacts) == ["carl@acme.example"]
    assert sorted(after.contacts) == ["carl@acme.example", "new@acme.example"]
    assert [account.addresses for account in after.accounts.values()] == [("desk@acme.example",)]
    assert after.domain_accounts == ()


def test_facts__account_that_a_mail_made_is_taken_back_with_it(store: Store) -> None:
    """B70: nothing is kept of an account that is gone with the ticket for which it was made."""

    def open_in_vain() -> None:
        with store.db.transaction():
            ticket = make.open_ticket(store)
            facts = store.facts(Wanted(numbers=(ticket.number,), accounts=("Unknown senders",)))
            assert [one.name for one in facts.accounts.values()] == ["Unknown senders"]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        open_in_vain()
    assert store.facts(Wanted(accounts=("Unknown senders",))).accounts_by_name == {}
    opening = make.opening(store.facts(Wanted()))
    assert opening.new_ticket
    store.file(replace(opening, new_ticket=replace(opening.new_ticket, account_name="Internal")))
    assert [one.name for one in store.facts(Wanted(numbers=("0500-1000",))).accounts.values()] == ["Internal"]


def test_facts__account_is_found_by_address_and_by_name(store: Store) -> None:
    """B24: an account's own address, and its name in any letter case, lead to it."""
    store.import_people(make.PEOPLE)
    facts = store.facts(Wanted(addresses=("office@acme.example",), accounts=("ACME", "Internal")))
    (account,) = facts.account_addresses["office@acme.example"]
    assert facts.accounts_by_name == {"acme": account}
    assert account.domains == ("acme.example",)


def test_facts__domain_on_two_accounts_shows_both(store: Store) -> None:
    """B24: accounts are listed by the sender's domain alone, every one that lists it."""
    store.import_people([*make.PEOPLE, AccountRow("Acme West", domains=("ACME.example.", "west.example"))])
    facts = store.facts(Wanted(addresses=("x@acme.example", "y@west.example"), sender="x@acme.example"))
    assert [account.name for account in facts.domain_accounts] == ["Acme", "Acme West"]
    assert facts.domain_accounts[1].domains == ("acme.example", "west.example")


def test_facts__contact_at_two_accounts_shows_both(store: Store) -> None:
    """B24: an address may be that of several contacts."""
    store.import_people([*make.PEOPLE, AccountRow("Other"), ContactRow("Carl", "Other", "carl@acme.example")])
    facts = store.facts(Wanted(addresses=("carl@acme.example",)))
    assert {facts.accounts[c.account_id].name for c in facts.contacts["carl@acme.example"]} == {"Acme", "Other"}


def test_facts__ticket_by_number_has_all_that_decides(store: Store) -> None:
    """B31, B33, B63: people, recipients, roles and version of the ticket come with it."""
    store.import_people(make.PEOPLE)
    ann = store.directory().by_address["ann@company.example"][0]
    ticket = make.open_ticket(
        store,
        recipients=(
            NewRecipient("external", "cc", "carl@acme.example", "Carl"),
            NewRecipient("employee", employee_id=ann.id),
            NewRecipient("employee", role="manager"),
            NewRecipient("employee", role="account-manager"),
        ),
    )
    assert (ticket.version, ticket.subject, ticket.employee_ids) == (1, "Printer", (ann.id,))
    assert ticket.roles == ("manager", "account-manager")
    assert [(r.address, r.type) for r in ticket.external] == [("carl@acme.example", "cc")]


def test_facts__number_that_names_none_is_absent(store: Store) -> None:
    """B31: a number without a ticket is not among the numbers."""
    ticket = make.open_ticket(store)
    facts = store.facts(Wanted(numbers=("0500-9", ticket.number)))
    assert facts.numbers == {ticket.number: ticket.id}


def test_facts__message_ids_received_and_issued_lead_to_the_ticket(store: Store) -> None:
    """B32, B33: both kinds are known, with who may have seen them."""
    customer, internal = make.entry(), make.entry(public=False, sender_kind="employee")
    sent = make.outgoing("a@company.example", outward=True)
    ticket = make.open_ticket(store, entry=customer, outgoing=(sent,))
    store.file(make.reply(store.facts(Wanted()), ticket, entry=internal))
    asked = (internal.message_id, sent.message_id, customer.message_id, "<none@x.example>")
    messages = store.facts(Wanted(message_ids=asked)).messages
    assert {i: (m.issued, m.outward, m.ticket_id) for i, m in messages.items()} == {
        customer.message_id: (False, True, ticket.id),
        sent.message_id: (True, True, ticket.id),
        internal.message_id: (False, False, ticket.id),
    }


def test_facts__texts_of_the_messages_answered(store: Store) -> None:
    """B56: the whole texts of what was received, once, as asked; a response is told by its own bytes."""
    customer, reply = make.entry(), make.entry(text="Done.", whole_text="", sender_name="Ann")
    sent = make.outgoing("a@company.example")
    response = make.outgoing("b@customer.example", kind="response", head=b"Subject: x\r\n\r\n", body=b"Thank you.")
    ticket = make.open_ticket(store, entry=customer, outgoing=(sent, response))
    store.file(make.reply(store.facts(Wanted()), ticket, entry=reply))
    asked = (reply.message_id, sent.message_id, "<none@x.example>", customer.message_id, response.message_id)
    said = store.facts(Wanted(message_ids=asked)).said
    assert [(one.message_id, one.text, one.own) for one in said] == [
        (reply.message_id, "Done.", b""),
        (sent.message_id, customer.whole_text, b""),
        (response.message_id, "", b"Subject: x\r\n\r\nThank you."),
    ]
    assert {one.ticket_id for one in said} == {ticket.id}
    assert (said[0].sender_name, said[1].sender_address, said[1].written) == ("Ann", make.BOB, len(customer.text))


def test_facts__texts_are_bounded(store: Store) -> None:
    """B56: five messages are read, 64 KiB of each."""
    entries = [make.entry(whole_text="x" * 100_000) for _ in range(7)]
    ticket = make.open_ticket(store, entry=entries[0])
    for entry in entries[1:]:
        ticket = make.ticket(store, store.file(make.reply(store.facts(Wanted()), ticket, entry=entry)))
    said = store.facts(Wanted(message_ids=tuple(entry.message_id for entry in reversed(entries)))).said
    assert [one.message_id for one in said] == [entry.message_id for entry in entries[:1:-1]]
    assert {len(one.text) for one in said} == {64 * 1024}


def test_facts__merged_number_and_message_lead_to_the_end_of_the_chain(store: Store) -> None:
    """B34: numbers and Message-IDs of merged tickets lead to the ticket at the end of the merges."""
    entries = [make.entry() for _ in range(3)]
    first, second, third = (make.open_ticket(store, entry=entry) for entry in entries)
    merge(store, first.number, second.number)
    merge(store, second.number, third.number)
    facts = store.facts(Wanted(numbers=(first.number,), message_ids=(entries[0].message_id,)))
    assert facts.numbers == {first.number: third.id}
    assert facts.messages[entries[0].message_id].ticket_id == third.id
    assert list(facts.tickets) == [third.id]


def test_facts__ring_of_merges_ends(store: Store) -> None:
    """B34: even a ring of merges, which nothing should make, does not hang a mail."""
    first, second = make.open_ticket(store), make.open_ticket(store)
    merge(store, first.number, second.number)
    merge(store, second.number, first.number)
    assert store.facts(Wanted(numbers=(first.number,))).numbers.keys() == {first.number}


def test_facts__thread_is_the_first_and_the_newest_nine(store: Store) -> None:
    """B32: of a long thread the first message and the newest nine are told, in order, none twice."""
    entries = [make.entry() for _ in range(12)]
    ticket = make.open_ticket(store, entry=entries[0])
    assert [message.message_id for message in ticket.thread] == [entries[0].message_id]
    for entry in entries[1:]:
        ticket = make.ticket(store, store.file(make.reply(store.facts(Wanted()), ticket, entry=entry)))
    expected = [entries[0].message_id, *(entry.message_id for entry in entries[-9:])]
    assert [message.message_id for message in ticket.thread] == expected


def test_facts__own_message_that_comes_back_is_told(store: Store) -> None:
    """B12: a Message-ID that the service issued is its own, one that it received is not."""
    sent, record = make.outgoing("a@company.example"), make.mail()
    make.open_ticket(store, mail=record, entry=make.entry(message_id=record.message_id), outgoing=(sent,))
    back = store.facts(Wanted(message_id=sent.message_id))
    again = store.facts(Wanted(message_id=record.message_id))
    assert (back.own_message, back.message_id_known) == (True, False)
    assert (again.own_message, again.message_id_known) == (False, True)


def test_facts__mail_without_message_id_is_nobodys_double(store: Store) -> None:
    """B5: no Message-ID is not a known Message-ID."""
    make.open_ticket(store, mail=make.mail(message_id=""), entry=make.entry(message_id=""))
    facts = store.facts(Wanted(message_id="", dedupe_key=""))
    assert (facts.message_id_known, facts.own_message, facts.duplicate_of) == (False, False, None)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (Wanted(sender=make.BOB, since=make.NOW), 1),
        (Wanted(sender="other@x.example", answer=make.BOB, since=make.NOW), 1),
        (Wanted(sender="reply@x.example", since=make.NOW), 1),
        (Wanted(sender=make.BOB, answer="reply@x.example", since=make.NOW), 1),
        (Wanted(sender=make.BOB, since=make.NOW + timedelta(seconds=1)), 0),
        (Wanted(sender="eve@customer.example", since=make.NOW), 0),
        (Wanted(sender=make.BOB), 0),
    ],
)
def test_facts__responses_are_counted_since_a_time(store: Store, asked: Wanted, count: int) -> None:
    """B13: a response counts for who got it and for whose mail it answers, once, in any letter case."""
    response = make.outgoing("Reply@x.example", kind="response")
    make.open_ticket(store, mail=make.mail(sender="BOB@Customer.example"), outgoing=(response,))
    assert store.facts(asked).responses == count


NUMBERS = [(1000, ["0500-1000", "0500-1001"]), (9999, ["0500-9999", "0500-10000"])]


@pytest.mark.parametrize(("first", "numbers"), NUMBERS)
def test_facts__numbers_are_given_in_order(store: Store, first: int, numbers: list[str]) -> None:
    """B90: `PPPP-NNNN` from FirstNumber on, and five digits after 9999."""
    with store.db.transaction():
        store.db.run("UPDATE setting SET value = ? WHERE name = 'next_number'", (str(first),))
    assert [make.open_ticket(store).number, store.facts(Wanted()).next_number] == numbers


def test_facts__empty_question_has_an_answer(store: Store) -> None:
    """B105: a mail that names nothing finds nothing, and the next number."""
    facts = store.facts(Wanted())
    assert (facts.tickets, facts.contacts, facts.messages, facts.next_number) == ({}, {}, {}, "0500-1000")


def test_facts__thousands_of_references_are_answered(store: Store) -> None:
    """B8: a mail with thousands of references and addresses costs one query each, not one for each."""
    entry = make.entry()
    ticket = make.open_ticket(store, entry=entry)
    ids = (*(f"<{i}@x.example>" for i in range(9000)), entry.message_id)
    facts = store.facts(Wanted(message_ids=ids, addresses=tuple(f"a{i}@x.example" for i in range(2000))))
    assert facts.messages[entry.message_id].ticket_id == ticket.id
