"""The whole service with log-ins by tokens: mail in by IMAP, out by the relay, and alarms for people."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.config.load import load
from connector.oauth import cache
from connector.oauth.cache import Kept
from storage.views import TicketFilter
from tests import dovecot
from tests.authority import Authority
from tests.fakes.token_server import CLIENT, SECRET, USER, TokenServer, refusal
from tests.house import mail_bytes
from tests.planted import shows
from tests.service import Service, until


@pytest.fixture
def mail_server(server: TokenServer, authority: Authority) -> Iterator[dovecot.Dovecot]:
    """A Dovecot that takes tokens."""
    if reason := dovecot.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with dovecot.running(authority.certificate(), server.address) as running:
        yield running


def service(folder: Path, port: int, **values: str) -> Service:
    """One whose mailbox logs in by itself at Microsoft."""
    (folder / "secret").write_text(SECRET)
    road = {
        "Host": "localhost", "Port": str(port), "Tls": "none", "User": USER, "PollSeconds": "1",
        "OAuth": "microsoft", "OAuthTenant": "company.example", "OAuthClientId": CLIENT, "OAuthSecretFile": "secret",
    }  # fmt: skip
    return Service(folder, **{f"IMAP:office.{name}": value for name, value in road.items()}, **values)


def test_service__mail_by_token(tmp_path: Path, server: TokenServer, mail_server: dovecot.Dovecot) -> None:
    """B1, B102: a mail is filed; the token stands in no log."""
    mail_server.put(USER, mail_bytes("Jane Doe <jane@acme.example>", subject="First", Message_ID="<1@acme.example>"))

    with service(tmp_path, mail_server.imap) as running:
        until(lambda: [ticket["subject"] for ticket in running.store().tickets(TicketFilter())], ["First"])

    assert len(server.asked) == 1
    assert not shows(str(running.log))


def test_service__alarms(tmp_path: Path, server: TokenServer, mail_server: dovecot.Dovecot) -> None:
    """B1, B107: a secret that has ended is told at once; so is a log-in that ends soon."""
    server.next += [refusal("invalid_client", 401, "AADSTS7000222: the secret has expired")] * 50
    running = service(tmp_path, mail_server.imap, OUTGOING__User=USER, OUTGOING__OAuth="google",
                      OUTGOING__OAuthClientId=CLIENT, OUTGOING__OAuthSecretFile="secret")  # fmt: skip
    oauth = load(running.file).outgoing.oauth
    assert oauth is not None
    soon = time.time() + 86400
    cache.write(oauth, Kept(cache.identity(oauth), "", 0, "planted-secret-refresh", soon))

    with running:
        told = running.wait_for("alarm", name="road IMAP:office")
        assert "AADSTS7000222: the secret has expired" in told["reason"]
        if not any(line.get("name") == "log-in OUTGOING" for line in running.log):
            running.wait_for("alarm", name="log-in OUTGOING")
        (ending,) = (line for line in running.log if line.get("name") == "log-in OUTGOING")
        assert "email-connector oauth login OUTGOING" in ending["reason"]
    assert not shows(str(running.log))
