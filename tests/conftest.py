"""What all tests share: their folders lie in memory where there is room, and no test leaves its logs to the next."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import structlog

from storage.records import Filed, Filing
from storage.store import Store
from tests import dovecot
from tests.authority import Authority
from tests.planted import pytest_runtest_makereport as pytest_runtest_makereport

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3

if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture(autouse=True)
def logs_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command that sets up logs in this process does so for its test alone; loggers keep no level for later."""
    configure = structlog.configure
    monkeypatch.setattr(structlog, "configure", lambda **how: configure(**how | {"cache_logger_on_first_use": False}))
    yield
    structlog.reset_defaults()


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many mails each commit of the store was to hold."""
    sizes: list[int] = []
    whole = Store.file_all

    def noted(store: Store, filings: Sequence[Filing]) -> list[Filed]:
        sizes.append(len(filings))
        return whole(store, filings)

    monkeypatch.setattr(Store, "file_all", noted)
    return sizes


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Signs servers' certificates."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def mail_server(authority: Authority) -> Iterator[dovecot.Dovecot]:
    """One Dovecot for the session; without its programs the test is skipped, in CI it fails."""
    if reason := dovecot.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with dovecot.running(authority.certificate()) as running:
        yield running
