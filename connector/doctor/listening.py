"""The addresses that the service listens on: answered by it, or free for it."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from connector.config.settings import Settings
from connector.doctor.findings import Finding, ok, problem, skipped

SECONDS = 5.0
Place = Path | tuple[str, int]


def places(settings: Settings) -> dict[str, Place]:
    """By section, where the service listens."""
    found: dict[str, Place] = {}
    if settings.smtp_in.active:
        found["[SMTPIN] Listen"] = settings.smtp_in.host, settings.smtp_in.port
    if settings.lmtp_in.active and settings.lmtp_in.listen is not None:
        found["[LMTPIN] Listen"] = settings.lmtp_in.listen
    return found


def check(about: str, place: Place, *, running: bool) -> Iterator[Finding]:
    """Whether the running service answers, or whether one that is started could listen there."""
    if isinstance(place, tuple) and place[1] == 0:
        yield skipped(about, "any port that is free is taken")
    elif running:
        yield _answers(about, place)
    elif isinstance(place, Path):
        yield _socket_is_free(about, place)
    else:
        yield _port_is_free(about, place)


def _answers(about: str, place: Place) -> Finding:
    try:
        with _connected(place) as line:
            line.settimeout(SECONDS)
            said = line.recv(512)
    except OSError as error:
        todo = "look into its log; a firewall of this machine may be in the way"
        return problem(about, f"the service runs and cannot be reached at {_shown(place)}: {_why(error)}", todo)
    if not said.startswith(b"220"):
        what = f"who answers at {_shown(place)} is not the service: {said[:100].decode('utf-8', 'replace')}"
        return problem(about, what, "end the other program, or listen elsewhere")
    return ok(about, f"the service answers at {_shown(place)}")


def _connected(place: Place) -> socket.socket:
    if isinstance(place, tuple):
        host, port = place
        return socket.create_connection((_reachable(host), port), SECONDS)
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(SECONDS)
        line.connect(str(place))
    except OSError:
        line.close()
        raise
    return line


def _reachable(host: str) -> str:
    """Where to knock for an address that means all of them."""
    return {"": "localhost", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _port_is_free(about: str, place: tuple[str, int]) -> Finding:
    host, port = place
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            with socket.socket(family, kind, protocol) as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                line.bind(address)
    except OSError as error:
        todo = "end the other program, or listen elsewhere"
        if error.errno == errno.EACCES:
            todo = "take a port above 1023, or give the service CAP_NET_BIND_SERVICE"
        return problem(about, f"the service could not listen at {_shown(place)}: {_why(error)}", todo)
    return ok(about, f"{_shown(place)} is free; the service is not running")


def _socket_is_free(about: str, place: Path) -> Finding:
    if not os.access(place.parent, os.W_OK | os.X_OK):
        what = f"the folder {place.parent} is not there, or cannot be written to"
        return problem(about, what, "make it, and let the service's user own it")
    if place.exists() and not stat.S_ISSOCK(place.stat().st_mode):
        return problem(about, f"{place} is there and is no socket", "move it away, or listen elsewhere")
    try:
        _connected(place).close()
    except OSError:
        return ok(about, f"{place} is free; the service is not running")
    return problem(about, f"another program listens at {place}", "end it, or listen elsewhere")


def _shown(place: Place) -> str:
    return f"{place[0]}:{place[1]}" if isinstance(place, tuple) else str(place)


def _why(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
