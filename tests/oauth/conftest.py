"""A token server, and sections that log in by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector.config.settings import OAuth
from connector.oauth.asking import SERVER_VARIABLE
from tests.fakes.token_server import CLIENT, SECRET, USER, TokenServer, service_account


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenServer]:
    with TokenServer().running() as running:
        monkeypatch.setenv(SERVER_VARIABLE, running.address)
        yield running


@pytest.fixture
def section(tmp_path: Path, server: TokenServer) -> Callable[[str], OAuth]:
    """Makes one that logs in in one of the four ways."""

    def make(way: str) -> OAuth:
        secret, cache = tmp_path / "secret", tmp_path / "oauth" / "cache.json"
        secret.write_text(SECRET)
        if way == "client credentials":
            return OAuth("IMAP:office", "microsoft", USER, cache, "tenant-1", CLIENT, secret)
        if way == "device code":
            return OAuth("IMAP:office", "microsoft", USER, cache, "tenant-1", CLIENT)
        if way == "installed app":
            return OAuth("IMAP:office", "google", USER, cache, "", CLIENT, secret)
        server.service_key = service_account(secret)
        return OAuth("IMAP:office", "google", USER, cache, "", "", secret)

    return make
