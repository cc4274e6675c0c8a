"""`send`: one test mail, as it is typed, through a relay on real sockets and into the outbox."""

from __future__ import annotations

import asyncio
import mailbox
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.authority import Authority
from tests.cli.conftest import Desk
from tests.courier.test_signing import KEY_FILE, verifies
from tests.fakes.relay import FakeRelay
from tests.planted import MARK, shows

DKIM = {
    "OUTGOING__DkimSelector": "s1",
    "OUTGOING__DkimDomain": "company.example",
    "OUTGOING__DkimKeyFile": str(KEY_FILE),
}
DKIM |= {"EMAILCONNECTOR__PublicEmailAddress": "support@company.example"}


@contextmanager
def relay(fake: FakeRelay) -> Iterator[str]:
    """The relay on a loop of its own, for as long as the block lasts; its port."""
    port: Future[int] = Future()
    over = Event()

    async def serve() -> None:
        async with fake.running():
            port.set_result(fake.port)
            await asyncio.to_thread(over.wait)

    thread = Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        yield str(port.result(10))
    finally:
        over.set()
        thread.join()


@pytest.fixture
def to_relay(build: Callable[..., Desk], tmp_path: Path) -> Callable[..., Desk]:
    """An installation whose mail goes to a relay."""

    def make(port: str, **values: str) -> Desk:
        (tmp_path / "secret").write_text(f"{MARK}-relay")
        outgoing = {"Transport": "smtp", "Host": "localhost", "Port": port, **values}
        named = {name if "__" in name else f"OUTGOING__{name}": value for name, value in outgoing.items()}
        return build(**DKIM, **named)

    return make


def test_send__tells_each_step(
    to_relay: Callable[..., Desk], authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B87, B102: connected, encrypted, logged in, signed, taken; what arrives is a mail of ours, and signed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    fake = FakeRelay(tls=authority.certificate().context(), users={"support": f"{MARK}-relay"})
    with relay(fake) as port:
        told = to_relay(port, User="support", PasswordFile="secret", SMTPIN__Hostname="mail.company.example").done(
            "send", "--to", "Amy@X.example", "--subject", "Hé", "--text", "Hällo"
        )

    assert told == (
        f"connected to localhost:{port}, which is told that we are mail.company.example\n"
        "encrypted by TLSv1.3, with the certificate of localhost\n"
        "logged in as support by a password\n"
        "the relay says: SIZE 104857600, 8BITMIME, SMTPUTF8, PIPELINING\n"
        "signed by company.example with the key s1 (rsa-sha256)\n"
        "sent to amy@x.example: 250 2.0.0 taken\n"
    )
    (mail,) = fake.taken
    assert verifies(mail.content)
    assert mail.recipients == ("amy@x.example",)
    assert b"Auto-Submitted: auto-generated" in mail.content


@pytest.mark.parametrize(
    ("recipient", "values", "why"),
    [
        ("rcpt-550.amy@x.example", {"Tls": "none"}, "not sent: 550 5.0.0 as scripted"),
        (
            "amy@x.example",
            {},
            "STARTTLS extension not supported by server.\ntake Tls = tls and its port (465, 993, 995)",
        ),
        ("amy@x.example", {"Tls": "none", "User": "support", "PasswordFile": "secret"}, "AUTH"),
        ("mail-421@x.example", {"Tls": "none", "Port": "1"}, "not sent: relay localhost:1: "),
    ],
)
def test_send__failure_is_told(recipient: str, values: dict[str, str], why: str, to_relay: Callable[..., Desk]) -> None:
    """B87, B102: refused, not encrypted, no log-in, nobody there: the reason, exit status 1, and no secret."""
    with relay(FakeRelay()) as port:
        told = to_relay(values.get("Port", port), **values).refused("send", "--to", recipient)

    assert why in told
    assert not shows(told)


def test_send__into_the_outbox(build: Callable[..., Desk]) -> None:
    """B88: as shipped it lands in the outbox."""
    desk = build()

    assert desk.done("send", "--to", "amy@x.example").startswith(
        "not signed (no DkimKeyFile)\nsent to amy@x.example: written to the outbox as "
    )
    (mail,) = mailbox.Maildir(str(desk.settings.outgoing.outbox), create=False)
    assert mail["X-Envelope-To"] == "amy@x.example"


@pytest.mark.parametrize("address", ["", "amy", "Amy <amy@x.example>", "a@x.example, b@x.example"])
def test_send__one_plain_address(address: str, desk: Desk) -> None:
    """B64: anything else is refused."""
    assert "is not a plain address" in desk.refused("send", "--to", address)


def test_send__certificate_that_nobody_trusts(authority: Authority, to_relay: Callable[..., Desk]) -> None:
    """B102: a certificate that nobody trusts is told, and nothing was said in the clear."""
    fake = FakeRelay(tls=authority.certificate().context())
    with relay(fake) as port:
        told = to_relay(port).refused("send", "--to", "amy@x.example")

    assert "certificate verify failed" in told
    assert not any(command.startswith("MAIL") for command in fake.commands)
