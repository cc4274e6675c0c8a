"""Parts without number, and parts in parts."""

from __future__ import annotations

import pytest

from tests.attacks.scene import HEAD, Scene


def wide() -> bytes:
    part = b"--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nx\r\n"
    text = b"--b\r\nContent-Type: text/plain\r\n\r\nHello Bob.\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + text + part * 10_000 + b"--b--\r\n"


def deep() -> bytes:
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(2000))
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\nHello Bob.\r\n"


def nested() -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 2000 + b"Subject: x\r\n\r\nHello Bob.\r\n"


def same_boundary() -> bytes:
    opening = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 2000
    return HEAD + opening + b"\r\nHello Bob.\r\n" + b"--b--\r\n" * 2000


@pytest.mark.parametrize("made", [wide, deep, nested, same_boundary], ids=lambda made: made.__name__)
def test_it_is_filed_with_a_note(scene: Scene, made: object) -> None:
    """B8: limits stand before parsing, the note says so, the original is whole, the next mail goes through."""
    raw = made()  # type: ignore[operator]
    arrived = scene.arrive(raw)
    mail = arrived.decision.mail
    assert arrived.decision.record.outcome == "filed"
    assert len(mail.parts) <= 500
    assert max((part.depth for part in mail.parts), default=0) <= 50
    assert {"too-many-parts", "too-deep"} & {*mail.repairs} or made is same_boundary
    assert scene.originals.read(mail.sha256) == raw
    assert arrived.receivers() == {"alice@company.example", "bob@company.example"}
    assert scene.send("jane@acme.example", subject="[0500-1000] next").decision.record.outcome == "filed"
