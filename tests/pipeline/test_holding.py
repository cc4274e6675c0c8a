"""What people decided on mail that must wait, and what of it counts for later mail."""

from __future__ import annotations

import pytest

from connector.mail.model import Envelope
from connector.pipeline.holding import CHOICES, REMEMBERED, cannot_be_remembered
from connector.pipeline.verdicts import Decision
from storage import choices
from storage.records import Choice
from tests.house import PUBLIC, Build, House, mail_bytes

FORM = "form@shop.example"


@pytest.fixture
def strict(build: Build) -> House:
    """A house that holds strangers' mail."""
    return build(unknown_sender="hold")


def choose(house: House, choice: str, address: str = FORM, reason: str = "unknown-sender") -> None:
    choices.remember(house.store.db, Choice(address, reason, choice, "bob@company.example", house.clock()))


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in (*decision.sender.because, *decision.record.because)]


def test_remembered__as_is_is_filed(strict: House) -> None:
    """B9: with who chose what and when among the reasons; others still wait."""
    choose(strict, "as-is")
    decision = strict.send(FORM).decision
    assert (decision.record.outcome, decision.match.verified, decision.scope.public) == ("filed", True, True)
    (told,) = [reason for reason in decision.sender.because if reason.code == "choice-remembered"]
    assert told.facts == {
        "address": FORM,
        "hold": "unknown-sender",
        "choice": "as-is",
        "by": "bob@company.example",
        "at": "2026-03-02",
    }
    assert strict.send("other@shop.example").decision.record.outcome == "held"


def test_remembered__unverified_is_not_public_and_not_answered(strict: House) -> None:
    """B9, B33, B62: nobody joins, nobody outside is told."""
    choose(strict, "unverified")
    decision = strict.send(FORM, Cc="friend@else.example").decision
    assert (decision.record.outcome, decision.match.verified, decision.scope.public) == ("filed", False, False)
    assert {addition.recipient.list for addition in decision.additions.added} <= {"employee"}
    assert all(one.endswith("@company.example") for made in decision.deliveries for one in made.envelope)


def test_remembered__reject_is_recorded_alone(strict: House) -> None:
    """B9: the ledger has it with the reason, the original is kept, nobody is told; dry run says the same."""
    choose(strict, "reject")
    raw = mail_bytes(FORM)
    assert strict.dry_run(raw).decision.record.outcome == "rejected"
    done = strict.take(raw)
    assert (done.decision.record.outcome, done.decision.deliveries, done.filed and done.filed.entry_id) == (
        "rejected",
        (),
        None,
    )
    row = strict.store.mail("0000000000000001-00000000")
    assert row is not None
    assert (row["outcome"], row["reason"]) == ("rejected", "choice-remembered")
    assert strict.originals.read(done.decision.mail.sha256) == raw


@pytest.mark.parametrize("choice", CHOICES)
def test_remembered__counts_not_where_the_sender_has_a_say(strict: House, choice: str) -> None:
    """B25, B33: somebody on the ticket is not held, so what was chosen for strangers is not asked."""
    number = strict.send("jane@acme.example", Cc=FORM).decision.match.number
    choose(strict, choice)
    decision = strict.send(FORM, subject=f"[{number}] and more").decision
    assert (decision.record.outcome, decision.match.verified, decision.scope.public) == ("filed", True, True)


def test_remembered__the_same_mail_again_is_rejected_again(strict: House) -> None:
    """B5, B9: what was rejected does not stand in its own way once the choice is forgotten."""
    choose(strict, "reject")
    raw = mail_bytes(FORM, Message_ID="<1@shop.example>")
    assert [strict.take(raw).decision.record.outcome for _ in range(2)] == ["rejected", "rejected"]
    choices.forget(strict.store.db, FORM)
    assert strict.take(raw).decision.record.outcome == "held"


def test_remembered__for_another_reason_counts_not(house: House) -> None:
    """B9: by address and reason."""
    choose(house, "as-is", PUBLIC, "unknown-sender")
    assert house.send(PUBLIC).decision.record.outcome == "held"
    choose(house, "as-is", PUBLIC, "public-address-as-sender")
    assert house.send(PUBLIC).decision.record.outcome == "filed"


def test_remembered__defective_from_is_nobody(strict: House) -> None:
    """B9, B27: an address out of a From that identifies nobody does not get in by what was chosen for it."""
    choose(strict, "as-is")
    assert strict.send(f"{FORM} <x@evil.example>, {FORM}").decision.record.outcome == "held"
    assert strict.take(b"From: form@shop.example\r\n" + mail_bytes(FORM)).decision.record.outcome == "held"


def test_remembered__loops_are_held_all_the_same(strict: House) -> None:
    """B9, B12: a choice for a sender says nothing about a mail that went round."""
    choose(strict, "as-is")
    choose(strict, "as-is", reason="too-many-hops")
    raw = b"Received: by x.example\r\n" * 51 + mail_bytes(FORM)
    assert strict.take(raw).decision.record.because[0].code == "too-many-hops"


def test_remembered__what_must_not_be_is_not_believed(house: House) -> None:
    """B9, B26: a row that no command writes has no effect."""
    assert "as-is" not in REMEMBERED["employee-not-authentic"]
    choose(house, "as-is", PUBLIC, "too-many-hops")
    assert "choice-remembered" not in codes(house.send(PUBLIC).decision)


def test_released__says_who_did_it(house: House) -> None:
    """B9: also a mail that was held for its hops."""
    raw = b"Received: by x.example\r\n" * 51 + mail_bytes("jane@acme.example")
    assert house.dry_run(raw).decision.record.outcome == "held"
    decision = house.take(raw, Envelope(release="as-is", released_by="bob@company.example")).decision
    assert (decision.record.outcome, codes(decision)[-1]) == ("filed", "released")


def test_released__this_mail_before_what_is_remembered(strict: House) -> None:
    """B9: who lets one mail through is not overruled by what was chosen for such mail."""
    choose(strict, "reject")
    released = Envelope(release="as-is", released_by="bob@company.example")
    assert strict.take(mail_bytes(FORM), released).decision.record.outcome == "filed"


@pytest.mark.parametrize(
    ("hold", "choice", "code", "why"),
    [
        ("unknown-sender", "as-is", "from-identifies-nobody", "identifies nobody"),
        ("unknown-sender", "reject", "looks-like", "identifies nobody"),
        ("too-many-hops", "reject", "address-unknown", "decide on each"),
        ("employee-not-authentic", "as-is", "employee-address", "every forgery would pass"),
        ("employee-not-authentic", "unverified", "employee-address", ""),
        ("employee-not-authentic", "reject", "employee-address", ""),
        ("public-address-as-sender", "as-is", "sent-from-public-address", ""),
    ],
)
def test_refused__what_would_open_a_hole(hold: str, choice: str, code: str, why: str) -> None:
    """B9, B26, B27: with the reason."""
    refused = cannot_be_remembered(hold, choice, {code})
    assert why in refused
    assert bool(why) == bool(refused)
