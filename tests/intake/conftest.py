"""Mail servers for the roads that fetch mail."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import dovecot
from tests.authority import Authority


@pytest.fixture(scope="session")
def mail_server(authority: Authority) -> Iterator[dovecot.Dovecot]:
    """One Dovecot for the session; without its programs the test is skipped, in CI it fails."""
    if reason := dovecot.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with dovecot.running(authority.certificate()) as running:
        yield running


@pytest.fixture
def _trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the tests' authority: also in the service that a test starts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
