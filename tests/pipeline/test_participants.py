"""Who takes part in a ticket, from when on, and what they get to see (B22, B23, B33, B61, B62)."""

from __future__ import annotations

import pytest

from connector.mail.model import Envelope
from connector.processing import Processed
from storage.changes import Author
from storage.records import NewRecipient
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.sent import distribution, response, sent_for, ticket_of

JANE, ALICE, BOB, STRANGER = "jane@acme.example", "alice@company.example", "bob@company.example", "x@else.example"
NUMBER = "[0500-1000]"


@pytest.fixture
def opened(house: House) -> House:
    """A house with Jane's ticket 0500-1000."""
    house.send(f"Jane Doe <{JANE}>", Message_ID="<first@acme.example>", body="The SECRET-OF-THE-FIRST-MAIL.\r\n")
    return house


def external(house: House, done: Processed) -> set[str]:
    return {recipient.address for recipient in ticket_of(house, done).external}


# -- who is a stranger (B33) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply_to", ["", "thief@else.example", JANE, f"{JANE}, thief@else.example"])
def test_stranger__does_not_take_the_ticket_over(opened: House, reply_to: str) -> None:
    """B27, B33, B62: neither From nor Reply-To nor Cc of a guessed number brings anybody onto the ticket."""
    more = {"Reply_To": reply_to} if reply_to else {}
    done = opened.send(STRANGER, subject=NUMBER, Cc="friend@else.example, carol@company.example", **more)

    assert not done.decision.match.verified
    assert external(opened, done) == {JANE}
    assert ticket_of(opened, done).employee_ids == (2,)
    assert response(opened, done) is None
    assert all(one.endswith("@company.example") for mail in sent_for(opened, done) for one in mail.envelope)
    answer = opened.send(ALICE, subject=NUMBER)
    assert set(distribution(opened, answer).envelope) == {JANE, BOB}


def test_stranger__message_id_is_shown_to_nobody_outside(opened: House) -> None:
    """B33, B84: what was filed as unverified stands in no References of a customer's copy, and gives no say."""
    opened.send(STRANGER, subject=NUMBER, Message_ID="<strange@else.example>")
    answer = distribution(opened, opened.send(ALICE, subject=NUMBER, In_Reply_To="<strange@else.example>"))

    assert JANE in answer.envelope
    assert b"strange@else.example" not in answer.head
    again = opened.send("y@else.example", subject="Re: x", In_Reply_To="<strange@else.example>")
    assert (again.decision.match.number, again.decision.match.verified) == ("0500-1000", False)


def test_stranger__stays_one_though_the_own_mail_was_filed(opened: House) -> None:
    """B33: that a first mail was filed as unverified gives the second one no say."""
    opened.send(STRANGER, subject=NUMBER, Message_ID="<1@else.example>")

    assert not opened.send(STRANGER, subject=NUMBER, In_Reply_To="<1@else.example>").decision.match.verified


def test_stranger__unknown_to_one_ticket_though_known_to_another(opened: House) -> None:
    """B33: a contact of another account has no say, and the own ticket's messages give none here."""
    own = opened.send("Birgit <birgit@borealis.example>", Message_ID="<b@borealis.example>")
    done = opened.send("birgit@borealis.example", subject=NUMBER, In_Reply_To="<b@borealis.example>")

    assert own.decision.match.number == "0500-1001"
    assert (done.decision.match.number, done.decision.match.verified) == ("0500-1000", False)


def test_stranger__does_not_reopen(opened: House) -> None:
    """B33, B35: a closed ticket stays closed whatever number a stranger guesses."""
    opened.store.set_status("0500-1000", "Completed", Author("administrator", opened.clock()))
    done = opened.send(STRANGER, subject=NUMBER)

    assert ticket_of(opened, done).status == "Completed"


# -- what who joins gets to see ----------------------------------------------------------------------------------


def test_joining__brings_nothing_of_what_was_before(opened: House) -> None:
    """B33, B60, B80: who joins gets the mails from then on, each as it is and nothing of earlier ones."""
    opened.send(ALICE, subject=NUMBER, body="Between us.\r\n", to=BOB, Cc=PUBLIC)
    joining = opened.send(JANE, subject=NUMBER, Cc="new@acme.example")
    assert all("new@acme.example" not in mail.envelope for mail in sent_for(opened, joining))

    [mail] = sent_for(opened, opened.send(ALICE, subject=NUMBER, body="Done.\r\n"))

    assert {"new@acme.example", JANE} <= set(mail.envelope)
    assert mail.body == b"Done.\r\n"
    assert "SECRET" not in mail.head.decode()


def test_joining__by_hand_sends_nothing(opened: House) -> None:
    """B64: whoever is added by command is sent nothing of what was before."""
    before = opened.store.db.rows("SELECT COUNT(*) FROM delivery")
    author = Author("administrator", opened.clock())
    opened.store.add_recipients("0500-1000", [NewRecipient("external", "to", "new@acme.example")], author)

    assert opened.store.db.rows("SELECT COUNT(*) FROM delivery") == before


def test_joining__references_hold_what_outsiders_saw_alone(opened: House) -> None:
    """B84, B85: Message-IDs of internal mail are in no customer's copy, whoever joined when."""
    opened.send(ALICE, subject=NUMBER, to=BOB, Cc=PUBLIC, Message_ID="<inside@company.example>")
    opened.send(JANE, subject=NUMBER, Cc="new@acme.example", Message_ID="<second@acme.example>")

    [mail] = sent_for(opened, opened.send(ALICE, subject=NUMBER, In_Reply_To="<inside@company.example>"))

    assert b"inside@company.example" not in mail.head
    assert all(known.encode() in mail.head for known in ("<first@acme.example>", "<second@acme.example>"))


# -- who never joins (B61) ----------------------------------------------------------------------------------------


def test_joining__five_hundred_strangers(opened: House) -> None:
    """B61: of 500 people in Cc as many join as the limit says, and the record names those who do not."""
    people = ", ".join(f"p{n}@else.example" for n in range(500))
    done = opened.send(JANE, subject=NUMBER, Cc=people)
    limit = opened.policy.connector.max_recipients_added

    assert len(external(opened, done)) == 1 + limit
    codes = [one.because.code for one in done.decision.additions.not_added]
    assert codes.count("too-many-from-one-mail") == 500 - limit


@pytest.mark.parametrize(("count", "joins"), [(3000, 10), (5000, 0)])
def test_joining__a_flood_of_addresses_is_cut(opened: House, count: int, joins: int) -> None:
    """B8, B27, B61: no number of addresses makes more than the limit join; a field past its limit proves nothing."""
    people = ",".join(f"p{n}@{n}.example" for n in range(count))
    done = opened.send(JANE, subject=NUMBER, Cc=people)

    assert len(external(opened, done)) == 1 + joins


@pytest.mark.parametrize(
    "address",
    [
        "support+tag@example.com",
        "SUPPORT@Example.COM",
        "help@example.com",
        "help+x@example.com",
        "Support+A+b@example.com",
    ],
)
def test_joining__no_public_address_in_any_form(build: Build, address: str) -> None:
    """B61: public addresses, in any letters and with anything behind a plus, join nothing and get nothing."""
    house = build(public_addresses=(PUBLIC, "help@example.com"))
    done = house.send(JANE, Cc=address)

    assert external(house, done) == {JANE}
    assert all(not one.endswith("@example.com") for mail in sent_for(house, done) for one in mail.envelope)


def test_several_public_addresses__one_mail(build: Build) -> None:
    """B5, B61: a mail to several public addresses is filed and answered once, also where each copy comes for itself."""
    house = build(public_addresses=(PUBLIC, "help@example.com"))
    raw = mail_bytes(JANE, to=f"{PUBLIC}, help@example.com", Message_ID="<1@acme.example>")
    first = house.take(raw, Envelope(rcpt_to=(PUBLIC, "help@example.com")))
    second = house.take(b"Received: by another way\r\n" + raw, Envelope(rcpt_to=("help@example.com",)))

    assert [first.decision.record.outcome, second.decision.record.outcome] == ["filed", "duplicate"]
    assert [mail.kind for mail in sent_for(house, first)] == ["distribution", "response"]
    assert house.store.db.rows("SELECT COUNT(*) FROM entry WHERE kind = 'email'") == [(1,)]


# -- employees who are not taken as such (B22, B23) --------------------------------------------------------------


@pytest.mark.parametrize("number", [NUMBER, ""])
@pytest.mark.parametrize(("sender", "told"), [("desk@company.example", True), ("dave@company.example", False)])
def test_restricted__stays_inside(opened: House, sender: str, told: bool, number: str) -> None:
    """B22, B23: Not Public, in the Inbox, to nobody outside; an inactive one's goes to nobody; no response."""
    opened.store.db.run("UPDATE ticket SET in_inbox = 0")
    done = opened.send(sender, subject=f"{number} x", Cc="new@acme.example")
    sent = sent_for(opened, done)
    row = opened.store.ticket(done.decision.match.number)

    assert row is not None
    assert row["in_inbox"]
    assert not done.decision.scope.public
    assert bool(sent) == told
    assert all(one.endswith("@company.example") for mail in sent for one in mail.envelope)
    assert "new@acme.example" not in external(opened, done)
    assert row["account"] == ("Acme Ltd" if number else "Internal")


def test_restricted__record_says_who_collides(opened: House) -> None:
    """B22: the record names the employees."""
    why = opened.send("desk@company.example").decision.sender.because

    assert [(one.code, one.facts["names"]) for one in why] == [("employees-share-address", ("Erin East", "Frank Ford"))]
