"""What systemd is told, at a real datagram socket (B103)."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connector import notify


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The other end of NOTIFY_SOCKET."""
    path = str(tmp_path / "notify")
    address, named = (path, path) if request.param == "path" else (f"\0{path}", f"@{path}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", named)
        yield listener


def told(systemd: socket.socket) -> list[str]:
    """What has been told since it was last asked."""
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(systemd.recv(4096).decode())
    return found


def test_states__are_told_as_systemd_wants_them(systemd: socket.socket) -> None:
    """B103: one datagram each; a reload says when it began by the clock that Type=notify-reload compares with."""
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notify.ready()
    notify.reloading()
    notify.ready("accepting mail; nothing new")
    notify.stopping()
    ready, reloading, again, stopping = told(systemd)
    assert ready == "READY=1\nSTATUS=accepting mail"
    assert reloading.startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert before <= int(reloading.rpartition("=")[2]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert again == "READY=1\nSTATUS=accepting mail; nothing new"
    assert stopping.startswith("STOPPING=1\n")


def test_nobody__is_told_without_systemd(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """B103: without NOTIFY_SOCKET nothing happens."""
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify.ready()
    assert told(systemd) == []


def test_systemd__that_is_away_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B103: the service goes on, and its log tells."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    with capture_logs() as logs:
        notify.ready()
    assert [(line["event"], line["what"]) for line in logs] == [("systemd was not told", "READY=1")]


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [("60000000", "", 30.0), ("60000000", "ours", 30.0), ("60000000", "1", 0.0), ("", "", 0.0), ("soon", "", 0.0)],
)
def test_watchdog__is_for_this_process_alone(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str, seconds: float
) -> None:
    """sd_watchdog_enabled(3): WATCHDOG_PID says whom WATCHDOG_USEC is for; half of the time is kept in hand."""
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "ours" else pid)
    assert notify.watchdog_seconds() == seconds


def test_sign_of_life__comes_out_of_the_loop_alone(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """B103: while the event loop is stuck there is none, whatever else lives; when it turns again there are some."""
    monkeypatch.setenv("WATCHDOG_USEC", "20000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)

    async def turn(signs: int) -> None:
        while signs > 0:
            await asyncio.sleep(0.005)
            signs -= len(told(systemd))

    async def script() -> None:
        alive = asyncio.create_task(notify.keep_alive(lambda: ""))
        await turn(2)
        time.sleep(0.1)  # the loop is stuck
        assert told(systemd) == []
        await turn(2)
        alive.cancel()

    asyncio.run(script())


def test_sign_of_life__is_not_given_by_a_service_that_has_lost_a_part(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B103: what has ended and should run is logged, and systemd hears nothing."""
    monkeypatch.setenv("WATCHDOG_USEC", "2000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)

    async def script() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(notify.keep_alive(lambda: "the courier has ended"), 0.02)

    with capture_logs() as logs:
        asyncio.run(script())
    assert told(systemd) == []
    assert logs[0] == {
        "event": "no sign of life is given",
        "reason": "the courier has ended",
        "log_level": "error",
    }
