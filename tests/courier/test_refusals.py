"""A relay that is there and takes nothing: somebody is told, and what is not the mail's fault waits (B87, B107)."""

from __future__ import annotations

import pytest

from connector.courier.connection import Reply
from connector.courier.refusals import DEFERRED_SECONDS, QUIET_SECONDS, Refusals
from connector.courier.transaction import outcome_of
from connector.courier.transport import Outcome
from tests.courier.test_relay import send
from tests.fakes.relay import FakeRelay

SENT, FAILED, DEFERRED = Outcome("sent", "250"), Outcome("failed", "550 5.7.1 no"), Outcome("deferred", "451 busy")
OF_US = Outcome("deferred", "550 5.7.60 send as", urgent=True)


class Desk:
    """What was told, and a clock."""

    def __init__(self) -> None:
        self.now, self.told = 1000.0, [""]
        self.refusals = Refusals(self._tell, lambda: self.now)

    def _tell(self, why: str) -> None:
        if why != self.told[-1] and not (why and self.told[-1]):
            self.told.append(why)

    def learn(self, outcome: Outcome, *addresses: str) -> None:
        for address in addresses:
            self.refusals.learn({address: outcome})


# What the documentation of Microsoft and Google, and Postfix's source, have; the hosts are made up.
@pytest.mark.parametrize(
    "answer",
    [
        "5.7.60 SMTP; Client does not have permissions to send as this sender",
        "5.2.252 SendAsDenied; support@company.example not allowed to send as sales@company.example",
        "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",
        "5.7.64 TenantAttribution; Relay Access Denied",
        "5.1.8 Access denied, bad outbound sender",
        "5.7.705 Access denied, tenant has exceeded threshold",
        "5.7.708 Service unavailable. Access denied, traffic not accepted from this IP",
        "5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits",
        "5.7.1 <support@company.example>: Sender address rejected: not owned by user support",
        "5.7.1 <box[192.0.2.1]>: Client host rejected: Access denied",
        "5.5.2 <box>: Helo command rejected: need fully-qualified hostname",
    ],
)
def test_outcome__refusal_of_us_waits_and_is_told(answer: str) -> None:
    """B87, B107: what would meet every mail is no mail's failure, nor an address's."""
    assert outcome_of(Reply(550, answer)) == Outcome("deferred", f"550 {answer}", urgent=True)


@pytest.mark.parametrize(
    "answer",
    ["5.1.1 <amy@x.example>: Recipient address rejected: User unknown", "5.7.1 <amy@x.example>: Relay access denied",
     "5.7.1 Message rejected as spam", "5.4.4 no such domain", "5.7.600 x", "15.4.5 x", "5.2.2 mailbox full"],
)  # fmt: skip
def test_outcome__refusal_of_the_mail_or_the_recipient_fails(answer: str) -> None:
    """B87: these are recorded as failed at once."""
    assert outcome_of(Reply(550, answer)) == Outcome("failed", f"550 {answer}")


@pytest.mark.parametrize(
    ("reply", "urgent"),
    [
        (Reply(454, "4.7.1 <amy@x.example>: Relay access denied"), True),
        (Reply(450, "4.7.25 Client host rejected: cannot find your hostname"), False),
        (Reply(450, "4.1.8 <support@company.example>: Sender address rejected: Domain not found"), False),
    ],
)
def test_outcome__what_postfix_puts_off(reply: Reply, urgent: bool) -> None:
    """B107: who is not let through is told at once; what the DNS may mend by itself only if it does not end."""
    assert outcome_of(reply) == Outcome("deferred", str(reply), urgent=urgent)


def test_send__refusal_of_us_is_not_asked_for_each_recipient() -> None:
    """B87: where Microsoft 365 refuses the mail after its end, all recipients wait, and it is sent no second time."""
    fake = FakeRelay(mail_reply="550 5.7.60 SMTP; Client does not have permissions to send as this sender")

    outcomes = send(fake, "amy@x.example", "bob@x.example")

    assert [(one.state, one.urgent, one.down) for one in outcomes.values()] == [("deferred", True, False)] * 2
    assert len([command for command in fake.commands if command.startswith("MAIL")]) == 1


def test_refusals__of_us_are_told_at_once_and_over_after_a_quiet_hour() -> None:
    """B107: other mail that is sent meanwhile, as with another return path, does not end it again and again."""
    desk = Desk()
    desk.learn(OF_US, "amy@x.example")
    desk.learn(SENT, "amy@x.example")
    desk.now += QUIET_SECONDS - 1
    desk.learn(SENT, "amy@x.example")
    assert desk.told == ["", OF_US.answer]
    desk.now += 1
    desk.learn(SENT, "amy@x.example")
    assert desk.told == ["", OF_US.answer, ""]


def test_refusals__of_address_after_address() -> None:
    """B107: the same address again and again is its own matter; five, with nothing sent in between, are the relay's."""
    desk = Desk()
    desk.learn(FAILED, *["amy@x.example"] * 9, "b@x.example", "c@x.example", "d@x.example")
    desk.learn(SENT, "jane@acme.example")
    desk.learn(FAILED, "a@x.example", "b@x.example", "c@x.example", "d@x.example")
    assert desk.told == [""]
    desk.learn(FAILED, "e@x.example")
    assert desk.told == ["", FAILED.answer]
    desk.learn(SENT, "jane@acme.example")
    assert desk.told == ["", FAILED.answer, ""]


def test_refusals__for_now_that_do_not_end() -> None:
    """B107: a relay that is busy, or whose disk is full, for half an hour; no mail would stay unheard of for days."""
    desk = Desk()
    desk.learn(DEFERRED, "a@x.example", "b@x.example", "c@x.example")
    desk.now += DEFERRED_SECONDS - 1
    desk.learn(DEFERRED, "a@x.example")
    assert desk.told == [""]
    desk.now += 1
    desk.learn(DEFERRED, "a@x.example")
    assert desk.told == ["", DEFERRED.answer]


def test_refusals__few_addresses_and_a_relay_that_is_down_are_not_told_here() -> None:
    """B107: one customer's server that is away for days; what the alarm of the relay tells."""
    desk = Desk()
    desk.learn(DEFERRED, "a@x.example", "b@x.example")
    desk.now += 10 * DEFERRED_SECONDS
    desk.learn(DEFERRED, "a@x.example")
    desk.learn(Outcome("deferred", "down", down=True, urgent=True), *"abcdef")
    assert desk.told == [""]
