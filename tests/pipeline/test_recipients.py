"""Stage 6: who joins the ticket."""

from __future__ import annotations

import pytest

from connector.mail.model import Envelope
from connector.pipeline.verdicts import Additions
from storage.records import Wanted
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.sent import ticket_of

ALICE, JANE = "Alice Archer <alice@company.example>", "Jane Doe <jane@acme.example>"


def additions(house: House, sender: str = JANE, **mail: str) -> Additions:
    return house.dry_run(mail_bytes(sender, **mail)).decision.additions


def joined(found: Additions, code: str) -> list[tuple[str, str, str]]:
    """List, type and address of those who join for this reason."""
    return [(o.recipient.list, o.recipient.type, o.address) for o in found.added if o.because.code == code]


def refused(found: Additions) -> dict[str, str]:
    return {one.address: one.because.code for one in found.not_added}


@pytest.fixture
def with_ticket(house: House) -> House:
    """A house with ticket 0500-1000 of Jane at Acme."""
    house.send(JANE)
    return house


# -- from the header ---------------------------------------------------------------------------------------------


def test_recipients__to_and_cc_join_as_they_stand(with_ticket: House) -> None:
    """B60: every address in To and Cc joins, type To or Cc as in the header."""
    found = additions(with_ticket, subject="[0500-1000]", to=f"{PUBLIC}, a@else.example", Cc="B <b@else.example>")

    assert joined(found, "named-in-header") == [
        ("external", "to", "a@else.example"),
        ("external", "cc", "b@else.example"),
    ]
    assert found.added[-1].recipient.name == "B"


def test_recipients__employees_join_their_own_list(with_ticket: House) -> None:
    """B60: an employee's address, by either of the two, joins the Employee Recipients, once."""
    found = additions(
        with_ticket,
        subject="[0500-1000]",
        Cc="Grace <grace@company.example>, ALICE.ARCHER@home.example, alice@company.example",
    )

    assert joined(found, "employee-named-in-header") == [
        ("employee", "to", "grace@company.example"),
        ("employee", "to", "alice@company.example"),
    ]


def test_recipients__external_mail_of_an_employee_adds_too(with_ticket: House) -> None:
    """B60: an employee's external mail adds whom it names."""
    found = additions(with_ticket, ALICE, subject="[0500-1000]", Cc="x@else.example")

    assert joined(found, "named-in-header") == [("external", "cc", "x@else.example")]


def test_recipients__named_in_to_and_cc_is_to(with_ticket: House) -> None:
    """B60, B61: an address that stands twice joins once, as To."""
    found = additions(with_ticket, subject="[0500-1000]", to="x@else.example", Cc="X@Else.Example")

    assert joined(found, "named-in-header") == [("external", "to", "x@else.example")]


def test_recipients__switched_off(build: Build) -> None:
    """B60: with AutomaticallyFindAndAddTicketRecipients=N nobody of the header joins."""
    found = additions(build(add_recipients=False), Cc="x@else.example, grace@company.example")

    assert set(refused(found).values()) == {"adding-is-switched-off"}
    assert joined(found, "ticket-opened-for") == [("external", "to", "jane@acme.example")]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("SUPPORT@example.com", "public-address"),
        ("support+0500-1000@example.com", "public-address"),
        ("never@else.example", "never-add-recipients"),
        ("NEVER@else.example", "never-add-recipients"),
        ("no-reply@else.example", "nobody-reads-it"),
        ("NoReply@else.example", "nobody-reads-it"),
        ("do_not_reply@else.example", "nobody-reads-it"),
        ("noreply-ticket5@else.example", "nobody-reads-it"),
        ("mailer-daemon@else.example", "nobody-reads-it"),
        ("postmaster@else.example", "nobody-reads-it"),
        ("JANE@acme.example", "already-there"),
        ("desk@company.example", "employees-share-address"),
        ("dave@company.example", "employee-inactive"),
        ("bob@company.example", "already-there"),
        ("a@b@else.example", "not-an-address"),
        ('"a b"@else.example', "not-an-address"),
        ("jürgen@else.example", "not-an-address"),
        ("x@else.example?subject=y", "not-an-address"),
        ("x@else..example", "not-an-address"),
    ],
)
def test_recipients__never_added(build: Build, address: str, code: str) -> None:
    """B22, B23, B61: public addresses and plus-forms, NeverAddRecipients, robots, who is there, what is no address."""
    house = build(never_add=("never@else.example",))
    house.send(JANE)

    found = additions(house, subject="[0500-1000]", to=address)

    assert (found.added, list(refused(found).values())) == ((), [code])


def test_recipients__plus_form_of_a_public_plus_form(build: Build) -> None:
    """B61: a public address that is a plus-form itself has plus-forms of its own."""
    house = build(public_addresses=(PUBLIC, "help+de@example.com"))

    assert (
        refused(additions(house, Cc="help+de+x@example.com, help@example.com"))["help+de+x@example.com"]
        == "public-address"
    )


def test_recipients__no_more_than_the_limit_from_one_mail(build: Build) -> None:
    """B61: MaxRecipientsAddedPerMail; those who are refused for another reason do not count."""
    house = build(max_recipients_added=2)

    found = additions(house, Cc="no-reply@e.example, a@e.example, b@e.example, c@e.example, jane@acme.example")

    assert joined(found, "named-in-header") == [("external", "cc", "a@e.example"), ("external", "cc", "b@e.example")]
    assert refused(found)["c@e.example"] == "too-many-from-one-mail"


# -- who must not add --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "header", "code"),
    [
        (JANE, {"Auto_Submitted": "auto-replied"}, "automatic-mail"),
        ("eve@else.example", {}, "unverified"),
        ("jane@acme.example, john@acme.example", {}, "unverified"),
        ("desk@company.example", {}, "unverified"),
        ("dave@company.example", {}, "unverified"),
    ],
)
def test_recipients__nothing_from_mail_that_proves_nothing(
    with_ticket: House, sender: str, header: dict[str, str], code: str
) -> None:
    """B10, B27, B33, B62: automatic, unverified, defective and restricted mail adds nobody, employees neither."""
    found = additions(with_ticket, sender, subject="[0500-1000]", Cc="x@else.example, grace@company.example", **header)

    assert (found.added, set(refused(found).values())) == ((), {code})


def test_recipients__defective_from_adds_nobody_to_its_new_ticket(house: House) -> None:
    """B27, B62: a ticket from nobody has no External Recipient."""
    done = house.send("jane@acme.example, john@acme.example", Cc="x@else.example")

    assert ticket_of(house, done).external == ()


def test_recipients__internal_mail_adds_employees_only(with_ticket: House) -> None:
    """B62: internal mail adds employees only."""
    found = additions(with_ticket, ALICE, subject="[0500-1000] *123*", Cc="x@else.example, grace@company.example")

    assert [one.address for one in found.added] == ["grace@company.example"]
    assert refused(found)["x@else.example"] == "internal-mail-adds-employees-only"


def test_recipients__released_as_unverified_adds_nobody_to_a_new_ticket(house: House) -> None:
    """B9, B62: what was released as unverified opens a ticket for nobody."""
    raw = mail_bytes(JANE, Cc="x@else.example")

    found = house.dry_run(raw, Envelope(release="unverified", released_by="bob")).decision.additions

    assert all(one.recipient.list == "employee" for one in found.added)


# -- a new ticket ------------------------------------------------------------------------------------------------


def test_recipients__new_ticket_starts_with(house: House) -> None:
    """B63: the customer, both roles, and every employee whose option is All and who may see the ticket."""
    ticket = ticket_of(house, house.send(JANE))

    assert [(one.address, one.name, one.type) for one in ticket.external] == [("jane@acme.example", "Jane Doe", "to")]
    assert ticket.roles == ("manager", "account-manager")
    names = {e.id: e.name for e in house.store.facts(Wanted()).directory.employees.values()}
    assert [names[one] for one in ticket.employee_ids] == ["Bob Baker"]


def test_recipients__customer_is_answered_where_reply_to_says(house: House) -> None:
    """B27, B63: one outside Reply-To is the address to answer a customer at, if it is of the account, or of nobody."""
    stranger = ticket_of(house, house.send("x@else.example", Reply_To="x@private.example"))
    colleague = ticket_of(house, house.send(JANE, Reply_To="anybody@acme.example"))

    assert [one.address for one in stranger.external] == ["x@private.example"]
    assert [one.address for one in colleague.external] == ["anybody@acme.example"]


def test_recipients__reply_to_takes_no_ticket_over(house: House) -> None:
    """B27, B63: From can be forged; a known customer's ticket is his, whatever Reply-To says."""
    ticket = ticket_of(house, house.send(JANE, Reply_To="evil@evil.example"))

    assert [one.address for one in ticket.external] == ["jane@acme.example"]


@pytest.mark.parametrize(
    "reply_to",
    [
        "alice@company.example",
        "Support+x@example.com",
        "a@else.example, b@else.example",
        "no-reply@acme.example",
        "never@else.example",
        "broken",
    ],
)
def test_recipients__reply_to_that_will_not_do(build: Build, reply_to: str) -> None:
    """B27, B61: an employee's, a public, a second, a robot's or an unwanted address: From is answered instead."""
    house = build(never_add=("never@else.example",))

    ticket = ticket_of(house, house.send(JANE, Reply_To=reply_to))

    assert [one.address for one in ticket.external] == ["jane@acme.example"]


@pytest.mark.parametrize("mail", [{"subject": "*123*"}, {"Auto_Submitted": "auto-replied"}])
def test_recipients__internal_or_automatic_ticket_has_nobody_outside(house: House, mail: dict[str, str]) -> None:
    """B10, B40, B62: a new ticket by a robot or with the keyword starts without External Recipient."""
    assert ticket_of(house, house.send(JANE, **mail)).external == ()


@pytest.mark.parametrize("option", ["off", "subscribed", "manager", "account-manager"])
def test_recipients__other_options_are_not_listed(build: Build, option: str) -> None:
    """B63: only the option All puts an employee on every ticket."""
    house = build(f"employee,Bob,bob@company.example,,,Y,Full,{option},,,\n")

    assert ticket_of(house, house.send("x@else.example")).employee_ids == ()


@pytest.mark.parametrize(("active", "group"), [("N", "Full"), ("Y", "Limited"), ("Y", "Subcontractors")])
def test_recipients__all_without_the_right_to_see_is_not_listed(build: Build, active: str, group: str) -> None:
    """B63, B89: All means every ticket the employee may see; an inactive one sees none."""
    house = build(f"employee,Bob,bob@company.example,,,{active},{group},all,,,\n")

    assert ticket_of(house, house.send("x@else.example")).employee_ids == ()
