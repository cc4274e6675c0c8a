"""What holds for the mail that any bytes are: for tests, for mutations, and for the fuzzer."""

from __future__ import annotations

import time

from connector.mail.attachments import part_bytes
from connector.mail.content import safe_filename
from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse
from connector.mail.repairs import REPAIRS
from connector.mail.structure import MAX_DEPTH, MAX_PARTS
from connector.pipeline.stripping.html_quotes import marked_text

SLOW = 1.0  # seconds of CPU, and as much again for each mebibyte


def check(raw: bytes) -> Mail:
    """Parse, take everything out, and hold what `Mail` promises."""
    mail = parse(raw, Envelope())
    check_texts(mail)
    check_quotations(mail)
    check_attachments(mail)
    assert set(mail.repairs) <= set(REPAIRS)
    assert 0 <= mail.body_start <= len(raw)
    assert len(mail.parts) <= MAX_PARTS
    for part in mail.parts:
        assert 0 <= part.start <= part.end <= len(raw)
        assert part.depth <= MAX_DEPTH
    return mail


def check_texts(mail: Mail) -> None:
    """A database takes every text, and one line is one line."""
    for text in (mail.text, mail.html, mail.plain):
        text.encode()
        assert not set(text) & {"\0", "\r", "\x1b", "\x85"}
    values = [mail.subject, mail.message_id, *mail.references, *(value for _name, value in mail.headers)]
    people = [*mail.from_, *mail.to, *mail.cc, *mail.reply_to]
    for line in [*values, *(value for person in people for value in (person.name, person.address, person.key))]:
        line.encode()
        assert not set(line) & {"\0", "\r", "\n", "\x1b"}


def check_quotations(mail: Mail) -> None:
    """The quotations that its HTML marks are lines of the text that is made of it."""
    found = marked_text(mail.html)
    if found:
        text, ranges = found
        text.encode()
        assert all(0 <= first < end <= text.count("\n") + 1 for first, end, _label, _rule in ranges)


def check_attachments(mail: Mail) -> None:
    """Every attachment can be taken out, has the size that is listed, and a name that is only a name."""
    assert [found.number for found in mail.attachments] == list(range(1, len(mail.attachments) + 1))
    for found in mail.attachments:
        assert len(part_bytes(mail, found)) == found.size or mail.repairs
        found.name.encode()
        assert not set(found.name + found.type + found.content_id) & {"\0", "\r", "\n", "\x1b"}
        assert "/" not in safe_filename(found.name)


def check_time(raw: bytes) -> None:
    """As `check`, and it does not take long, everything taken out included."""
    start = time.process_time()
    check(raw)
    assert time.process_time() - start < SLOW * (1 + len(raw) / 2**20)
