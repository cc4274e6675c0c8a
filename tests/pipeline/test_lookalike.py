"""Domains that read like one we know and are another, and characters that nobody sees."""

from __future__ import annotations

from typing import Any

import pytest

from connector.pipeline.lookalike import ascii_form, look_alike
from storage.addresses import normalise_domain
from storage.changes import Author
from storage.records import NewRecipient
from tests.house import Build, House, mail_bytes

KNOWN = frozenset(("company.example", "wimmer.example", "xn--bcher-kva.example", "example.com"))


@pytest.mark.parametrize(
    ("domain", "other"),
    [
        ("c0mpany.example", "company.example"),
        ("cornpany.example", "company.example"),
        ("mail.cornpany.example", "company.example"),
        ("cоmpany.example", "company.example"),  # Cyrillic o
        ("соmраnу.example", "company.example"),  # Cyrillic but for m and n
        ("cοmpany.example", "company.example"),  # Greek omicron
        ("cömpany.example", "company.example"),
        ("compạny.example", "company.example"),
        ("company.exarnple", "company.example"),
        ("exampIe.com", "example.com"),  # letter case is ignored, so the I is an i
        ("examp1e.com", "example.com"),
        ("exаmple.com", "example.com"),
        ("vvimmer.example", "wimmer.example"),
        ("wirnmer.example", "wimmer.example"),
        ("bucher.example", "xn--bcher-kva.example"),
        ("büchеr.example", "xn--bcher-kva.example"),
    ],
)
def test_look_alike__reads_like_one_of_ours(domain: str, other: str) -> None:
    """B27: other scripts, digits and pairs of letters, accents, below the domain too; both are shown in ASCII."""
    key = normalise_domain(domain)
    found = look_alike(key, KNOWN)

    assert found is not None
    assert found.facts == {"domain": key, "other": other}
    assert key.isascii()


@pytest.mark.parametrize(
    "domain",
    ["company.example", "mail.company.example", "a.b.example.com", "acme.example", "compani.example", "example", "",
     "companyexample", "my-company.example", "company.example.evil.example", "xn--a.example", "x" * 300],
)  # fmt: skip
def test_look_alike__is_itself_or_another(domain: str) -> None:
    """B27: what we know and what lies below it is itself; what reads otherwise is somebody else's."""
    assert look_alike(domain, KNOWN) is None


def test_look_alike__company_that_owns_both() -> None:
    """B27: of two known domains that read alike neither is a forger's."""
    assert look_alike("c0mpany.example", KNOWN | {"c0mpany.example"}) is None


def test_look_alike__is_shown_in_letters_that_cannot_be_mistaken() -> None:
    """B27: a domain that has no A-label by the rules of IDNA still gets one."""
    assert ascii_form("cо\u200dm.example") == "xn--" + "cо\u200dm".encode("punycode").decode() + ".example"


@pytest.mark.parametrize("address", ["alice@cornpany.example", "support@exаmple.com", "alice@home.exarnple"])
def test_identify__look_alike_is_nobody(house: House, address: str) -> None:
    """B27, B62, B86: never an employee, and neither answered nor added; employees see it with the reason."""
    decision = house.dry_run(mail_bytes(f"Alice Archer <{address}>", Cc="joe@joe.example")).decision

    assert (decision.sender.kind, decision.sender.trusted) == ("unknown", False)
    assert decision.sender.because[-1].code == "looks-like"
    assert all(one.recipient.list == "employee" for one in decision.additions.added)
    assert not any(delivery.outward for delivery in decision.deliveries)
    assert decision.record.outcome == "filed"


def test_match__look_alike_has_no_say(house: House) -> None:
    """B27, B33: not by the number, nor by what it answers, nor on a ticket that it opened."""
    opened = house.send("Jane <jane@acme.example>")
    answered = opened.decision.deliveries[0].message_id
    raw = mail_bytes("alice@cornpany.example", subject=f"[{opened.decision.match.number}]", In_Reply_To=answered)

    match = house.dry_run(raw).decision.match

    assert (match.verified, match.because[-1].code) == (False, "sender-not-trusted")


def test_match__look_alike_of_a_recipient_has_no_say(house: House) -> None:
    """B27, B33: who reads like somebody on the ticket is not let in by what he answers."""
    opened = house.send("Jane <jane@acme.example>")
    number, answered = opened.decision.match.number, opened.decision.deliveries[0].message_id
    author = Author("administrator", house.clock())
    house.store.add_recipients(number, [NewRecipient("external", "to", "joe@joemarnes.example")], author)

    def match(sender: str) -> Any:
        return house.dry_run(mail_bytes(sender, subject=f"[{number}]", In_Reply_To=answered)).decision.match

    assert (match("joe@joemames.example").verified, match("joe@joemames.example").because[-1].code) == (
        False,
        "looks-like",
    )
    assert match("joe@joesnames.example").verified


def test_identify__known_customer_is_not_a_look_alike(build: Build) -> None:
    """B27: whom the administrator has put into the directory is known by that."""
    house = build(
        "employee,Alice,alice@company.example,,,Y,Full,all,,,\n"
        "account,Corn,,,,,,,,,cornpany.example\ncontact,Joe,joe@c0mpany.example,,Corn,,,,,Y,\n"
    )

    assert house.dry_run(mail_bytes("joe@c0mpany.example")).decision.sender.kind == "contact"
    assert house.dry_run(mail_bytes("jim@cornpany.example")).decision.sender.kind == "account"
    assert not house.dry_run(mail_bytes("jim@c0mpany.example")).decision.sender.trusted
