"""An installation of the test's own, a DNS server, and a way to say what was found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.config.settings import Settings
from connector.doctor.findings import Finding
from tests.authority import Authority
from tests.fakes.dns import FakeDns
from tests.house import shipped_settings


def told(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """Level and thing of each finding; each that is no `ok` says what to do, or why it was not looked at."""
    found = list(findings)
    for finding in found:
        assert finding.what
        assert bool(finding.todo) == (finding.level in ("warning", "problem"))
    return [(finding.level, finding.about) for finding in found]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The shipped settings with a store, a spool and originals of the test's own; none is there yet."""
    shipped = shipped_settings()
    places = replace(
        shipped.store,
        database=f"sqlite:{tmp_path / 'tickets.db'}",
        originals=tmp_path / "originals",
        spool=tmp_path / "spool",
    )
    return replace(shipped, store=places)


@pytest.fixture
def names() -> Iterator[FakeDns]:
    """A DNS server that knows nothing yet; nobody else is asked."""
    with FakeDns().running() as server:
        yield server


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The tests' own authority, which the machine trusts alone."""
    monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(authority.root))
    return authority
