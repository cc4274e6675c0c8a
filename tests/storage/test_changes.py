"""What people change by command, and the history of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage.changes import Author
from storage.records import NewRecipient, StoreError, Ticket
from storage.store import Store
from storage.views import Object
from tests.storage import make


@pytest.fixture
def ticket(store: Store) -> Ticket:
    """A ticket in the Inbox, in a store with people."""
    store.import_people(make.PEOPLE)
    return make.open_ticket(store, in_inbox=True)


def row(store: Store, ticket: Ticket) -> Object:
    """The ticket's row of ticket_v1."""
    found = store.ticket(ticket.number)
    assert found is not None
    return found


def changes(store: Store, ticket: Ticket) -> list[str]:
    """What the history says of changes."""
    return [entry["text"] for entry in store.history(ticket.number) if entry["kind"] == "change"]


def employee(store: Store, address: str) -> int:
    """An employee's id."""
    return store.directory().by_address[address][0].id


def test_status__closing_stores_the_date_and_reopening_clears_it(store: Store, ticket: Ticket) -> None:
    """B91: the Close Date comes with Canceled or Completed, stays between the two, and goes with any other."""
    store.set_status(ticket.number, "Completed", make.ADMIN)
    assert (row(store, ticket)["closed_at"], row(store, ticket)["is_open"]) == ("2026-11-23T23:18:13.123Z", False)
    store.set_status(ticket.number, "Canceled", Author("administrator", make.NOW))
    assert row(store, ticket)["closed_at"] == "2026-11-23T23:18:13.123Z"
    store.set_status(ticket.number, "Pending", make.ADMIN)
    assert (row(store, ticket)["closed_at"], row(store, ticket)["is_open"]) == (None, True)


def test_status__change_takes_the_ticket_out_of_the_inbox(store: Store, ticket: Ticket) -> None:
    """B92: changing the status takes the ticket out of the Inbox; both changes are in the history (B71)."""
    store.set_status(ticket.number, "Hold", Author("ann@company.example", make.LATER, "waiting for parts"))
    assert row(store, ticket)["in_inbox"] is False
    assert changes(store, ticket) == [
        "status: New → Hold (waiting for parts)",
        "inbox: in → out (waiting for parts)",
    ]
    assert store.history(ticket.number)[-1]["actor"] == "ann@company.example"
    store.set_inbox([ticket.number], True, make.ADMIN)
    store.set_status(ticket.number, "New", make.ADMIN)
    assert changes(store, ticket)[-2:] == ["status: Hold → New", "inbox: in → out (the status changed)"]


@pytest.mark.parametrize("status", ["New", "Pending", "Scheduled", "In-House Service", "On-Site Service"])
def test_status__every_meaning_can_be_set(store: Store, ticket: Ticket, status: str) -> None:
    """B91: each status is stored under its meaning."""
    store.set_status(ticket.number, "Other", make.ADMIN)
    store.set_status(ticket.number, status, make.ADMIN)
    assert row(store, ticket)["status"] == status


def test_status__unknown_one_is_refused(store: Store, ticket: Ticket) -> None:
    """B91: a status that is none of the ten is an error that names them."""
    with pytest.raises(StoreError, match="allowed are New, Pending, Scheduled"):
        store.set_status(ticket.number, "Sleeping", make.ADMIN)


def test_assign__manager_changes_and_roles_follow(store: Store, ticket: Ticket) -> None:
    """B63, B71: a recipient by role is whoever is manager now; the history has old and new."""
    store.add_recipients(ticket.number, [NewRecipient("employee", role="manager")], make.ADMIN)
    for address in ("ann@company.example", "max@company.example"):
        store.assign(ticket.number, employee(store, address), make.ADMIN)
        assert [r["address"] for r in store.recipients(ticket.number)] == [address]
    store.assign(ticket.number, None, make.ADMIN)
    assert row(store, ticket)["manager"] is None
    assert changes(store, ticket)[1:] == ["manager: – → Ann", "manager: Ann → Max", "manager: Max → –"]


def test_assign__unknown_employee_is_refused(store: Store, ticket: Ticket) -> None:
    """B71: a manager who is not there is an error, and nothing changes."""
    with pytest.raises(StoreError, match="employee 4711"):
        store.assign(ticket.number, 4711, make.ADMIN)
    assert changes(store, ticket) == []


def test_unread__is_set_and_cleared_with_history(store: Store, ticket: Ticket) -> None:
    """B93, B71: unread and read are changes."""
    store.set_unread(ticket.number, True, make.ADMIN)
    assert row(store, ticket)["unread"] is True
    store.set_unread(ticket.number, False, make.ADMIN)
    assert changes(store, ticket) == ["unread: read → unread", "unread: unread → read"]


def test_inbox__tickets_go_in_and_out_together(store: Store, ticket: Ticket) -> None:
    """B92: several tickets are put in or taken out, all or none."""
    other = make.open_ticket(store)
    store.set_inbox([ticket.number, other.number], True, make.ADMIN)
    assert (changes(store, ticket), changes(store, other)) == ([], ["inbox: out → in"])
    with pytest.raises(StoreError, match="9999"):
        store.set_inbox([ticket.number, "0500-9999"], False, make.ADMIN)
    assert row(store, ticket)["in_inbox"] is True


def test_labels__are_added_and_removed(store: Store, ticket: Ticket) -> None:
    """B90, B71: labels are listed in order; the change has both lists."""
    store.set_labels(ticket.number, ["vip", "printer"], [], make.ADMIN)
    store.set_labels(ticket.number, ["late"], ["vip", "none"], make.ADMIN)
    assert row(store, ticket)["labels"] == ["late", "printer"]
    assert changes(store, ticket) == ["labels: – → printer,vip", "labels: printer,vip → late,printer"]


@pytest.mark.parametrize("label", ["a,b", " ", ""])
def test_labels__with_comma_or_empty_are_refused(store: Store, ticket: Ticket, label: str) -> None:
    """B97: labels are listed with commas between them, so they have none."""
    with pytest.raises(StoreError, match="has no comma"):
        store.set_labels(ticket.number, [label], [], make.ADMIN)


def test_recipients__are_added_once_and_removed(store: Store, ticket: Ticket) -> None:
    """B64, B71: addresses, employees and roles; who is there already gets no second row, and no entry."""
    ann = NewRecipient("employee", employee_id=employee(store, "ann@company.example"))
    bob = NewRecipient("external", "bcc", "Bob@Customer.example", "Bob")
    store.add_recipients(ticket.number, [bob, ann], make.ADMIN)
    store.add_recipients(ticket.number, [NewRecipient("external", "bcc", make.BOB)], make.ADMIN)
    assert [(r["list"], r["type"], r["name"], r["address"]) for r in store.recipients(ticket.number)] == [
        ("external", "bcc", "Bob", make.BOB),
        ("employee", None, "Ann", "ann@company.example"),
    ]
    store.remove_recipients(ticket.number, [bob], make.ADMIN)
    assert [r["name"] for r in store.recipients(ticket.number)] == ["Ann"]
    assert changes(store, ticket) == [
        f"recipients: – → bcc {make.BOB}",
        "recipients: – → employee Ann",
        f"recipients: bcc {make.BOB} → –",
    ]


def test_recipients__type_is_changed(store: Store, ticket: Ticket) -> None:
    """B64, B80: an address that is there gets the type that was asked for; a hidden one must not stay visible."""
    store.add_recipients(ticket.number, [NewRecipient("external", "to", make.BOB)], make.ADMIN)
    store.add_recipients(ticket.number, [NewRecipient("external", "bcc", "BOB@customer.example")], make.ADMIN)
    assert [(r["type"], r["address"]) for r in store.recipients(ticket.number)] == [("bcc", make.BOB)]
    assert changes(store, ticket)[1:] == [f"recipients: to {make.BOB} → bcc {make.BOB}"]


WRONG = [
    (NewRecipient("external", address="Bob <bob@x.example>"), "not a plain address"),
    (NewRecipient("external", "all", "bob@x.example"), "allowed are to, cc, bcc"),
    (NewRecipient("employee", role="boss"), "allowed are manager, account-manager"),
    (NewRecipient("employee", employee_id=4711), "refused|employee 4711|changed"),
]


@pytest.mark.parametrize(("wrong", "problem"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_recipients__wrong_one_adds_nobody(store: Store, ticket: Ticket, wrong: NewRecipient, problem: str) -> None:
    """B64: anything but plain addresses, known types, employees and roles is an error, and nobody is added."""
    with pytest.raises(StoreError, match=problem):
        store.add_recipients(ticket.number, [NewRecipient("external", address="a@x.example"), wrong], make.ADMIN)
    assert store.recipients(ticket.number) == []


def test_recipients__one_who_is_not_there_cannot_go(store: Store, ticket: Ticket) -> None:
    """B64: removing somebody who is not on the ticket is an error that names the address."""
    with pytest.raises(StoreError, match=r"eve@x\.example is not among"):
        store.remove_recipients(ticket.number, [NewRecipient("external", address="eve@x.example")], make.ADMIN)


COMMANDS: dict[str, Callable[[Store, str], None]] = {
    "status": lambda store, number: store.set_status(number, "Hold", make.ADMIN),
    "assign": lambda store, number: store.assign(number, None, make.ADMIN),
    "unread": lambda store, number: store.set_unread(number, True, make.ADMIN),
    "inbox": lambda store, number: store.set_inbox([number], True, make.ADMIN),
    "labels": lambda store, number: store.set_labels(number, ["x"], [], make.ADMIN),
    "recipients": lambda store, number: store.add_recipients(number, [], make.ADMIN),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_change__of_no_ticket_is_refused(store: Store, command: str) -> None:
    """B71: a number that names no ticket is an error that names it."""
    with pytest.raises(StoreError, match="'0500-9': there is none"):
        COMMANDS[command](store, "0500-9")


def test_change__of_a_merged_ticket_is_refused(store: Store, ticket: Ticket) -> None:
    """B34: a merged ticket takes no changes any more."""
    other = make.open_ticket(store)
    with store.db.transaction():
        store.db.run("UPDATE ticket SET merged_into_id = ? WHERE id = ?", (other.id, ticket.id))
    with pytest.raises(StoreError, match="was merged"):
        store.set_status(ticket.number, "Hold", make.ADMIN)


def test_change__that_is_none_writes_nothing(store: Store, ticket: Ticket) -> None:
    """B71: setting what is so already writes no history, and the version stays."""
    store.set_status(ticket.number, "New", make.ADMIN)
    store.set_inbox([ticket.number], True, make.ADMIN)
    store.set_unread(ticket.number, False, make.ADMIN)
    store.assign(ticket.number, None, make.ADMIN)
    assert make.by_number(store, ticket.number) == ticket
    assert changes(store, ticket) == []


def test_change__raises_the_version(store: Store, ticket: Ticket) -> None:
    """B70: a mail that is being decided on meanwhile sees that its ticket changed."""
    store.set_labels(ticket.number, ["vip"], [], make.ADMIN)
    assert make.by_number(store, ticket.number).version == ticket.version + 1
    assert row(store, ticket)["changed_at"] == "2026-11-23T23:18:13.123Z"


def test_status__says_whether_it_changed(store: Store) -> None:
    """B86: of two who complete a ticket at once only one tells the customers."""
    number = make.open_ticket(store).number
    assert [store.set_status(number, "Completed", make.ADMIN) for _ in range(2)] == [True, False]
