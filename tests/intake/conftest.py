"""What the roads that fetch mail trust."""

from __future__ import annotations

import pytest

from tests.authority import Authority


@pytest.fixture
def _trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the tests' authority: also in the service that a test starts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
