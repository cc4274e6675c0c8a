"""A token server, and sections that log in by it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connector.config.settings import OAuth
from connector.oauth.asking import SERVER_VARIABLE
from tests.fakes.token_server import CLIENT, SECRET, USER, TokenServer


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
        key = rsa.generate_private_key(65537, 2048)
        server.service_key = key.public_key()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        secret.write_text(json.dumps({"client_email": "robot@project.example", "private_key": pem}))
        return OAuth("IMAP:office", "google", USER, cache, "", "", secret)

    return make
