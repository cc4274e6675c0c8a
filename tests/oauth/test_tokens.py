"""Tokens by each of the four grants, against a token server over HTTP, and all that such servers do wrong."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from connector.config.settings import OAuth
from connector.oauth import asking, cache, grants
from connector.oauth.asking import SERVER_VARIABLE
from connector.oauth.cache import Kept
from connector.oauth.errors import OAuthFailed
from connector.oauth.grants import Prompt
from connector.oauth.tokens import SKEW, Tokens, ending
from tests.fakes.token_server import CLIENT, SECRET, USER, Said, TokenServer, refusal
from tests.planted import shows

Section = Callable[[str], OAuth]
BY_THEMSELVES, BY_A_PERSON = ("client credentials", "service account"), ("device code", "installed app")


class Clock:
    """The time of the epoch, as it is set."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def logged_in(oauth: OAuth, server: TokenServer, tokens: Tokens) -> list[str]:
    """A person logs in; what he was told."""
    told: list[str] = []

    def ask(prompt: Prompt) -> str:
        told.append(prompt.text)
        address = next((word for word in prompt.text.split() if word.startswith(grants.GOOGLE_LOGIN)), "")
        return server.browser(address) if prompt.answer_needed else ""

    tokens.keep(grants.by_person(oauth, ask, lambda seconds: None))
    return told


def failure(call: Callable[[], object]) -> OAuthFailed:
    """How it failed; no secret is told."""
    with pytest.raises(OAuthFailed) as failed:
        call()
    assert not shows(str(failed.value))
    return failed.value


@pytest.mark.parametrize("way", BY_THEMSELVES)
def test_get__by_itself(way: str, section: Section, server: TokenServer) -> None:
    """B1: a token that no person is needed for, asked for once while it is good."""
    oauth = section(way)
    tokens = Tokens(oauth)

    assert not grants.needs_person(oauth)
    assert server.good[tokens.get()] == USER
    assert tokens.get() == Tokens(oauth).get()  # after a restart too
    assert len(server.asked) == 1


@pytest.mark.parametrize("way", BY_A_PERSON)
def test_get__after_a_person_logged_in(way: str, section: Section, server: TokenServer) -> None:
    """B1: he logs in once; what is told says where, and who. Then the refresh token is used, and replaced."""
    oauth, clock = section(way), Clock()
    tokens = Tokens(oauth, clock)

    assert "email-connector oauth login IMAP:office" in str(failure(tokens.get))
    (told,) = logged_in(oauth, server, tokens)
    assert USER in told
    assert grants.needs_person(oauth)
    first = tokens.get()
    clock.now += 3600
    second = tokens.get()
    clock.now += 3600
    assert len({first, second, tokens.get()}) == 3
    assert [fields.get("grant_type") for _, fields in server.asked[-2:]] == ["refresh_token"] * 2


def test_login__device_waits_as_it_is_told(section: Section, server: TokenServer) -> None:
    """RFC 8628, section 3.5: it asks at the interval, and slower where the server wants that."""
    server.pending = 3
    waits: list[float] = []

    grants.by_person(section("device code"), lambda prompt: "", waits.append)

    assert waits == [1, 1, 1, 6]


def test_login__device_that_nobody_logs_in_at(section: Section, server: TokenServer) -> None:
    """RFC 8628: the code ends, and so does the waiting; a refusal ends it at once."""
    server.pending = 10**6
    assert "before the code ended" in str(
        failure(lambda: grants.by_person(section("device code"), str, lambda _: None))
    )
    server.next += [Said(200, b'{"device_code": "d", "verification_uri": "u", "user_code": "c"}')]
    server.next += [refusal("access_denied")]
    assert failure(lambda: grants.by_person(section("device code"), str, lambda _: None)).code == "access_denied"


@pytest.mark.parametrize("brought", ["", "nonsense", "http://127.0.0.1:1/?code=x&state=another", "http://[::1"])
def test_login__another_address_is_refused(brought: str, section: Section, server: TokenServer) -> None:
    """RFC 6749, section 10.12: what does not belong to this log-in is not taken."""
    failure(lambda: grants.by_person(section("installed app"), lambda prompt: brought, lambda _: None))

    assert server.asked == []


def test_get__is_renewed_before_it_ends(section: Section, server: TokenServer) -> None:
    """B1: a token with less than five minutes left is not used any more."""
    clock = Clock()
    tokens = Tokens(section("client credentials"), clock)
    first = tokens.get()

    clock.now += 3600 - SKEW - 1
    assert tokens.get() == first
    clock.now += 1
    assert tokens.get() != first


@pytest.mark.parametrize("expires_in", ["90", 90, 1e400, None, "soon", -5, [1]])
def test_get__odd_expiry(expires_in: object, section: Section, server: TokenServer) -> None:
    """B1: a token that lives for less than the margin is used for half its life; nonsense counts as an hour."""
    server.expires_in = expires_in
    clock = Clock()
    tokens = Tokens(section("client credentials"), clock)

    first = tokens.get()
    clock.now += 40
    assert tokens.get() == first
    clock.now += 3600
    assert tokens.get() != first


def test_other_than__one_refresh_for_all(section: Section, server: TokenServer) -> None:
    """B1: several connections whose token is refused get one new one."""
    tokens = Tokens(section("client credentials"))
    first = tokens.get()

    second = tokens.other_than(first)
    assert second != first
    assert tokens.other_than(first) == second
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("said", "urgent"),
    [
        (refusal("invalid_client", 401), True),
        (refusal("unauthorized_client"), True),
        (refusal("temporarily_unavailable"), False),
        (Said(503, b"<html>busy"), False),
        (Said(429, b"{}", {"Retry-After": "120"}), False),
        (Said(200, b"<html>a proxy's page"), False),
        (Said(200, b'{"access_token": 5}'), False),
        (Said(200, b'{"access_token": "two\\r\\nlines"}'), False),
        (Said(200, b"[" * 100_000), False),
        (Said(200, b"{}", after=1), False),
        (Said(200, b'{"access_token": "x"}', trickles=True), False),
        (Said(302, b"", {"Location": "http://127.0.0.1:1/"}), False),
    ],
)
def test_get__failures(
    said: Said, urgent: bool, section: Section, server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B1, B102: refused, throttled, garbage, slow: told without a secret, a person called where he is needed."""
    monkeypatch.setattr(asking, "SECONDS", 0.3)
    monkeypatch.setattr(asking, "ALL_SECONDS", 0.6)
    server.next.append(said)
    clock = Clock()
    tokens = Tokens(section("client credentials"), clock)

    assert failure(tokens.get).urgent is urgent
    assert failure(tokens.get).urgent is urgent
    assert len(server.asked) == 1  # the second time nobody was asked
    clock.now += 121
    assert tokens.get() in server.good


def test_get__pauses_grow(section: Section, server: TokenServer) -> None:
    """B1: a token server that is down is asked more and more seldom; when it is back, all is as before."""
    server.next += [Said(500)] * 8
    clock = Clock()
    tokens = Tokens(section("client credentials"), clock)
    asked_at = []
    for _ in range(2000):
        before = len(server.asked)
        try:
            tokens.get()
            break
        except OAuthFailed:
            if len(server.asked) > before:
                asked_at.append(clock.now)
        clock.now += 1

    assert [round(b - a) for a, b in pairwise(asked_at)] == [5, 10, 20, 40, 80, 160, 300]


def test_get__server_that_is_away(section: Section, monkeypatch: pytest.MonkeyPatch) -> None:
    """B1: nobody listens: that passes, and is nobody's fault here."""
    monkeypatch.setenv(SERVER_VARIABLE, "http://127.0.0.1:1")

    assert not failure(Tokens(section("client credentials")).get).urgent


def test_get__only_https_but_on_this_machine(section: Section, monkeypatch: pytest.MonkeyPatch) -> None:
    """B102: a secret goes nowhere in the clear, whatever the environment says."""
    monkeypatch.setenv(SERVER_VARIABLE, "http://tokens.example")

    assert failure(Tokens(section("client credentials")).get).urgent


@pytest.mark.parametrize("code", ["invalid_grant", "interaction_required", "consent_required"])
def test_get__revoked(code: str, section: Section, server: TokenServer) -> None:
    """B1, B102: a refresh token that is no good any more needs a person, who is told what to do; then it goes on."""
    oauth, clock = section("device code"), Clock()
    tokens = Tokens(oauth, clock)
    logged_in(oauth, server, tokens)
    server.next.append(refusal(code))
    clock.now += 3600

    error = failure(tokens.get)
    assert error.urgent
    assert "log in anew with `email-connector oauth login IMAP:office`" in str(error)
    logged_in(oauth, server, Tokens(oauth, clock))  # by the command, in another process
    assert tokens.get() in server.good


def test_get__secret_file_is_gone(section: Section) -> None:
    """B102: a secret that cannot be read is told by its file."""
    oauth = section("client credentials")
    assert oauth.secret_file is not None
    oauth.secret_file.unlink()

    assert str(oauth.secret_file) in str(failure(Tokens(oauth).get))


@pytest.mark.parametrize("content", ["{", "{}", '{"client_email": "x", "private_key": "planted-secret"}'])
def test_get__service_account_that_is_none(content: str, section: Section) -> None:
    """B102: a wrong file is told without its content."""
    oauth = section("service account")
    assert oauth.secret_file is not None
    oauth.secret_file.write_text(content)

    assert failure(Tokens(oauth).get).urgent


@pytest.mark.parametrize("client_id", [CLIENT, ""])
def test_get__desktop_app_as_google_gives_it(client_id: str, section: Section, server: TokenServer) -> None:
    """B1: the JSON of a desktop app is taken as it is; the id in it where the INI has none."""
    oauth = replace(section("installed app"), client_id=client_id)
    assert oauth.secret_file is not None
    given = {"client_id": CLIENT, "project_id": "x", "client_secret": SECRET, "redirect_uris": ["http://localhost"]}
    oauth.secret_file.write_text(json.dumps({"installed": given}))

    assert grants.needs_person(oauth)
    logged_in(oauth, server, Tokens(oauth))
    assert Tokens(oauth).get() in server.good


def test_login__without_a_client_is_told(section: Section, server: TokenServer) -> None:
    """B102: before anybody is sent to a browser."""
    oauth = replace(section("installed app"), client_id="")

    assert "OAuthClientId is empty" in str(failure(lambda: grants.by_person(oauth, lambda prompt: "", lambda _: None)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_cache__of_root_belongs_to_the_owner_of_the_spool(section: Section, server: TokenServer) -> None:
    """B102: an administrator logs in as root; the service's user finds the tokens, and nobody else does."""
    oauth = section("client credentials")
    os.chown(oauth.cache.parent.parent, 12345, 12346)
    Tokens(oauth).get()

    for place in (oauth.cache.parent, oauth.cache):
        assert (place.stat().st_uid, place.stat().st_gid, place.stat().st_mode & 0o077) == (12345, 12346, 0)


def test_cache__that_is_anothers_is_told(section: Section, monkeypatch: pytest.MonkeyPatch) -> None:
    """B107: a log-in that cannot be read is not one that nobody made; it is told at once, and by `ending`."""
    oauth = section("device code")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    error = failure(Tokens(oauth).get)

    assert error.urgent
    assert f"let the service's user own the folder {oauth.cache.parent}" in str(error)
    assert ending(oauth, time.time()).startswith("The log-in of IMAP:office is of no use: tokens cannot be read")


def test_cache__is_for_its_owner_alone(section: Section, server: TokenServer) -> None:
    """B102: mode 0600 in a folder of mode 0700; nothing half written is left."""
    oauth = section("client credentials")
    Tokens(oauth).get()

    assert oauth.cache.stat().st_mode & 0o777 == 0o600
    assert oauth.cache.parent.stat().st_mode & 0o777 == 0o700
    assert os.listdir(oauth.cache.parent) == [oauth.cache.name]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"unknown": 1}', '{"of": "somebody else", "access_token": "x"}'])
def test_cache__other_content_counts_for_nothing(content: str, section: Section, server: TokenServer) -> None:
    """B1: a file that is cut, or of another log-in, is replaced."""
    oauth = section("client credentials")
    oauth.cache.parent.mkdir()
    oauth.cache.write_text(content)

    assert Tokens(oauth).get() in server.good


def test_cache__that_cannot_be_written(section: Section, server: TokenServer) -> None:
    """B1: a token that cannot be kept is not used in silence: its refresh token would be lost."""
    oauth = section("client credentials")
    oauth.cache.parent.write_text("a file where the folder should be")

    assert failure(Tokens(oauth).get).urgent


def test_ending__is_told_a_week_before(section: Section, server: TokenServer) -> None:
    """B1: a log-in that ends is told in time, with what to do."""
    oauth, clock = section("installed app"), Clock()
    server.refresh_expires_in = 10 * 86400
    logged_in(oauth, server, Tokens(oauth, clock))

    assert ending(oauth, clock.now) == ""
    assert "email-connector oauth login IMAP:office" in ending(oauth, clock.now + 4 * 86400)


def test_kept__shows_no_secret(section: Section, server: TokenServer) -> None:
    """B102: what is kept does not show its tokens in a log or a trace."""
    oauth = section("device code")
    logged_in(oauth, server, Tokens(oauth))

    kept = cache.read(oauth)
    assert isinstance(kept, Kept)
    assert shows(json.dumps(kept.refresh_token))
    assert not shows(repr(kept))


def test_secrets__are_read_anew(section: Section, server: TokenServer, tmp_path: Path) -> None:
    """B102: a new secret counts without a restart."""
    oauth, clock = section("client credentials"), Clock()
    tokens = Tokens(oauth, clock)
    good = (tmp_path / "secret").read_text()
    (tmp_path / "secret").write_text("planted-secret-old")

    assert failure(tokens.get).code == "invalid_client"
    (tmp_path / "secret").write_text(good)
    clock.now += 10
    assert tokens.get() in server.good
