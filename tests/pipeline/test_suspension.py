"""B11: after so many failures nothing is sent to an address, until something is heard of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connector.mail.model import Envelope
from storage.records import Parcel
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.pipeline.reports import bounce, report, returned, sent_to, states

JANE, ALICE = "jane@acme.example", "alice@company.example"
ANSWER = "<answer@acme.example>"


def fail(house: House, times: int, address: str = JANE) -> None:
    """So many mails to an address come back."""
    for n in range(times):
        house.clock.forward(hours=2)
        house.send(f"Jane Doe <{JANE}>", subject=f"Printer {n}")
        mail = sent_to(house, address)
        bounce(house, report(address, returned(mail), key=f"{address}-{n}-{house.clock.now.timestamp()}"))


def suspended(house: House) -> list[str]:
    return [one.address for one in house.store.failing.every() if one.suspended_at]


def alarms(house: House) -> list[Parcel]:
    soon = house.clock() + timedelta(seconds=1)
    return [one for one in house.store.claim_deliveries(soon, 1000, 60, "test") if one.kind == "alarm"]


def test_suspension__after_so_many_failures_the_managers_are_told_once(build: Build) -> None:
    """B11: with the evidence and the command; the third mail that did not arrive is the last one sent."""
    house = silent(build)
    answered(house, 2)
    assert suspended(house) == []

    answered(house, 1)
    assert suspended(house) == [JANE]
    (alarm,) = alarms(house)
    assert ([drop.address for drop in alarm.drops], alarm.envelope_from) == ([ALICE], "")
    text = (alarm.body or b"").decode()
    assert f"3 mails to {JANE} could not be delivered" in text
    assert text.count("0500-1000: 550 5.1.1 No such user") == 3
    assert f"email-connector deliveries resume {JANE}" in text
    assert b"Auto-Submitted: auto-generated" in alarm.head


def silent(build: Build, **settings: object) -> House:
    """A house with one ticket of Jane's, whose manager Alice writes to her."""
    house = build(**settings)
    house.send(f"Jane Doe <{JANE}>")
    sent_to(house, JANE)
    return house


def answered(house: House, times: int) -> None:
    """Alice writes to Jane, and that comes back, so many times."""
    for _ in range(times):
        house.clock.forward(hours=2)
        house.send(f"Alice <{ALICE}>", subject=f"[0500-1000] {house.clock.now}")
        bounce(house, report(JANE, returned(sent_to(house, JANE)), key=f"{house.clock.now.timestamp()}"))


def test_suspension__later_mail_is_not_sent_and_the_ticket_says_so(build: Build) -> None:
    """B11: the delivery stands there as suspended; the entry says so once, Not Public."""
    house = silent(build)
    answered(house, 3)

    house.send(f"Alice <{ALICE}>", subject="[0500-1000] once more")
    house.send(f"Alice <{ALICE}>", subject="[0500-1000] and again")

    assert states(house)[JANE][-2:] == ["suspended", "suspended"]
    told = [row for row in house.store.history("0500-1000") if "suspended" in row["subject"]]
    assert [(row["kind"], row["public"]) for row in told] == [("delivery-report", False)]


def test_suspension__is_switched_off_by_0(build: Build) -> None:
    """B11: BouncesBeforeSuspend = 0 counts and never suspends."""
    house = silent(build, bounces_before_suspend=0)
    answered(house, 4)

    assert suspended(house) == []
    assert house.store.failing.every()[0].failures == 4


def test_suspension__of_an_employee_never_comes(house: House) -> None:
    """B11: who works on tickets is not cut off from them; the failures are counted and shown."""
    fail(house, 4, ALICE)

    assert suspended(house) == []
    assert {one.address: (one.failures, one.employee) for one in house.store.failing.every()} == {
        ALICE: (4, "Alice Archer")
    }


@pytest.mark.parametrize(
    ("headers", "lifted"),
    [({}, True), ({"Auto_Submitted": "auto-replied"}, False), ({"List_Id": "<x.acme.example>"}, False)],
)
def test_suspension__ends_when_a_person_writes_from_there(build: Build, headers: dict[str, str], lifted: bool) -> None:
    """B11: an out-of-office reply does not end it; the end stands in the ticket's history."""
    house = silent(build)
    answered(house, 3)

    done = house.take(mail_bytes(f"Jane Doe <{JANE}>", subject="[0500-1000] here I am", **headers))

    assert (suspended(house) == []) is lifted
    assert (("suspended", JANE) in [(c.field, c.old) for c in done.decision.record.changes]) is lifted
    if lifted:
        house.send(f"Alice <{ALICE}>", subject="[0500-1000] good")
        assert states(house)[JANE][-1] == "pending"


def test_suspension__does_not_end_by_a_from_that_identifies_nobody(build: Build) -> None:
    """B27: a defective From names nobody."""
    house = silent(build)
    answered(house, 3)

    house.take(b"From: Jane <jane@acme.example>, Bob <bob@else.example>\r\nSubject: x\r\n\r\nx\r\n")

    assert suspended(house) == [JANE]


def test_suspension__does_not_end_by_a_forged_mail(build: Build) -> None:
    """B11, B26: what fails authentication was not written there."""
    house = silent(build, trusted_authserv_ids=("mx.company.example",))
    answered(house, 3)
    forged = b"Authentication-Results: mx.company.example; dmarc=fail header.from=acme.example\r\n"

    done = house.take(forged + mail_bytes(f"Jane Doe <{JANE}>", subject="[0500-1000] here I am"))

    assert done.decision.sender.authentication == "failed"
    assert suspended(house) == [JANE]


def test_suspension__no_automatic_answer_goes_there(build: Build) -> None:
    """B86: a new ticket of a suspended address is not answered; who can be reached again is, the next time."""
    house = silent(build)
    answered(house, 3)

    first = house.send(f"Jane Doe <{JANE}>", subject="Another")
    second = house.send(f"Jane Doe <{JANE}>", subject="A third")

    assert "response" not in [one.kind for one in first.decision.deliveries]
    assert "response" in [one.kind for one in second.decision.deliveries]


def test_forged_reports__by_a_stranger_suspend_nobody(build: Build) -> None:
    """B11: reports with guessed Message-IDs, and on mails that went to somebody else."""
    house = silent(build)
    house.send("Stranger <evil@else.example>", subject="My own ticket")
    own = returned(sent_to(house, "evil@else.example"))
    for n in range(20):
        bounce(house, report(JANE, f"Message-ID: <guess-{n}@example.com>", key=f"guess-{n}"))
        bounce(house, report(JANE, own, key=f"own-{n}"))

    assert house.store.failing.every() == []
    assert set(states(house)[JANE]) == {"sent"}


def test_forged_reports__by_a_co_recipient_on_one_mail_count_once(build: Build) -> None:
    """B11: who has one mail that Jane got too can have that one counted, and no more."""
    house = silent(build)
    house.send(f"Alice <{ALICE}>", to=f"{PUBLIC}", subject="[0500-1000] to all")
    about = returned(sent_to(house, JANE))
    for n in range(20):
        bounce(house, report(JANE, about, key=f"{n}"))

    assert [one.failures for one in house.store.failing.every()] == [1]
    assert suspended(house) == []


def test_thousand_bounces__are_bounded(build: Build) -> None:
    """B11, B13: of many reports on one mail each is filed once; the breaker ends their distribution; nothing loops."""
    house = silent(build, mails_per_ticket_per_hour=5)
    house.send(f"Alice <{ALICE}>", subject="[0500-1000] hello")
    about = returned(sent_to(house, JANE))

    done = [bounce(house, report(JANE, about, key=f"{n}")) for n in range(60)]
    again = bounce(house, report(JANE, about, key="0"))

    assert [one.decision.record.outcome for one in done] == ["filed"] * 60
    assert again.decision.record.outcome == "duplicate"
    assert sum(delivery.kind == "distribution" for one in done for delivery in one.decision.deliveries) <= 5
    assert sum(delivery.kind == "alarm" for one in done for delivery in one.decision.deliveries) == 1


def test_out_of_office__of_the_null_path_never_suspends(build: Build) -> None:
    """B11: absent people look like bounces: null return path, our Message-ID in References, the mail attached."""
    house = silent(build)
    for n in range(5):
        house.send(f"Alice <{ALICE}>", subject=f"[0500-1000] {n}")
        mail = sent_to(house, JANE)
        raw = mail_bytes(
            f"Jane Doe <{JANE}>",
            subject=f"Out of office: [0500-1000] {n}",
            References=mail.message_id,
            Auto_Submitted="auto-replied",
            body=f"I am away until Monday.\r\n\r\n{returned(mail)}\r\n",
        )
        house.take(raw, Envelope(rcpt_to=(PUBLIC,), mail_from="", has_sender=True))

    assert house.store.failing.every() == []
