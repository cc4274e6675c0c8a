"""Stage 2: who the mail says it is from."""

from __future__ import annotations

import pytest

from connector.mail.model import Envelope
from connector.pipeline.verdicts import Sender
from tests.house import Build, House, mail_bytes

PEOPLE = """\
employee,Bücher Bea,bea@bücher.example,,,Y,Full,all,,,
employee,Jürgen,jo\u0308rg@company.example,,,Y,Full,all,,,
"""


def sender(house: House, from_: str, **headers: str) -> Sender:
    return house.dry_run(mail_bytes(from_, **headers)).decision.sender


def codes(found: Sender) -> tuple[str, ...]:
    return tuple(reason.code for reason in found.because)


@pytest.mark.parametrize("address", ["alice@company.example", "ALICE@Company.EXAMPLE", "alice.archer@home.example"])
def test_identify__employee_by_either_address_in_any_letter_case(house: House, address: str) -> None:
    """B20, B21: Email1 and Email2 are compared, letter case ignored; exactly one active employee has it."""
    found = sender(house, f"Somebody Else <{address}>")

    assert (found.kind, found.because[0].facts["name"]) == ("employee", "Alice Archer")
    assert found.addresses == {"alice@company.example", "alice.archer@home.example"}


@pytest.mark.parametrize(
    "domain", ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example", "bu\u0308cher.example"]
)
def test_identify__domain_in_idna_form(build: Build, domain: str) -> None:
    """B20: the domain is compared in its IDNA form, however it is written."""
    assert sender(build(PEOPLE), f"bea@{domain}").kind == "employee"


def test_identify__local_part_in_nfc(build: Build) -> None:
    """B20: a local part is compared in Unicode NFC."""
    assert sender(build(PEOPLE), "jörg@company.example").kind == "employee"


def test_identify__display_name_is_not_considered(house: House) -> None:
    """B20: an employee's name in front of a stranger's address makes nobody an employee."""
    assert sender(house, "Alice Archer <alice@evil.example>").kind == "unknown"


@pytest.mark.parametrize(
    "address", ["alice+x@company.example", "xalice@company.example", "alice@company.example.evil.example"]
)
def test_identify__nearly_the_address_is_not_the_address(house: House, address: str) -> None:
    """B20, B21: the whole address counts, plus-forms included."""
    assert sender(house, address).kind == "unknown"


def test_identify__shared_address_names_both_employees(house: House) -> None:
    """B22: two employees with one address are nobody, and the record says who collides."""
    found = sender(house, "Erin East <desk@company.example>")

    assert (found.kind, found.restricted, codes(found)) == ("unknown", "shared", ("employees-share-address",))
    assert found.because[0].facts["names"] == ("Erin East", "Frank Ford")
    assert {"erin@company.example", "frank@company.example"} <= found.addresses


def test_identify__own_address_of_one_who_shares_another(house: House) -> None:
    """B21, B22: the address that Erin alone has identifies her."""
    assert sender(house, "erin@company.example").kind == "employee"


def test_identify__inactive_employee(house: House) -> None:
    """B23: an inactive employee is not an employee, and the mail is restricted."""
    found = sender(house, "dave@company.example")

    assert (found.kind, found.restricted, codes(found)) == ("unknown", "inactive", ("employee-inactive",))


def test_identify__active_one_of_two_with_the_address(build: Build) -> None:
    """B21: an address that an inactive colleague had before belongs to the one active employee."""
    house = build(
        "employee,Old,desk@company.example,,,N,Full,all,,,\nemployee,New,desk@company.example,,,Y,Full,all,,,\n"
    )

    assert sender(house, "desk@company.example").because[0].facts["name"] == "New"


def test_identify__contact_by_full_address_before_domain(house: House) -> None:
    """B24: the full address comes first."""
    found = sender(house, "jane@ACME.example")

    assert (found.kind, codes(found)) == ("contact", ("contact-address",))


def test_identify__contact_by_second_address(house: House) -> None:
    """B24: the second address counts like the first."""
    assert sender(house, "chloe.martin@mail.example").kind == "contact"


def test_identify__account_by_its_own_address(house: House) -> None:
    """B24: an account's own address is known."""
    assert codes(sender(house, "office@acme.example")) == ("account-address",)


def test_identify__account_by_listed_domain(house: House) -> None:
    """B24: an address nowhere known is looked up by its domain."""
    assert codes(sender(house, "new.one@borealis.example")) == ("account-domain",)


def test_identify__subdomain_is_not_the_domain(house: House) -> None:
    """B24: a domain is listed or not; what stands in front of it makes another one."""
    assert sender(house, "x@mail.borealis.example").kind == "unknown"


def test_identify__domain_of_two_accounts_matches_neither(house: House) -> None:
    """B24: a domain on two accounts matches neither, and the record names them."""
    found = sender(house, "x@twins.example")

    assert (found.kind, found.account_id, codes(found)) == ("unknown", None, ("domain-on-several-accounts",))
    assert found.because[0].facts["accounts"] == ("Borealis GmbH", "Corvus SA")


def test_identify__address_at_two_accounts_matches_neither(build: Build) -> None:
    """B24: an address known at two accounts is not decided by its domain either."""
    people = "account,A,,,,Y,,,,,a.example\naccount,B,,,,Y,,,,,\n"
    people += "contact,Jo,jo@a.example,,A,Y,,,,,\ncontact,Jo,jo@a.example,,B,Y,,,,,\n"

    assert codes(sender(build(people), "jo@a.example")) == ("address-on-several-accounts",)


def test_identify__stranger_gets_a_ticket(house: House) -> None:
    """B25: the default for an unknown sender is a ticket under the configured account."""
    done = house.send("Nobody <nobody@else.example>")

    assert done.decision.sender.kind == "unknown"
    assert (done.decision.record.outcome, done.decision.match.opening.account_name) == ("filed", "Unknown senders")


def test_identify__stranger_is_held_where_that_is_set(build: Build) -> None:
    """B25: with UnknownSender=hold the mail waits, and nothing is sent."""
    done = build(unknown_sender="hold").send("nobody@else.example")

    assert (done.decision.record.outcome, done.decision.deliveries) == ("held", ())


def test_identify__known_sender_is_never_held_as_unknown(build: Build) -> None:
    """B25: hold is for strangers alone."""
    assert build(unknown_sender="hold").send("jane@acme.example").decision.record.outcome == "filed"


@pytest.mark.parametrize(
    "from_",
    [
        "alice@company.example <bob@evil.example>",
        '"bob@company.example" <alice@company.example>',
        "=?utf-8?q?bob=40company.example?= <alice@company.example>",
        "alice@company.example, bob@company.example",
        "friends: alice@company.example;",
        "Ali\u202ece <alice@company.example>",
        "=?utf-8?q?Ali=0D=0Ace?= <alice@company.example>",
        "<@evil.example:alice@company.example>",
        "alice",
        "",
        "<>",
    ],
)
def test_identify__defective_from_is_never_an_employee(house: House, from_: str) -> None:
    """B27: any defect in From, and the sender is nobody; the record says why."""
    found = sender(house, from_)

    assert (found.kind, found.trusted, codes(found)) == ("unknown", False, ("from-identifies-nobody",))
    assert found.because[0].facts["defects"]


def test_identify__no_from_and_two_froms(house: House) -> None:
    """B27: no From header and two of them are defects."""
    two = b"From: alice@company.example\r\n" + mail_bytes("bob@company.example")
    none = mail_bytes("x").replace(b"From: x\r\n", b"")

    found = [house.dry_run(raw).decision.sender for raw in (two, none)]

    assert [(one.kind, one.trusted) for one in found] == [("unknown", False)] * 2
    assert found[0].addresses == {"alice@company.example", "bob@company.example"}


@pytest.mark.parametrize("header", ["Reply_To", "Sender", "Return_Path", "X_Sender", "Resent_From"])
def test_identify__no_other_header_identifies(house: House, header: str) -> None:
    """B27: Reply-To, Sender and Return-Path never identify anyone."""
    assert sender(house, "x@else.example", **{header: "alice@company.example"}).kind == "unknown"


@pytest.mark.parametrize("address", ["support@example.com", "SUPPORT@example.com", "support+form@example.com"])
def test_identify__public_address_is_held(house: House, address: str) -> None:
    """B12, B28: mail from a public address that no employee has is held, not dropped and not distributed."""
    done = house.send(f"Contact form <{address}>")

    assert (done.decision.record.outcome, done.decision.record.because[0].code) == ("held", "public-address-as-sender")
    assert done.decision.deliveries == ()


def test_identify__public_address_of_an_employee(build: Build) -> None:
    """B28: where an employee's record has the public address, its mail is that employee's."""
    house = build("employee,Front Desk,support@example.com,,,Y,Full,all,,,\n")

    assert sender(house, "support@example.com").kind == "employee"


def test_identify__released_mail_is_not_held_again(build: Build) -> None:
    """B9, B25: what a person let out of the hold queue is filed."""
    house = build(unknown_sender="hold")
    envelope = Envelope(release="as-is", released_by="alice@company.example")

    done = house.take(mail_bytes("nobody@else.example"), envelope)

    assert done.decision.record.outcome == "filed"
    assert codes(done.decision.sender)[-1] == "released"
