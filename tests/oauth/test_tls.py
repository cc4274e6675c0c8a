"""The token server's TLS: what is not to be trusted gets no secret, and needs a person (B102, B107)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from connector.config.settings import OAuth
from connector.oauth.asking import SERVER_VARIABLE
from connector.oauth.errors import OAuthFailed
from connector.oauth.tokens import Tokens
from tests.authority import Authority
from tests.fakes.token_server import Said, TokenServer
from tests.planted import shows

Section = Callable[[str], OAuth]


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The tests' own authority, which the machine trusts alone."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    return authority


def failure(tokens: Tokens) -> OAuthFailed:
    with pytest.raises(OAuthFailed) as failed:
        tokens.get()
    assert not shows(str(failed.value))
    return failed.value


def test_tls__that_is_right(section: Section, trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """B1: a token by HTTPS."""
    with TokenServer(tls=trusted.certificate().context()).running() as server:
        monkeypatch.setenv(SERVER_VARIABLE, server.address)

        assert Tokens(section("client credentials")).get() in server.good


@pytest.mark.parametrize("what", ["expired", "wrong name", "unknown authority"])
def test_tls__certificate_that_is_not_to_be_trusted(
    what: str, section: Section, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B102, B107: nothing is asked, and a person is called at once."""
    made = {"expired": trusted.expired, "wrong name": lambda: trusted.certificate("tokens.example")}
    if what == "unknown authority":
        monkeypatch.delenv("SSL_CERT_FILE")
    with TokenServer(tls=made.get(what, trusted.certificate)().context()).running() as server:
        monkeypatch.setenv(SERVER_VARIABLE, server.address)
        error = failure(Tokens(section("client credentials")))

    assert error.urgent
    assert "localhost is not to be trusted: " in str(error)
    assert server.asked == []


def test_tls__redirect_is_not_followed(
    section: Section, server: TokenServer, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B102: whoever answers with another place, in the clear, gets no secret there."""
    with TokenServer(tls=trusted.certificate().context()).running() as encrypted:
        monkeypatch.setenv(SERVER_VARIABLE, encrypted.address)
        encrypted.next.append(Said(307, b"", {"Location": f"{server.address}/token"}))

        assert "answered 307" in str(failure(Tokens(section("client credentials"))))
    assert server.asked == []


@contextmanager
def in_the_clear() -> Iterator[tuple[int, list[bytes]]]:
    """One who answers in the clear where TLS should be; the port, and what it was told."""
    heard: list[bytes] = []

    def answer() -> None:
        client, _ = line.accept()
        with client, suppress(OSError):
            heard.append(client.recv(65536))
            client.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n{"access_token": "evil"}')
            client.settimeout(1)
            heard.append(client.recv(65536))

    with socket.create_server(("127.0.0.1", 0)) as line:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield line.getsockname()[1], heard
        thread.join(10)


def test_tls__withheld(section: Section, trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """B102, B107: no fall-back: who answers in the clear is told no secret, and believed nothing."""
    with in_the_clear() as (port, heard):
        monkeypatch.setenv(SERVER_VARIABLE, f"https://localhost:{port}")
        error = failure(Tokens(section("client credentials")))

    assert error.urgent
    assert "no encrypted connection to localhost" in str(error)
    assert not any(shows(data.decode("latin-1")) for data in heard)
