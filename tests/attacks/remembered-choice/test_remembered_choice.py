"""A choice for a contact form's address, and those who would like to use it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attacks.scene import Scene
from tests.house import mail_bytes

FORM = "form@shop.example"
FROMS = (
    f"{FORM} <mallory@evil.example>",
    f"{FORM}, mallory@evil.example",
    f"{FORM}\r\nFrom: mallory@evil.example",
    f"Shop: {FORM};",
)


@pytest.fixture
def trusting(build: Callable[..., Scene]) -> Scene:
    """The form's first mail was held, and let in for good."""
    scene = build({"EMAILCONNECTOR.UnknownSender": "hold"})
    file = scene.desk.mail("form.eml", FORM)
    scene.type("process", file)
    scene.type("queue", "release", scene.first_held(), "--remember")
    return scene


def test_the_form_gets_in_and_nobody_else(trusting: Scene) -> None:
    """B9, B27: a From that is not in order is held, whatever address it shows."""
    assert trusting.arrive(mail_bytes(FORM)).decision.record.outcome == "filed"
    for number, sender in enumerate(FROMS):
        arrived = trusting.arrive(mail_bytes(sender, Message_ID=f"<{number}@evil.example>"))
        assert (arrived.decision.record.outcome, arrived.sent) == ("held", ())


def test_it_has_no_say_in_tickets(trusting: Scene) -> None:
    """B9, B33: let in is not let on: on another's ticket its mail is unverified."""
    arrived = trusting.arrive(mail_bytes(FORM, subject="[0500-1000] x", Cc="friend@evil.example"))
    assert (arrived.decision.match.verified, arrived.decision.scope.public) == (False, False)
    assert trusting.outsiders("0500-1000") == {"jane@acme.example"}


def test_no_choice_opens_a_hole(trusting: Scene) -> None:
    """B9, B12: what was in a loop cannot be remembered."""
    trusting.desk.mail("loop.eml", "jane@acme.example")
    raw = b"Received: by x.example\r\n" * 51 + mail_bytes("jane@acme.example")
    trusting.desk.done("process", "-", stdin=raw)
    assert "decide on each" in trusting.type("queue", "release", trusting.first_held(), "--remember", status=1)
