"""A token server on 127.0.0.1 for all four grants: real HTTP, and what such servers do wrong, as it is told.

It plays Microsoft's and Google's alike: the last word of the path says what is asked for. `introspect` is for Dovecot.
"""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.planted import MARK, key_text

SECRET = f"{MARK}-client"
USER = "support@company.example"
CLIENT = "client-1"
LONG = 1800  # letters: real tokens are as long


@dataclass(frozen=True)
class Said:
    """One answer out of the way."""

    status: int
    content: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: float = 0  # seconds
    trickles: bool = False  # a byte at a time, each soon enough


def refusal(code: str, status: int = 400, words: str = "as scripted") -> Said:
    return Said(status, json.dumps({"error": code, "error_description": words}).encode())


def service_account(file: Path) -> rsa.RSAPublicKey:
    """Write the JSON of a service account with the planted key, as Google gives it; the public key."""
    account = {"type": "service_account", "private_key_id": f"{MARK}-id", "private_key": key_text()}
    file.write_text(json.dumps(account | {"client_email": "robot@project.example"}))
    key = load_pem_private_key(key_text().encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key()


@dataclass
class TokenServer:
    """What the server is like, and what it saw."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    expires_in: object = 3600
    refresh_expires_in: float = 0
    service_key: rsa.RSAPublicKey | None = None
    user: str = USER  # whose tokens are
    takes: bool = True  # whether tokens are good where they are brought
    pending: int = 0  # so often a device's log-in is not done yet
    challenge: str = ""  # of the last log-in in a browser
    next: deque[Said] = field(default_factory=deque)  # instead of what would be right
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    good: dict[str, str] = field(default_factory=dict)  # access token: its user
    refresh_tokens: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}"

    @contextmanager
    def running(self) -> Iterator[TokenServer]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"played": self}))
        if self.tls is not None:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()

    def browser(self, address: str) -> str:
        """A person logs in at this address: where the browser ends."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["code_challenge_method"]) == (CLIENT, "S256")
        self.challenge = asked["code_challenge"]
        return f"{asked['redirect_uri']}/?{urlencode({'state': asked['state'], 'code': f'{MARK}-code'})}"

    def answer(self, what: str, fields: dict[str, str]) -> Said:
        if what == "introspect":
            user = self.good.get(fields.get("token", ""))
            return Said(200, json.dumps({"active": user is not None, "username": user or ""}).encode())
        self.asked.append((what, fields))
        if self.next:
            return self.next.popleft()
        if what == "devicecode":
            found: dict[str, Any] = {"device_code": f"{MARK}-device", "user_code": "ABC-123", "interval": 1}
            return Said(200, json.dumps(found | {"verification_uri": "https://login.example/device"}).encode())
        return getattr(self, f"_{fields.get('grant_type', '').rpartition(':')[2].replace('-', '_')}")(fields)

    def _granted(self, user: str = "", *, refresh: bool = False) -> Said:
        token = f"{MARK}-access-{next(self.numbers)}-{'x' * LONG}"
        self.good |= {token: user or self.user} if self.takes else {}
        found: dict[str, object] = {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in}
        if refresh:
            found["refresh_token"] = f"{MARK}-refresh-{next(self.numbers)}"
            self.refresh_tokens.add(str(found["refresh_token"]))
            found |= {"refresh_token_expires_in": self.refresh_expires_in} if self.refresh_expires_in else {}
        return Said(200, json.dumps(found).encode())

    def _client_credentials(self, fields: dict[str, str]) -> Said:
        if (fields["client_id"], fields.get("client_secret")) != (CLIENT, SECRET):
            return refusal("invalid_client", 401, f"AADSTS7000215: wrong secret {fields.get('client_secret')}")
        return self._granted()

    def _refresh_token(self, fields: dict[str, str]) -> Said:
        if fields["refresh_token"] not in self.refresh_tokens:
            return refusal("invalid_grant", words=f"revoked: {fields['refresh_token']}")
        self.refresh_tokens.remove(fields["refresh_token"])
        return self._granted(refresh=True)

    def _device_code(self, fields: dict[str, str]) -> Said:
        self.pending -= 1
        if self.pending >= 0:
            return refusal("slow_down" if self.pending == 0 else "authorization_pending")
        return self._granted(refresh=True)

    def _authorization_code(self, fields: dict[str, str]) -> Said:
        proof = base64.urlsafe_b64encode(hashlib.sha256(fields["code_verifier"].encode()).digest()).rstrip(b"=")
        if proof.decode() != self.challenge or fields["client_secret"] != SECRET:
            return refusal("invalid_grant")
        return self._granted(refresh=True)

    def _jwt_bearer(self, fields: dict[str, str]) -> Said:
        head, claims, signature = fields["assertion"].split(".")
        assert self.service_key is not None
        try:
            self.service_key.verify(_bytes(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
        except InvalidSignature:
            return refusal("invalid_grant")
        said = json.loads(_bytes(claims))
        assert said["exp"] - said["iat"] == 3600
        return self._granted(said["sub"])


class _Handler(BaseHTTPRequestHandler):
    played: TokenServer

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def do_GET(self) -> None:
        self._answer(urlsplit(self.path).query)

    def _answer(self, form: str) -> None:
        fields = {name: values[0] for name, values in parse_qs(form, keep_blank_values=True).items()}
        said = self.played.answer(urlsplit(self.path).path.rpartition("/")[2], fields)
        time.sleep(said.after)
        self.send_response(said.status)
        for name, value in {"Content-Type": "application/json", **said.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.content)))
        self.end_headers()
        for start in range(len(said.content)) if said.trickles else ():
            self.wfile.write(said.content[start : start + 1])
            time.sleep(0.1)
        if not said.trickles:
            self.wfile.write(said.content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written to the terminal."""


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
