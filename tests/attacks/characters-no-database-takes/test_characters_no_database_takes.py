"""Characters that databases, regular expressions and terminals choke on, in every field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest

from tests import postgres
from tests.attacks.scene import Scene

BYTES = {
    "nul": b"a\0b", "surrogate": b"a\xed\xa0\x80b", "overlong": b"a\xc0\x80b", "broken": b"a\xff\xfe\x80b",
    "beyond": b"a\xf4\x90\x80\x80b", "noncharacter": "a\uffff\U0010ffffb".encode(), "bidi": "a\u202e\u2066b".encode(),
    "escape": b"a\x1b[2J\x07b", "c1": "a\x9b2J\x90b".encode(), "separators": "a\u2028\u2029\x85b".encode(),
    "tags": "a\U000e0041\U000e007fb".encode(), "private": "a\ue000\U000f0000b".encode(),
}  # fmt: skip


def mail(bad: bytes) -> bytes:
    """One that holds the bytes raw, encoded, in names, in addresses and in the body."""
    q = "".join(f"={byte:02X}" for byte in bad).encode()
    parameter = quote_from_bytes(bad, safe="").encode()
    return b"\r\n".join((
        b"From: =?utf-8?q?" + q + b"?= <jane@acme.example>", b"To: support@example.com",
        b"Cc: " + bad + b" <c" + bad + b"@x.example>, =?utf-8?q?" + q + b"?= <d@x.example>",
        b"Subject: [0500-1000] " + bad + b" =?utf-8?q?" + q + b"?=",
        b"Message-ID: <" + bad + b"@acme.example>", b"In-Reply-To: <" + bad + b">", b"X-" + bad + b": " + bad,
        b"MIME-Version: 1.0", b"Content-Type: multipart/mixed; boundary=b", b"", b"--b",
        b"Content-Type: text/plain; charset=utf-8", b"", b"Hello " + bad, b"--b",
        b"Content-Type: application/" + bad + b"; name*=utf-8''" + parameter,
        b"Content-Disposition: attachment; filename=\"" + bad + b"\"", b"", b"x", b"--b",
        b"Content-Type: text/html", b"", b"<p title=\"" + bad + b"\">" + bad + b"&#0;&#xD800;&#x1b;</p>", b"--b--", b"",
    ))  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    if postgres.programs() is None:
        pytest.skip("no PostgreSQL programs")
    with postgres.running() as running:
        yield running


def test_filed_and_shown(scene: Scene) -> None:
    """B8, B70: every one is filed by SQLite, and what commands print moves no cursor (the scene looks)."""
    for name, bad in BYTES.items():
        assert scene.arrive(mail(bad)).decision.record.outcome == "filed", name
    for words in ("tickets", "history 0500-1000", "export", "deliveries", "ticket report 0500-1000"):
        scene.type(*words.split())


@pytest.mark.postgresql
def test_filed_by_postgresql(server: postgres.Server, tmp_path: Path) -> None:
    """B8, B70: and by PostgreSQL, which takes no NUL and no surrogates."""
    scene = Scene(tmp_path, None, url=server.url(server.create()))
    for name, bad in BYTES.items():
        assert scene.arrive(mail(bad)).decision.record.outcome == "filed", name
    scene.store.index(60)
    scene.store.close()
