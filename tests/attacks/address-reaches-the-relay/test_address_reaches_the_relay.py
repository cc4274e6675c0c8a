"""The last door: addresses out of the store, given to a relay on a real socket."""

from __future__ import annotations

import pytest

from tests.courier.test_relay import send, states
from tests.fakes.relay import FakeRelay

COMMAND = "RCPT TO:<victim@v.example"


@pytest.mark.parametrize(
    "evil",
    [
        f"a@x.example>\r\n{COMMAND}",
        f"a@x.example>\n{COMMAND}",
        f"a@x.example>\r{COMMAND}",
        f"a@x.example> {COMMAND}",
        f"a\u2028{COMMAND}@x.example",
        "a@x.example>SIZE=1<b@x.example",
        "victim@v.example,a@x.example",
    ],
    ids=ascii,
)
def test_no_command_is_made_of_it(evil: str) -> None:
    """It fails for good before the relay is asked; the others get the mail."""
    fake = FakeRelay()
    assert states(send(fake, evil, "amy@x.example")) == ["failed", "sent"]
    assert states(send(fake, "amy@x.example", sender=evil)) == ["failed"]
    assert not any("victim" in command or "b@x" in command for command in fake.commands)
    assert fake.per_recipient() == {"amy@x.example": 1}
