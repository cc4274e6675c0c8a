"""One request to a token server over HTTPS, and what its answer means (RFC 6749, section 5)."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

from connector.config.secrets import hidden
from connector.mail.clean import escape_for_terminal
from connector.oauth.errors import OAuthFailed

SERVER_VARIABLE = "EMAIL_CONNECTOR_OAUTH_SERVER"
"""Where tests have their own token server: scheme, host and port, in place of the provider's; else on this machine."""
LOCAL = ("127.0.0.1", "localhost", "::1")
SECONDS = 20.0  # for one answer of the network
ALL_SECONDS = 40.0  # for the whole of it, however it trickles
MOST_BYTES = 256 * 1024
LONGEST_WORDS = 300
LONGEST_WAIT = 3600.0
SECRETS = ("client_secret", "refresh_token", "assertion", "code", "code_verifier", "device_code")
TEMPORARY = frozenset(("temporarily_unavailable", "server_error", "slow_down", "authorization_pending"))


def post(url: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """What the server answers to a form: the JSON of a success. Raises OAuthFailed."""
    scheme, host, port, path = _place(url)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    connection = _connection(scheme, host, port)
    try:
        connection.connect()
        with _limit(connection.sock, ALL_SECONDS):
            connection.request("POST", path, urlencode(fields), headers)
            answer = connection.getresponse()
            content = answer.read(MOST_BYTES)
    except ssl.SSLCertVerificationError as error:
        raise OAuthFailed(f"{host} is not to be trusted: {error.verify_message}", urgent=True) from None
    except ssl.SSLError as error:
        cut_off = isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
        raise OAuthFailed(f"no encrypted connection to {host}: {error.reason or error}", urgent=not cut_off) from None
    except (OSError, http.client.HTTPException) as error:
        raise OAuthFailed(f"no answer from {host}: {_shown(str(error)) or type(error).__name__}") from None
    finally:
        connection.close()
    found = _object(content)
    if answer.status == 200 and found:
        return found
    raise _failure(host, answer, found, [fields[name] for name in SECRETS if fields.get(name)])


def _place(url: str) -> tuple[str, str, int | None, str]:
    parts = urlsplit(url)
    server = urlsplit(os.environ.get(SERVER_VARIABLE, "")) if os.environ.get(SERVER_VARIABLE) else parts
    host = server.hostname or ""
    if server.scheme != "https" and not (server.scheme == "http" and host in LOCAL):
        raise OAuthFailed(f"{SERVER_VARIABLE} is neither https nor on this machine", urgent=True)
    return server.scheme, host, server.port, parts.path


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=SECONDS)
    return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())


@contextmanager
def _limit(line: socket.socket, seconds: float) -> Iterator[None]:
    """Cut the connection after so many seconds: whoever waits for it sees it end."""

    def cut() -> None:
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _object(content: bytes) -> dict[str, Any]:
    """The JSON object of an answer; empty where it is none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _failure(host: str, answer: http.client.HTTPResponse, found: Mapping[str, Any], secrets: list[str]) -> OAuthFailed:
    code = found.get("error") if isinstance(found.get("error"), str) else ""
    words = found.get("error_description") if isinstance(found.get("error_description"), str) else ""
    said = " ".join(filter(None, (code, words.splitlines()[0] if words else ""))) or "no token in the answer"
    for secret in secrets:
        said = hidden(said, secret)
    refused = 400 <= answer.status < 500 and answer.status not in (408, 429) and code not in TEMPORARY
    return OAuthFailed(
        f"{host} answered {answer.status}: {_shown(said)}",
        urgent=refused,
        code=code or "",
        again_in=_seconds(answer.getheader("Retry-After")),
    )


def _seconds(value: str | None) -> float:
    """What Retry-After asks for, where it is a number (RFC 9110, section 10.2.3), within reason."""
    return min(float(value), LONGEST_WAIT) if value and value.isascii() and value.isdigit() else 0.0


def _shown(text: str) -> str:
    return escape_for_terminal(" ".join(text.split()))[:LONGEST_WORDS]
