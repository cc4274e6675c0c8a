"""Log-ins by tokens at a real Dovecot, which asks the token server whether they are good."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from connector.config.settings import ImapIn, OAuth, Pop3In
from connector.intake.credentials import credentials_of
from connector.intake.dialing import TimeLimits
from connector.intake.imap_connection import ImapConnection
from connector.intake.pop3_connection import Pop3Connection
from connector.intake.roads import RoadFailed
from connector.intake.watchdog import Watchdog
from tests import dovecot
from tests.authority import Authority
from tests.fakes.pop3 import FakePop3
from tests.fakes.token_server import USER, TokenServer, refusal
from tests.planted import shows

MAIL = b"Subject: x\r\n\r\nHello\r\n"


@pytest.fixture(params=["xoauth2", "oauthbearer", "oauthbearer xoauth2"])
def mail_server(request: pytest.FixtureRequest, server: TokenServer, authority: Authority) -> Iterator[dovecot.Dovecot]:
    """A Dovecot with some of the mechanisms."""
    if reason := dovecot.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with dovecot.running(authority.certificate(), server.address, request.param) as running:
        yield running


def by_imap(mail_server: dovecot.Dovecot, oauth: OAuth) -> int:
    """Log in; how many mails are unread."""
    box = ImapIn("office", "localhost", USER, mail_server.imap, "none", oauth=oauth)
    connection = ImapConnection(box, credentials_of(box), 10_000, Watchdog(), TimeLimits())
    try:
        return len(connection.unseen())
    finally:
        connection.close()


def by_pop3(mail_server: dovecot.Dovecot, oauth: OAuth) -> int:
    """Log in; how many mails there are."""
    box = Pop3In("office", "localhost", USER, mail_server.pop3, "none", oauth=oauth)
    connection = Pop3Connection(box, credentials_of(box), Watchdog(), TimeLimits())
    try:
        return len(connection.waiting())
    finally:
        connection.close()


def test_log_in__by_token(mail_server: dovecot.Dovecot, section: Callable[[str], OAuth], server: TokenServer) -> None:
    """B1: by IMAP and POP3; a token that was revoked is renewed once, on the same connection; one that stays refused,
    or is another's, is told with no secret and needs a person."""
    oauth = section("client credentials")
    mail_server.put(USER, MAIL)

    assert by_imap(mail_server, oauth) == by_pop3(mail_server, oauth) == 1
    assert len(server.asked) == 1

    for log_in in (by_imap, by_pop3):
        server.good.clear()
        before = len(server.asked)
        assert log_in(mail_server, oauth) == 1
        assert len(server.asked) == before + 1

    for log_in in (by_imap, by_pop3):
        server.good.clear()
        server.next.append(refusal("invalid_client", 401))
        with pytest.raises(RoadFailed, match=r"no token to log in with: .* invalid_client") as failed:
            log_in(mail_server, section("client credentials"))
        assert failed.value.urgent
        assert not shows(str(failed.value))


def test_log_in__refused_twice(
    mail_server: dovecot.Dovecot, section: Callable[[str], OAuth], server: TokenServer
) -> None:
    """B1, B102: where no token is taken, or only for somebody else, two are tried, and it is told; no secret is."""
    for log_in in (by_imap, by_pop3):
        for server.takes, server.user in ((False, USER), (True, "another@company.example")):
            server.asked.clear()
            oauth = section("client credentials")
            oauth.cache.unlink(missing_ok=True)
            with pytest.raises(RoadFailed, match="the log-in was refused") as failed:
                log_in(mail_server, oauth)

            assert failed.value.urgent
            assert not shows(str(failed.value))
            assert len(server.asked) == 2


def test_pop3__server_that_names_no_mechanism(section: Callable[[str], OAuth], server: TokenServer) -> None:
    """B1, B102: XOAUTH2 is tried; a token that the server says back is not told."""
    with FakePop3(has_capabilities=False, good_tokens=server.good).running() as fake:
        box = Pop3In("office", "127.0.0.1", USER, fake.port, "none", oauth=section("client credentials"))
        Pop3Connection(box, credentials_of(box), Watchdog(), TimeLimits()).close()
        assert "AUTH XOAUTH2" in fake.commands

        fake.good_tokens, fake.login_answer = (), "-ERR no {}"
        with pytest.raises(RoadFailed, match="the log-in was refused") as failed:
            Pop3Connection(box, credentials_of(box), Watchdog(), TimeLimits())
        assert not shows(str(failed.value))
