"""Header blocks that grow: in size, in number, in encoded words, in parameters."""

from __future__ import annotations

import base64

import pytest

from tests.attacks.scene import Scene

HEAD = b"From: Jane Doe <jane@acme.example>\r\nTo: support@example.com\r\n"
END = b"\r\n\r\nHello.\r\n"


def word(text: bytes) -> bytes:
    return b"=?utf-8?b?" + base64.b64encode(text) + b"?="


def nested_words() -> bytes:
    text = b"x"
    for _ in range(12):
        text = word(text)
    return text


MAILS = {
    "one-of-five-megabytes": HEAD + b"Subject: " + b"x" * 5_000_000 + END,
    "folded-five-megabytes": HEAD + b"Subject: a" + b"\r\n x" * 1_000_000 + END,
    "fifty-thousand-fields": HEAD + b"X-A: b\r\n" * 50_000 + b"Subject: x" + END,
    "words-by-the-thousand": HEAD + b"Subject: " + b"\r\n ".join([word(b"abc")] * 5_000) + END,
    "words-in-words": HEAD + b"Subject: " + nested_words() + END,
    "word-that-decodes-to-much": HEAD + b"Subject: " + word("\ufdfa".encode() * 10_000) + END,
    "words-unclosed": HEAD + b"Subject: " + b"=?utf-8?q?" * 20_000 + END,
    "parameters-without-end": HEAD + b"Content-Type: text/plain" + b"".join(
        b";\r\n name*%d*=utf-8\'\'%%41" % i for i in range(10_000)
    ) + END,
    "parameters-backwards": HEAD + b"Content-Type: text/plain" + b"".join(
        b";\r\n name*%d=a" % i for i in range(10_000, 0, -1)
    ) + END,
    "parameter-number-of-many-digits": HEAD + b"Content-Type: text/plain; name*" + b"9" * 10_000 + b"=x" + END,
    "comments-in-comments": HEAD + b"Auto-Submitted: " + b"(" * 50_000 + END,
    "quotes-unclosed": HEAD + b'Cc: ' + b'"\\' * 50_000 + END,
    "references-by-the-thousand": HEAD + b"References: " + b"".join(
        b"\r\n <%d@x.example>" % i for i in range(10_000)
    ) + END,
}  # fmt: skip


@pytest.mark.parametrize("name", MAILS)
def test_it_is_filed_and_stays_small(scene: Scene, name: str) -> None:
    """B8: filed, the original whole; what leaves has small headers (the judge looks at each line)."""
    arrived = scene.arrive(MAILS[name])
    assert arrived.decision.record.outcome == "filed"
    assert scene.originals.read(arrived.decision.mail.sha256) == MAILS[name]
    assert sum(one.kind == "distribution" for one in arrived.sent) == 1
    assert max(len(one.head) for one in arrived.sent) < min(len(MAILS[name]) * 1.2 + 4000, 300_000)
