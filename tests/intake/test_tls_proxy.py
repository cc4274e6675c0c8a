"""Somebody stands on the way to every server that the service logs in to, with a TLS of his own or with none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.authority import Authority
from tests.dovecot import PASSWORD, Dovecot
from tests.fakes.relay import FakeRelay
from tests.fakes.tls_proxy import TlsProxy
from tests.house import mail_bytes
from tests.service import Service, until

JANE = "Jane Doe <jane@acme.example>"
BEFORE_TLS = {b"CAPABILITY", b"CAPA", b"EHLO", b"STARTTLS", b"STLS", b"LOGOUT", b"QUIT"}
"""What may be said in the clear."""
HANDSHAKE = b"\x16\x03"
"""How TLS begins: all that is read in the clear where the client speaks TLS from the first byte."""


@contextmanager
def relay() -> Iterator[FakeRelay]:
    """A relay that offers TLS and wants a log-in, in a thread of its own."""
    fake = FakeRelay(users={"support": PASSWORD}, extensions=("SIZE 104857600", "STARTTLS"))
    up, end = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def main() -> None:
        async with fake.running():
            up.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
    thread.start()
    up.wait()
    try:
        yield fake
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()


def ini(folder: Path, proxies: dict[str, TlsProxy], tls: str) -> dict[str, str]:
    """A service whose mailboxes and relay are behind the proxies."""
    (folder / "secret").write_text(PASSWORD)
    common = {"Host": "localhost", "Tls": tls, "PasswordFile": "secret"}
    values = {"OUTGOING.Transport": "smtp", "OUTGOING.User": "support"}
    for section, proxy in proxies.items():
        own = {"Port": str(proxy.port)} | (
            {} if section == "OUTGOING" else {"User": proxy.protocol, "PollSeconds": "1"}
        )
        values |= {f"{section}.{token}": value for token, value in {**common, **own}.items()}
    return values


def commands(proxy: TlsProxy) -> set[bytes]:
    """The verbs that the proxy read, without IMAP's tags."""
    place = 1 if proxy.protocol == "imap" else 0
    lines = [line.split() for line in bytes(proxy.read).splitlines()]
    return {words[min(place, len(words) - 1)].upper() for words in lines if words}


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("tls", ["starttls", "tls"])
@pytest.mark.parametrize("what", ["right", "wrong name", "expired", "withheld"])
def test_tls__of_somebody_on_the_way(
    tmp_path: Path, authority: Authority, mail_server: Dovecot, what: str, tls: str
) -> None:
    """B87, B102, B107: by IMAP, POP3 and the relay nothing but the question for TLS is said to somebody whose
    certificate has another name or has ended, or who withholds TLS; each raises an alarm. A right one is taken."""
    made = {
        "right": authority.certificate,
        "wrong name": lambda: authority.certificate("mail.example"),
        "expired": authority.expired,
    }
    context = made[what]().context() if what in made else None
    for user in ("imap", "pop3"):
        mail_server.put(user, mail_bytes(JANE, subject=f"By {user}", Message_ID=f"<{user}.{tls}@acme.example>"))
    implicit = tls == "tls"
    with ExitStack() as stack:
        fake = stack.enter_context(relay())
        servers = {
            "IMAP:a": ("imap", mail_server.imap),
            "POP3:b": ("pop3", mail_server.pop3),
            "OUTGOING": ("smtp", fake.port),
        }
        proxies = {
            section: stack.enter_context(TlsProxy(*server, context, implicit).running())
            for section, server in servers.items()
        }
        service = stack.enter_context(Service(tmp_path, **ini(tmp_path, proxies, tls)))
        service.send(mail_bytes("new@elsewhere.example", subject="Hello", Message_ID="<1@elsewhere.example>"))
        if what == "right":
            until(
                lambda: (sorted(service.store().counts().last_mail), bool(fake.taken)),
                (["imap:a", "pop3:b", "smtp"], True),
            )
            assert set(fake.logins) == {"support"}
            return
        alarms = {"road IMAP:a", "road POP3:b", "relay"}
        while alarms - {line.get("name") for line in service.log if line["event"] == "alarm"}:
            service.wait_for("alarm")
        service.stop()
        service.wait_for("end of log")
        assert not service.store().counts().deliveries.get("sent")
    assert (fake.taken, fake.logins) == ([], [])
    for proxy in proxies.values():
        assert proxy.read[:2] in (b"", HANDSHAKE) if implicit else commands(proxy) <= BEFORE_TLS, bytes(proxy.read)
