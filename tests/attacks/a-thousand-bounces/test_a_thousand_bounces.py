"""A thousand bounces, with and without the ticket's number, from one machine and from many."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connector.mail.model import Envelope
from tests.attacks.scene import Scene
from tests.house import PUBLIC, mail_bytes

NULL = Envelope(rcpt_to=(PUBLIC,), road="smtp", has_sender=True)


def one_machine(number: int) -> str:
    return "MAILER-DAEMON@else.example"


def many_machines(number: int) -> str:
    return f"MAILER-DAEMON@mx{number}.example"


@pytest.mark.parametrize(
    ("machine", "count"),
    [
        pytest.param(one_machine, 100, id="one"),
        pytest.param(many_machines, 50, id="many"),
        pytest.param(one_machine, 750, id="most of a thousand", marks=pytest.mark.long),
        pytest.param(many_machines, 250, id="the rest of a thousand", marks=pytest.mark.long),
    ],
)
def test_they_are_kept_and_answered_by_nobody(scene: Scene, machine: Callable[[int], str], count: int) -> None:
    """B10, B11: all are recorded, nothing goes outside, no address is suspended for reports on no mail of ours."""
    for number in range(count):
        raw = mail_bytes(
            machine(number), subject="Undelivered: Ticket [0500-1000] Printer", Message_ID=f"<{number}@else.example>",
            body=f"<jane@acme.example>: 550 5.1.1 no such user {number}\r\n",
        )  # fmt: skip
        arrived = scene.arrive(raw, NULL)
        assert arrived.decision.record.outcome == "filed"
        assert not arrived.receivers("response")
    assert not any(one.outside for one in scene.sent)
    assert scene.suspended() == set()
    if machine is one_machine:
        assert sum(one.kind == "distribution" for one in scene.sent) <= 20
