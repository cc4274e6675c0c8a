"""Stage 1: bytes and envelope become a `Mail`, and the questions it has for the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

import regex

from connector.mail.line_ends import as_line_feeds
from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse
from connector.pipeline.forwarded import originals
from connector.pipeline.nature import accounts_in_rules
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.reported import reported_id
from storage.addresses import mailbox_of
from storage.records import Wanted

MAX_NUMBERS = 20
MAX_SUBJECT = 10_000
PATTERN_SECONDS = 0.5
MAX_REFERENCES = 32
HASH_CHUNK = 1 << 20
ENDS_CHUNK = 64
PACE_TIME = timedelta(hours=1)
CLOCKS_DIFFER = timedelta(minutes=5)
"""By so much those of several workers may; what is later was made by a clock that was wrong."""


def ingest(raw: bytes, envelope: Envelope, sha256: str = "") -> Mail:
    """The mail, parsed once; any bytes are one (B8)."""
    return parse(raw, envelope, sha256)


def wanted(mail: Mail, policy: Policy, receipt: Receipt) -> Wanted:
    """Everything this mail can need from the store, asked at once."""
    settings = policy.connector
    people = (*mail.from_, *mail.reply_to, *mail.to, *mail.cc)
    written_by = tuple(original.address for original in originals(mail, policy.rules))
    addresses = (*(person.key for person in people), mailbox_of(mail.sender.key), *written_by)
    return Wanted(
        addresses=tuple(dict.fromkeys(filter(None, addresses))),
        sender=mail.sender.key,
        answer=mail.reply_to[0].key if len(mail.reply_to) == 1 else "",
        original=written_by[0] if len(written_by) == 1 else "",
        numbers=(*numbers_in(mail.subject, policy), *numbers_of_report(mail, policy)),
        message_ids=referenced(mail),
        message_id=mail.message_id,
        dedupe_key=dedupe_key(mail),
        accounts=(
            settings.unknown_sender_account,
            settings.employee_ticket_account,
            *accounts_in_rules(mail, policy.rules),
        ),
        since=receipt.now - PACE_TIME,
        until=receipt.now + CLOCKS_DIFFER,
        pace=settings.mails_per_ticket_per_hour,
        reported=reported_id(mail, policy.installation),
    )


def numbers_in(subject: str, policy: Policy) -> tuple[str, ...]:
    """The ticket numbers of a subject, in order (B30); none where the administrator's pattern takes too long."""
    try:
        return _numbers_in(subject[:MAX_SUBJECT], policy.connector.ticket_subject_pattern)
    except TimeoutError:
        return ()


@lru_cache(maxsize=64)
def _numbers_in(subject: str, pattern: regex.Pattern[str]) -> tuple[str, ...]:
    """The same; every stage that has to do with numbers asks for those of one subject. Raises TimeoutError."""
    found = [match["number"] for match in pattern.finditer(subject, timeout=PATTERN_SECONDS)]
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_NUMBERS]


def numbers_of_report(mail: Mail, policy: Policy) -> tuple[str, ...]:
    """The ticket numbers in the subject of the mail that a delivery report brings back."""
    report = mail.delivery_report
    return numbers_in(report.returned.get("subject", ""), policy) if report else ()


def referenced(mail: Mail) -> tuple[str, ...]:
    """The Message-IDs this mail answers: In-Reply-To, then References from the newest (B32)."""
    return tuple(dict.fromkeys((*mail.in_reply_to, *reversed(mail.references))))[:MAX_REFERENCES]


def dedupe_key(mail: Mail) -> str:
    """What makes two arrivals the same mail (B5): Message-ID and body, whatever road and line ends they came by.

    A mail without a Message-ID is told by its From, To, Date and Subject instead.
    """
    names = (mail.message_id,) if mail.message_id else tuple(mail.header(n) for n in ("From", "To", "Date", "Subject"))
    digest = hashlib.sha256("\n".join(names).encode())
    for piece in _body_pieces(mail):
        digest.update(piece)
    return digest.hexdigest()


def _body_pieces(mail: Mail) -> Iterator[bytes]:
    """The body with line feeds for line ends, without those at its end, in pieces that cost no second copy."""
    start, end = mail.body_start, _without_line_ends(mail.raw, mail.body_start)
    while start < end:
        stop = min(end, start + HASH_CHUNK)
        if stop < end and mail.raw[stop - 1 : stop] == b"\r":
            stop += 1
        yield as_line_feeds(mail.raw[start:stop])
        start = stop


def _without_line_ends(raw: bytes, start: int) -> int:
    """The offset behind the last byte, from `start` on, that is no line end."""
    end = len(raw)
    while end > start:
        tail = raw[max(start, end - ENDS_CHUNK) : end]
        kept = len(tail.rstrip(b"\r\n"))
        end -= len(tail) - kept
        if kept:
            break
    return end
