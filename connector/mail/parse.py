"""Bytes to `Mail`: any bytes are a mail, none raises, and the time is linear in their number (B8)."""

from __future__ import annotations

import hashlib
import re

from connector.mail import contents, fields, guessing, headers, report
from connector.mail.model import Envelope, Mail
from connector.mail.structure import with_line_feeds

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BLANK_LINES = re.compile(rb"(?:[ \t]*+\r?\n)++")
_FROM_LINE = re.compile(rb">?From (?![ \t]*:)[^\n]*\n")


def parse(raw: bytes, envelope: Envelope, sha256: str = "") -> Mail:
    """The mail that some bytes are; they are hashed where their hash is not known."""
    guessing.begin_mail()
    view, repairs = with_line_feeds(raw)
    start, skipped = _before_headers(view)
    block = headers.split(view, start, len(view))
    inside = contents.read(view, block)
    top = fields.read(block, inside.charset)
    return Mail(
        raw=raw,
        sha256=sha256 or hashlib.sha256(raw).hexdigest(),
        envelope=envelope,
        headers=top.headers,
        raw_headers=tuple([(field.name, raw[field.start : field.end]) for field in block.fields]),
        body_start=block.body_start,
        message_id=top.message_id,
        in_reply_to=top.in_reply_to,
        references=top.references,
        subject=top.subject,
        from_=top.from_,
        from_defects=top.from_defects,
        reply_to=top.reply_to,
        to=top.to,
        cc=top.cc,
        date=top.date,
        text=inside.body.text,
        html=inside.body.html,
        plain=inside.body.plain,
        attachments=inside.attachments,
        parts=inside.parts,
        repairs=tuple(dict.fromkeys((*repairs, *skipped, *inside.repairs, *top.repairs))),
        report=inside.report,
        delivery_report=report.read(view, top, inside.report, inside.body.text, inside.parts, envelope),
    )


def _before_headers(raw: bytes) -> tuple[int, list[str]]:
    """Where the headers begin: behind a byte-order mark, blank lines, a mailbox separator line."""
    if raw[:1].isalpha() and not raw.startswith(b"From "):
        return 0, []
    start, repairs = 0, []
    for mark in _BOMS:
        if raw.startswith(mark):
            start, repairs = len(mark), ["bom"]
    for code, pattern in (("blank-line-first", _BLANK_LINES), ("mbox-from", _FROM_LINE)):
        found = pattern.match(raw, start)
        if found:
            start = found.end()
            repairs.append(code)
    return start, repairs
