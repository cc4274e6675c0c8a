"""Mails one after the other: the next begins with the final dot of the one before, and pays for none of its faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from connector.courier.connection import TimeLimits
from connector.courier.relay import Relay
from connector.courier.signing import Signer
from connector.courier.transport import Content, MailObject, Outcome, Session, Tried
from tests.courier.test_relay import CONTENT, LIMITS, PLAIN, SENDER, run, states
from tests.courier.test_signing import SIGNER, verifies
from tests.fakes.relay import FakeRelay

NEXT = "next@x.example"


def mail(recipient: str, sender: str = SENDER, content: Content = CONTENT) -> MailObject:
    return MailObject(sender, [recipient], content)


async def in_a_row(session: Session, mails: Sequence[MailObject]) -> list[Tried]:
    """Send them as the courier does, each knowing the one that follows."""
    tried = []
    for one, behind in zip(mails, [*mails[1:], None], strict=True):
        tried.append(await session.send(one, lambda behind=behind: behind))
    session.end()
    return tried


def send(
    fake: FakeRelay, *mails: MailObject, limits: TimeLimits = LIMITS, signer: Signer | None = None
) -> dict[str, Outcome]:
    tried = run(fake, lambda relay: in_a_row(relay.session(), mails), limits, signer)
    return {recipient: outcome for one in tried for recipient, outcome in one.outcomes.items()}


@pytest.mark.parametrize("extensions", [FakeRelay().extensions, PLAIN, ()])
def test_session__mails_in_a_row(extensions: tuple[str, ...]) -> None:
    """B85, B87: whatever the relay can do, all arrive whole and in order, over one connection."""
    fake = FakeRelay(extensions)

    outcomes = send(fake, *(mail(f"{number}@x.example") for number in range(5)))

    assert states(outcomes) == ["sent"] * 5
    assert [taken.recipients for taken in fake.taken] == [(f"{number}@x.example",) for number in range(5)]
    assert {taken.content for taken in fake.taken} == {b"Subject: x\r\n\r\nHello\r\n.\r\n..\r\n"}
    assert (fake.connections, fake.commands[-1]) == (1, "QUIT")


def test_session__relay_that_loses_what_comes_with_the_dot() -> None:
    """RFC 2920, 3.1 lets MAIL follow a dot; where something on the way does not, mails go one by one from then on."""
    fake = FakeRelay(deaf=True)

    outcomes = send(fake, *(mail(f"{number}@x.example") for number in range(4)))

    assert states(outcomes) == ["sent"] * 4
    assert fake.lost == [f"MAIL FROM:<{SENDER}> SIZE={CONTENT.size()} BODY=8BITMIME\r\n".encode() + BEGUN]
    assert (fake.per_recipient(), fake.connections) == ({f"{number}@x.example": 1 for number in range(4)}, 2)


BEGUN = b"RCPT TO:<1@x.example>\r\nDATA\r\n"


@pytest.mark.parametrize(
    ("first", "state", "answer", "connections"),
    [
        ("dot-452@x.example", "deferred", "452 4.0.0 as scripted", 1),
        ("dot-554@x.example", "failed", "554 5.0.0 as scripted", 1),
        ("dot-421@x.example", "deferred", "421 4.0.0 as scripted", 2),
        ("dot-drop@x.example", "deferred", "connection lost: closed by the relay; it may have been delivered", 2),
        ("dot-hang@x.example", "deferred", "the relay did not answer in time; it may have been delivered", 2),
        ("dot-trickle@x.example", "deferred", "the relay did not answer in time; it may have been delivered", 2),
    ],
)
def test_session__answer_to_the_dot_is_of_its_mail_alone(first: str, state: str, answer: str, connections: int) -> None:
    """B87, B88: refused, cut off or never answered at the dot: the mail that was begun with it arrives once."""
    fake = FakeRelay()

    outcomes = send(fake, mail(first), mail(NEXT))

    assert outcomes == {first: Outcome(state, answer), NEXT: Outcome("sent", "250 2.0.0 taken")}
    assert (fake.per_recipient(), fake.connections) == ({NEXT: 1}, connections)


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize(
    ("bad", "state", "answer"),
    [
        (mail("rcpt-550.bob@x.example"), "failed", "550 5.0.0 as scripted"),
        (mail("rcpt-451.bob@x.example"), "deferred", "451 4.0.0 as scripted"),
        (mail("data-451.bob@x.example"), "deferred", "451 4.0.0 as scripted"),
        (mail("rcpt-drop.bob@x.example"), "deferred", "connection lost: closed by the relay"),
        (mail("bob@x.example", "mail-550@x.example"), "failed", "550 5.0.0 as scripted"),
        (mail("bob@x.example", "mail-451@x.example"), "deferred", "451 4.0.0 as scripted"),
        (mail("bob@x.example", "mail-421@x.example"), "deferred", "421 4.0.0 as scripted"),
        (mail("bob@x.example", "mail-drop@x.example"), "deferred", "connection lost: closed by the relay"),
        (mail("bob@x.example", "mail-530@x.example"), "deferred", "530 5.0.0 as scripted"),
        (mail("bob@x.example", "un safe@x.example"), "failed", "'un safe@x.example' cannot be sent to: it is no pla"),
    ],
)
def test_session__what_was_begun_and_is_refused(bad: MailObject, state: str, answer: str, eager: bool) -> None:
    """B87: it is told what it would be told by itself; those before and behind it arrive once, and no empty mail.

    That the relay takes what is sent along is not doubted for that.
    """
    fake = FakeRelay(eager=eager)
    along = []

    async def all_of(relay: Relay) -> list[Tried]:
        tried = await in_a_row(relay.session(), [mail("amy@x.example"), bad, mail(NEXT)])
        along.append(relay.sends_along)
        return tried

    outcomes = {recipient: outcome for one in run(fake, all_of, LIMITS) for recipient, outcome in one.outcomes.items()}

    assert along == [True]

    (recipient,) = bad.recipients
    assert (outcomes[recipient].state, outcomes[recipient].answer.startswith(answer)) == (state, True)
    assert fake.per_recipient() == {"amy@x.example": 1, NEXT: 1}


def test_session__begun_mail_that_cannot_be_read(tmp_path: Path) -> None:
    """B88: what is wrong with it is its own matter, and the relay takes no half mail."""
    (tmp_path / "short.eml").write_bytes(b"a line\r\n")
    fake = FakeRelay()

    async def script(relay: Relay) -> None:
        session = relay.session()
        for name in ("gone.eml", "short.eml"):
            unreadable = mail("bob@x.example", content=Content(b"S: x\r\n\r\n", None, str(tmp_path / name), 0, 100))
            tried = await session.send(mail("amy@x.example"), lambda unreadable=unreadable: unreadable)
            assert states(tried.outcomes) == ["sent"]
            with pytest.raises(OSError, match=name):
                await session.send(unreadable)
        assert states((await session.send(mail(NEXT))).outcomes) == ["sent"]

    run(fake, script)
    assert fake.per_recipient() == {"amy@x.example": 2, NEXT: 1}


@pytest.mark.parametrize("another", [False, True])
def test_session__begun_mail_that_does_not_follow(another: bool) -> None:
    """B88: nothing of it leaves when the session ends, or another mail is sent."""
    fake = FakeRelay()

    async def script(relay: Relay) -> None:
        session = relay.session()
        await session.send(mail("amy@x.example"), lambda: mail("bob@x.example"))
        if another:
            assert states((await session.send(mail(NEXT))).outcomes) == ["sent"]
        session.end()

    run(fake, script)
    assert fake.per_recipient() == {"amy@x.example": 1} | ({NEXT: 1} if another else {})
    assert fake.connections == 1 + another


def test_session__relay_that_closes_after_each_mail() -> None:
    """B87: a limit of mails for each connection costs nobody a try."""
    fake = FakeRelay(close_idle=True)

    outcomes = send(fake, *(mail(f"{number}@x.example") for number in range(4)))

    assert states(outcomes) == ["sent"] * 4
    assert (fake.per_recipient(), fake.connections) == ({f"{number}@x.example": 1 for number in range(4)}, 4)


def test_session__large_and_signed_mails_in_a_row(tmp_path: Path) -> None:
    """B85: what is streamed is followed by the next mail's beginning as well; each is signed as it leaves."""
    body = b".x" * 38 + b"\r\n"
    (tmp_path / "x.eml").write_bytes(body * 5_000)
    content = Content(b"From: a@x.example\r\n\r\n", None, str(tmp_path / "x.eml"), 0, len(body) * 5_000)
    mails = [mail(f"{number}@x.example", content=content) for number in range(3)]
    fake = FakeRelay()

    patient = replace(LIMITS, command=30, shared=30, dot=30, transaction=60)
    outcomes = send(fake, *mails, limits=patient, signer=SIGNER)

    assert states(outcomes) == ["sent"] * 3
    assert [verifies(taken.content) for taken in fake.taken] == [True] * 3
    assert {taken.content.endswith(b"\r\n\r\n" + body * 5_000) for taken in fake.taken} == {True}
    assert fake.connections == 1
