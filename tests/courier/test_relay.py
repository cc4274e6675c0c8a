"""Sending to a relay on real sockets: one outcome for each recipient, whatever the relay does."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from connector.config.settings import Outgoing
from connector.courier.connection import TimeLimits
from connector.courier.relay import Relay
from connector.courier.signing import Signer
from connector.courier.transport import Content, MailObject, Outcome, Tried
from tests.authority import Authority
from tests.courier.test_signing import SIGNER, verifies
from tests.fakes.relay import FakeRelay, Taken
from tests.planted import MARK

T = TypeVar("T")
SENDER = "support@company.example"
CONTENT = Content(b"Subject: x\r\n\r\n", b"Hello\r\n.\r\n..\r\n")
LIMITS = TimeLimits(connect=2, command=0.3, shared=0.1, dot=0.3, transaction=3)
PLAIN = ("SIZE 1000",)


def relay_to(fake: FakeRelay, tls: str = "none", context: ssl.SSLContext | None = None, **more: object) -> Relay:
    return Relay(Outgoing("smtp", host="localhost", port=fake.port, tls=tls, **more), context, LIMITS)  # type: ignore[arg-type]


def run(
    fake: FakeRelay,
    script: Callable[[Relay], Awaitable[T]],
    limits: TimeLimits = LIMITS,
    signer: Signer | None = None,
) -> T:
    """Run a script with a relay client that needs neither TLS nor a log-in."""

    async def main() -> T:
        async with fake.running():
            relay = Relay(Outgoing("smtp", host="localhost", port=fake.port, tls="none"), None, limits, signer)
            try:
                return await script(relay)
            finally:
                await relay.close()

    return asyncio.run(main())


async def sent(relay: Relay, sender: str, recipients: Sequence[str], content: Content) -> dict[str, Outcome]:
    """Send as the courier does: a transaction, and each one that has to follow."""
    outcomes, groups = {}, [tuple(recipients)]
    while groups:
        tried = await relay.session().send(MailObject(sender, groups.pop(0), content))
        outcomes |= tried.outcomes
        groups += tried.again
    return outcomes


def send(fake: FakeRelay, *recipients: str, content: Content = CONTENT, sender: str = SENDER) -> dict[str, Outcome]:
    return run(fake, lambda relay: sent(relay, sender, recipients, content))


def states(outcomes: dict[str, Outcome]) -> list[str]:
    return [outcome.state for outcome in outcomes.values()]


@pytest.mark.parametrize("extensions", [FakeRelay().extensions, PLAIN, ()])
def test_send__all_recipients_in_one_transaction(extensions: tuple[str, ...]) -> None:
    """B85, B87: one copy serves all recipients, byte for byte, with pipelining and without."""
    fake = FakeRelay(extensions)

    outcomes = send(fake, "amy@x.example", "bob@x.example")

    assert states(outcomes) == ["sent", "sent"]
    assert outcomes["amy@x.example"].answer == "250 2.0.0 taken"
    assert fake.taken == [Taken(SENDER, ("amy@x.example", "bob@x.example"), b"Subject: x\r\n\r\nHello\r\n.\r\n..\r\n")]


def test_send__announces_size_and_8bit() -> None:
    """MAIL says what the relay can make use of (RFC 1870, RFC 6152); the null return path is <>."""
    fake = FakeRelay()

    send(fake, "amy@x.example", sender="")

    assert f"MAIL FROM:<> SIZE={CONTENT.size()} BODY=8BITMIME" in fake.commands


def test_send__address_outside_ascii() -> None:
    """SMTPUTF8 is asked for where an address needs it; a relay without it fails that recipient alone."""
    able, unable = FakeRelay(), FakeRelay(PLAIN)

    assert states(send(able, "ärmel@x.example", "amy@x.example")) == ["sent", "sent"]
    assert any(line.endswith(" SMTPUTF8") for line in able.commands)
    assert states(send(unable, "ärmel@x.example", "amy@x.example")) == ["failed", "sent"]


MIME = b"From: a@x.example\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
EIGHT = Content(MIME + b"\r\n", b"Gr\xc3\xbc\xc3\x9fe\r\n")


@pytest.mark.parametrize("signed", [False, True])
def test_send__eight_bits_to_a_relay_for_seven(signed: bool) -> None:
    """B85: re-encoded where the relay has no 8BITMIME (RFC 6152), and signed as it leaves; else byte for byte."""
    able, unable = FakeRelay(), FakeRelay(PLAIN)
    signer = SIGNER if signed else None

    for fake in (able, unable):
        assert states(run(fake, lambda relay: sent(relay, SENDER, ["amy@x.example"], EIGHT), signer=signer)) == ["sent"]

    (eight,), (seven,) = able.taken, unable.taken
    assert eight.content.endswith(EIGHT.body or b"")
    assert seven.content.endswith(b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe\r\n")
    assert all(verifies(mail.content) is signed for mail in (eight, seven))
    assert f"MAIL FROM:<{SENDER}> SIZE={len(seven.content)}" in unable.commands


def test_send__signed_eight_bits_are_not_broken() -> None:
    """B85: what re-encoding would break is not sent to a relay for seven bits; why stands on the delivery."""
    head = EIGHT.head.replace(b"text/plain; charset=utf-8", b"multipart/signed; boundary=b")
    content = Content(head, b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xc3\xbc\r\n--b--\r\n")
    fake = FakeRelay(PLAIN)

    async def script(relay: Relay) -> list[Outcome]:
        refused = await sent(relay, SENDER, ["amy@x.example"], content)
        assert states(await sent(relay, SENDER, ["amy@x.example"], CONTENT)) == ["sent"]
        return list(refused.values())

    (outcome,) = run(fake, script)
    assert (outcome.state, "would break the mail's signature" in outcome.answer) == ("failed", True)
    assert (fake.connections, len(fake.taken)) == (1, 1)
    assert states(send(FakeRelay(), "amy@x.example", content=content)) == ["sent"]


@pytest.mark.parametrize(
    ("most", "state"), [("35", "sent"), ("5", "failed"), ("0", "sent"), ("", "sent"), ("x", "sent")]
)
def test_send__mail_larger_than_the_relay_takes(most: str, state: str) -> None:
    """RFC 1870: it is not sent at all, and why stands on the delivery."""
    fake = FakeRelay((f"SIZE {most}".strip(),))

    (outcome,) = send(fake, "amy@x.example").values()

    assert outcome.state == state
    assert any(command.startswith("MAIL") for command in fake.commands) == (state == "sent")
    if state == "failed":
        assert outcome.answer == f"the relay takes mails of at most 5 bytes, and this one has {CONTENT.size()}"


def test_send__large_mail_is_streamed(tmp_path: Path) -> None:
    """B85: a large body goes from the file to the relay in pieces, and arrives whole."""
    body = b".x" * 38 + b"\r\n"
    (tmp_path / "x.eml").write_bytes(b"H: x\r\n\r\n" + body * 20_000)
    fake = FakeRelay()

    content = Content(b"Subject: x\r\n\r\n", None, str(tmp_path / "x.eml"), 8, (tmp_path / "x.eml").stat().st_size)
    patient = TimeLimits(command=30, dot=30)  # the relay reads a line at a time, on a busy machine
    outcomes = run(fake, lambda relay: sent(relay, SENDER, ["amy@x.example"], content), patient)

    assert states(outcomes) == ["sent"]
    assert fake.taken[0].content == b"Subject: x\r\n\r\n" + body * 20_000


def test_send__no_nul_leaves(tmp_path: Path) -> None:
    """B85: a NUL of a mail that came as a file leaves as `?`, in as many bytes as announced; the original keeps it."""
    original = tmp_path / "x.eml"
    original.write_bytes(b"H: x\r\n\r\na\0b\r\n\0\r\n.\0\r\n")
    content = Content(b"Subject: x\r\n\r\n", None, str(original), 8, original.stat().st_size)
    fake = FakeRelay()

    assert states(send(fake, "amy@x.example", content=content)) == ["sent"]

    assert fake.taken[0].content == b"Subject: x\r\n\r\na?b\r\n?\r\n.?\r\n"
    assert len(fake.taken[0].content) == content.size()
    assert b"\0" in original.read_bytes()


@pytest.mark.parametrize("extensions", [FakeRelay().extensions, PLAIN])
@pytest.mark.parametrize(
    ("bad", "state", "answer"),
    [
        ("rcpt-550.bob@x.example", "failed", "550 5.0.0 as scripted"),
        ("rcpt-451.bob@x.example", "deferred", "451 4.0.0 as scripted"),
        ("rcpt-421.bob@x.example", "deferred", "421 4.0.0 as scripted"),
        ("rcpt-drop.bob@x.example", "deferred", "connection lost"),
        ("rcpt-hang.bob@x.example", "deferred", "did not answer in time"),
        ("rcpt-530.bob@x.example", "deferred", "530 5.0.0 as scripted"),
    ],
)
def test_send__one_bad_recipient_holds_up_nobody(
    bad: str, state: str, answer: str, extensions: tuple[str, ...]
) -> None:
    """B87: refused, deferred, cut off or never answered at RCPT: the others get the mail, once, at the first go."""
    fake = FakeRelay(extensions)

    outcomes = send(fake, "amy@x.example", bad, "cid@x.example")

    assert (outcomes[bad].state, answer in outcomes[bad].answer) == (state, True)
    assert fake.per_recipient() == {"amy@x.example": 1, "cid@x.example": 1}


@pytest.mark.parametrize("extensions", [FakeRelay().extensions, PLAIN])
def test_send__recipient_without_an_answer_holds_up_nobody(extensions: tuple[str, ...]) -> None:
    """B87: who has no answer to RCPT soon is tried alone, with all the patience there is, beside the others."""
    fake, people = FakeRelay(extensions), ["amy@x.example", "rcpt-hang.bob@x.example", "cid@x.example"]

    async def script(relay: Relay) -> Tried:
        return await relay.session().send(MailObject(SENDER, people, CONTENT))

    tried = run(fake, script, replace(LIMITS, command=60))

    assert tried == Tried({}, (("amy@x.example", "cid@x.example"), ("rcpt-hang.bob@x.example",)))
    assert fake.taken == []


@pytest.mark.parametrize(
    ("recipient", "state", "answer"),
    [
        ("dot-452@x.example", "deferred", "452 4.0.0 as scripted"),
        ("dot-421@x.example", "deferred", "421 4.0.0 as scripted"),
        ("dot-554@x.example", "failed", "554 5.0.0 as scripted"),
        ("data-451@x.example", "deferred", "451 4.0.0 as scripted"),
        ("data-554@x.example", "failed", "554 5.0.0 as scripted"),
        ("data-hang@x.example", "deferred", "the relay did not answer in time"),
        ("dot-drop@x.example", "deferred", "connection lost: closed by the relay; it may have been delivered"),
        ("dot-hang@x.example", "deferred", "the relay did not answer in time; it may have been delivered"),
    ],
)
def test_send__answer_to_the_mail(recipient: str, state: str, answer: str) -> None:
    """B87, B88: what comes after the recipients is classed right; a lost answer is said to be one."""
    assert send(FakeRelay(), recipient) == {recipient: Outcome(state, answer)}


@pytest.mark.parametrize(
    ("sender", "recipient", "blamed"),
    [
        (SENDER, "rcpt-550.bob@x.example", True),
        (SENDER, "rcpt-450.bob@x.example", False),
        (SENDER, "dot-550.bob@x.example", False),
        ("mail-550@x.example", "bob@x.example", False),
    ],
)
def test_send__failure_is_of_the_recipient_where_he_was_refused(sender: str, recipient: str, blamed: bool) -> None:
    """B11: what is said of the sender, or of the mail, is no reason to suspend an address."""
    (outcome,) = send(FakeRelay(), recipient, sender=sender).values()

    assert outcome.of_recipient is blamed


@pytest.mark.parametrize("code", [530, 534, 535, 538])
@pytest.mark.parametrize("others", [[], ["amy@x.example"]])
@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_send__log_in_asked_for_one_recipient_is_his_matter(stage: str, others: list[str], code: int) -> None:
    """B87: such a reply to a recipient or to his mail is his failed try; the relay is not down, others get the mail."""
    fake, bad = FakeRelay(), f"{stage}-{code}.bob@x.example"

    outcomes = send(fake, *others, bad)

    assert outcomes[bad] == Outcome("deferred", f"{code} 5.0.0 as scripted")
    assert fake.per_recipient() == dict.fromkeys(others, 1)


@pytest.mark.parametrize(
    ("sender", "recipient"), [("mail-530@x.example", "bob@x.example"), (SENDER, "data-530@x.example")]
)
def test_send__log_in_asked_for_all_mail_is_the_relays_matter(sender: str, recipient: str) -> None:
    """B87: such a reply to MAIL or DATA says that the relay takes nothing now, which is nobody's try."""
    fake = FakeRelay()

    outcomes = send(fake, "amy@x.example", recipient, sender=sender)

    assert set(outcomes.values()) == {Outcome("deferred", "530 5.0.0 as scripted", down=True, urgent=True)}
    assert len([command for command in fake.commands if command.startswith("MAIL")]) == 1


def test_send__mail_refused_for_one_is_tried_for_each() -> None:
    """B87: a mail refused as a whole goes to each recipient by itself, so that one bad one spoils it for nobody."""
    fake = FakeRelay()

    outcomes = send(fake, "amy@x.example", "dot-554.bob@x.example", "cid@x.example")

    assert sorted(states(outcomes)) == ["failed", "sent", "sent"]
    assert fake.per_recipient() == {"amy@x.example": 1, "cid@x.example": 1}


def test_send__too_many_recipients_go_on_in_another_transaction() -> None:
    """B87: 452 among taken recipients means "not in this transaction" (RFC 5321, 4.5.3.1.10)."""
    fake = FakeRelay()

    outcomes = send(fake, "amy@x.example", "rcpt-452-1.bob@x.example")

    assert states(outcomes) == ["sent", "sent"]
    assert len(fake.taken) == 2


@pytest.mark.parametrize(("sender", "state"), [("mail-550@x.example", "failed"), ("mail-451@x.example", "deferred")])
@pytest.mark.parametrize("extensions", [FakeRelay().extensions, PLAIN])
def test_send__sender_refused_counts_for_all(sender: str, state: str, extensions: tuple[str, ...]) -> None:
    """B87: what MAIL is told is every recipient's outcome; the connection is of use afterwards."""
    fake = FakeRelay(extensions)

    async def script(relay: Relay) -> None:
        refused = await sent(relay, sender, ["amy@x.example", "bob@x.example"], CONTENT)
        assert states(refused) == [state, state]
        assert states(await sent(relay, SENDER, ["amy@x.example"], CONTENT)) == ["sent"]

    run(fake, script)
    assert fake.connections == 1


@pytest.mark.parametrize(("eager", "connections"), [(False, 1), (True, 2)])
def test_send__nobody_taken_sends_no_mail(eager: bool, connections: int) -> None:
    """B87: DATA goes along with the recipients (RFC 2920, 3.1); where none is taken, not even an empty mail follows."""
    fake = FakeRelay(eager=eager)

    async def script(relay: Relay) -> None:
        assert states(await sent(relay, SENDER, ["rcpt-550.amy@x.example"], CONTENT)) == ["failed"]
        assert states(await sent(relay, SENDER, ["bob@x.example"], CONTENT)) == ["sent"]

    run(fake, script)
    assert [mail.recipients for mail in fake.taken] == [("bob@x.example",)]
    assert fake.connections == connections


@pytest.mark.parametrize("sender", ["mail-421@x.example", "mail-drop@x.example"])
def test_send__session_ended_at_mail_is_deferred(sender: str) -> None:
    """B87: a relay that ends a fresh session at MAIL is tried again later."""
    assert states(send(FakeRelay(), "amy@x.example", sender=sender)) == ["deferred"]


def test_send__trickling_relay_meets_the_time_limit() -> None:
    """B87: a relay that answers a byte at a time does not hold a connection for ever."""
    outcomes = send(FakeRelay(), "rcpt-trickle.amy@x.example")

    assert outcomes["rcpt-trickle.amy@x.example"] == Outcome("deferred", "the relay did not answer in time")


def test_send__keeps_and_reuses_connections() -> None:
    """Connections are kept open: several mails go over one."""
    fake = FakeRelay()

    async def script(relay: Relay) -> None:
        for _ in range(5):
            await sent(relay, SENDER, ["amy@x.example", "rcpt-550@x.example"], CONTENT)

    run(fake, script)

    assert (fake.connections, len(fake.taken)) == (1, 5)
    assert fake.commands[-1] == "QUIT"


def test_send__kept_connection_that_died_costs_nothing() -> None:
    """B87: a connection that the relay closed meanwhile is replaced at once; it is nobody's failed try."""
    fake = FakeRelay(close_idle=True)

    async def script(relay: Relay) -> list[str]:
        return [state for _ in range(3) for state in states(await sent(relay, SENDER, ["amy@x.example"], CONTENT))]

    assert run(fake, script) == ["sent"] * 3
    assert fake.per_recipient() == {"amy@x.example": 3}


def test_send__unreadable_mail_leaves_no_half_mail(tmp_path: Path) -> None:
    """B88: where the original cannot be read to its end, the connection is cut; the relay takes no half mail."""
    fake = FakeRelay()
    (tmp_path / "short.eml").write_bytes(b"a line\r\n")

    for name in ("gone.eml", "short.eml"):
        with pytest.raises(OSError, match=name):
            send(fake, "amy@x.example", content=Content(b"Subject: x\r\n\r\n", None, str(tmp_path / name), 0, 100))

    assert fake.taken == []


def test_send__unsafe_addresses_reach_no_command() -> None:
    """An address with a line end in it is failed before the relay is asked; an unsafe sender sends nothing."""
    fake = FakeRelay()

    evil = "a@x.example>\r\nRCPT TO:<evil@x.example"
    assert states(send(fake, evil, "amy@x.example")) == ["failed", "sent"]
    assert states(send(fake, "amy@x.example", sender=evil)) == ["failed"]
    assert not any("evil" in command for command in fake.commands)


# -- no connection -----------------------------------------------------------------------------------------------


def test_down__nobody_listens() -> None:
    """B87: a relay that is not there is down as a whole; that is no mail's try."""
    fake = FakeRelay()

    async def script() -> dict[str, Outcome]:
        async with fake.running():
            pass
        return await sent(relay_to(fake), SENDER, ["amy@x.example"], CONTENT)

    outcome = asyncio.run(script())["amy@x.example"]
    assert (outcome.state, outcome.down) == ("deferred", True)


@pytest.mark.parametrize(
    "banner",
    [b"421 4.3.2 come back later\r\n", b"554 no\r\n", b"hello\r\n", b"220-" + b"x" * 10_000_000 + b"\r\n", b""],
)
def test_down__banner_is_no_welcome(banner: bytes) -> None:
    """B87: a relay that does not greet, or never ends its greeting, is down; memory stays small."""
    outcome = send(FakeRelay(banner=banner), "amy@x.example")["amy@x.example"]

    assert (outcome.state, outcome.down) == ("deferred", True)
    assert len(outcome.answer) < 600


def test_down__not_by_one_connection_too_many() -> None:
    """B87, B107: a relay that serves others is not down, and nobody is called; the mail is tried again."""
    fake = FakeRelay(most=1)

    async def script(relay: Relay) -> Outcome:
        hanging = asyncio.create_task(relay.session().send(MailObject(SENDER, ["dot-hang@x.example"], CONTENT)))
        while not any(command.startswith("RCPT") for command in fake.commands):
            await asyncio.sleep(0.01)
        tried = await relay.session().send(MailObject(SENDER, ["amy@x.example"], CONTENT))
        hanging.cancel()
        return tried.outcomes["amy@x.example"]

    outcome = run(fake, script, replace(LIMITS, dot=2))

    assert (outcome.state, outcome.down, outcome.urgent) == ("deferred", False, False)
    assert "554 5.7.0 too many connections" in outcome.answer


# -- TLS and log-in ----------------------------------------------------------------------------------------------


def send_tls(
    fake: FakeRelay, tls: str, context: ssl.SSLContext | None, implicit: ssl.SSLContext | None = None, **more: object
) -> Outcome:
    async def main() -> Outcome:
        async with fake.running(implicit):
            relay = relay_to(fake, tls, context, **more)
            outcomes = await sent(relay, SENDER, ["amy@x.example"], CONTENT)
            await relay.close()
            return outcomes["amy@x.example"]

    return asyncio.run(main())


def test_starttls__mail_goes_encrypted(authority: Authority) -> None:
    """With Tls=starttls the mail leaves after STARTTLS, over a connection whose certificate was checked."""
    fake = FakeRelay(tls=authority.certificate().context())

    assert send_tls(fake, "starttls", authority.trusting()).state == "sent"
    assert fake.commands.index("STARTTLS") < fake.commands.index(next(c for c in fake.commands if c.startswith("MAIL")))


def test_tls__mail_goes_encrypted(authority: Authority) -> None:
    """With Tls=tls the connection is encrypted from its first byte; large mails pass as well."""
    fake = FakeRelay()

    assert send_tls(fake, "tls", authority.trusting(), authority.certificate().context()).state == "sent"


CLEAR = {"EHLO", "STARTTLS", "QUIT", ""}
"""What may be said before TLS."""


def wrong(authority: Authority, what: str) -> ssl.SSLContext | None:
    """A relay's TLS that is not to be trusted."""
    if what == "withheld":
        return None
    made = {"expired": authority.expired, "wrong name": lambda: authority.certificate("relay.example")}
    return made.get(what, authority.certificate)().context()


@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize("what", ["withheld", "expired", "wrong name", "unknown authority"])
def test_tls__that_cannot_be_trusted_ends_it(authority: Authority, tmp_path: Path, what: str, tls: str) -> None:
    """B87, B102, B107: nothing is said in the clear, neither mail nor log-in; somebody has to be told at once."""
    (tmp_path / "password").write_text(f"{MARK}-relay")
    context = wrong(authority, what)
    fake = FakeRelay(tls=context if tls == "starttls" else None, users={"support": f"{MARK}-relay"})
    trusted = None if what == "unknown authority" else authority.trusting()

    outcome = send_tls(
        fake, tls, trusted, context if tls == "tls" else None, user="support", password_file=tmp_path / "password"
    )

    assert (outcome.state, outcome.down, outcome.urgent) == ("deferred", True, True), outcome.answer
    expected = "certificate" if context else "STARTTLS" if tls == "starttls" else "SSL"
    assert expected in outcome.answer
    assert {command.partition(" ")[0] for command in fake.commands if command.isascii()} <= CLEAR
    assert (fake.taken, fake.logins) == ([], [])


@pytest.mark.parametrize(("reply", "urgent"), [("454 4.7.0 not now", False), ("502 5.5.1 not here", True)])
def test_starttls__announced_and_refused(authority: Authority, reply: str, urgent: bool) -> None:
    """B87, B107: the mail waits; only where the relay says that it is for good somebody is told at once."""
    fake = FakeRelay(tls=authority.certificate().context(), tls_reply=reply)

    outcome = send_tls(fake, "starttls", authority.trusting())

    assert (outcome.state, outcome.down, outcome.urgent) == ("deferred", True, urgent)
    assert not any(command.startswith("MAIL") for command in fake.commands)


def test_starttls__what_is_said_behind_its_reply_does_not_count(authority: Authority) -> None:
    """RFC 3207, 4.2: extensions that somebody on the way puts behind the reply in the clear are thrown away."""
    injected = "220 2.0.0 go on\r\n250-relay.example\r\n250 SIZE 1"
    fake = FakeRelay(tls=authority.certificate().context(), tls_reply=injected)

    assert send_tls(fake, "starttls", authority.trusting()).state == "sent"
    assert any("BODY=8BITMIME" in command for command in fake.commands)
