"""Delivery reports: who did not get which mail, and why (RFC 3464; B11). Read, not believed: anybody can write one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from connector.mail import clean, content, fields, headers, odd_reports, status
from connector.mail.fields import Fields
from connector.mail.line_ends import as_line_feeds
from connector.mail.model import DeliveryReport, Envelope, FailedRecipient, Part
from storage.addresses import normalise

MAX_BYTES = 256 * 1024  # of a part that is looked at; a status of 500 recipients has less
MAX_RECIPIENTS = 500
MAX_ANSWER = 500

STATUS_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
RETURNED_TYPES = frozenset(
    ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
)
_BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*(?=\r?\n))+\r?\n|\A(?:[ \t]*\r?\n)+")
_NULL_PATH = re.compile(r"\s*<\s*>")
_ROBOT = re.compile(r"(?:mailer-?daemon|mail-?daemon|postmaster|mdaemon|mail-?delivery|no-?reply|bounces?)\b.*")


def read(
    raw: bytes, top: Fields, report: str, text: str, parts: Sequence[Part], envelope: Envelope
) -> DeliveryReport | None:
    """What the mail says of failed deliveries, or None where it is no delivery report.

    A part for delivery-status makes a report where the mail says that it is one, or comes from a machine: people
    forward reports part by part. An odd form is looked for in mails of machines alone.
    """
    robot = _is_from_robot(top, envelope)
    if report == "delivery-status" and (robot or _declares_report(top)):
        return _by_status(raw, parts) or odd_reports.read(raw, top, text, _returned(raw, parts))
    if report or not robot:
        return None
    return odd_reports.read(raw, top, text, _returned(raw, parts))


def _is_from_robot(top: Fields, envelope: Envelope) -> bool:
    """Whether the mail can be a report at all; that proves nothing, for answers of absent people look the same."""
    if envelope.has_sender and not envelope.mail_from:
        return True
    if any(name.lower() == "return-path" and _NULL_PATH.match(value) for name, value in top.headers):
        return True
    return bool(top.from_) and _ROBOT.fullmatch(top.from_[0].key.partition("@")[0]) is not None


def _declares_report(top: Fields) -> bool:
    value = next((value for name, value in top.headers if name.lower() == "content-type"), "")
    return value.lstrip().lower().startswith(("multipart/report", "message/delivery-status"))


def _by_status(raw: bytes, parts: Sequence[Part]) -> DeliveryReport | None:
    """RFC 3464: blocks of fields, the first about the mail, the others about a recipient each."""
    part = next((part for part in parts if part.type in STATUS_TYPES and not part.nested), None)
    if part is None:
        return None
    recipients: list[FailedRecipient] = []
    envelope_id = ""
    for block in _blocks(_bytes(raw, part)):
        envelope_id = envelope_id or block.get("original-envelope-id", "")
        if len(recipients) < MAX_RECIPIENTS and ("final-recipient" in block or "original-recipient" in block):
            recipients.append(_recipient(block))
    return DeliveryReport("status", tuple(recipients), _returned(raw, parts), envelope_id) if recipients else None


def _bytes(raw: bytes, part: Part) -> bytes:
    """The beginning of a part, decoded."""
    return content.decode(raw[part.start : min(part.end, part.start + MAX_BYTES)], part.encoding)[0]


def _blocks(data: bytes) -> Iterator[dict[str, str]]:
    """Blocks of fields between blank lines, names in lower case, the first of each name."""
    for piece in _BLANK_LINES.split(as_line_feeds(data)):
        if piece.strip():
            yield _fields(piece)


def _fields(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in headers.split(data, 0, len(data)).fields:
        found.setdefault(field.name.decode("ascii").lower(), headers.decoded(headers.to_text(field.value)))
    return found


def _recipient(block: dict[str, str]) -> FailedRecipient:
    addresses = (_address(block.get(name, "")) for name in ("final-recipient", "original-recipient"))
    answer = clean.line(_after_type(block.get("diagnostic-code", "")))[:MAX_ANSWER]
    return FailedRecipient(
        tuple(dict.fromkeys(filter(None, addresses))),
        block.get("action", "").split(" ")[0].strip(";,").lower(),
        status.enhanced(block.get("status", "")),
        answer,
        _after_type(block.get("remote-mta", ""))[:MAX_ANSWER],
    )


def _after_type(value: str) -> str:
    """What stands behind `smtp;`, `rfc822;` or `dns;`."""
    type_, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in type_.strip() else value.strip()


def _address(value: str) -> str:
    """The normalised address of a recipient field, or nothing where it is none."""
    address = _after_type(value).partition(" ")[0].strip("<>")
    return normalise(address) if "@" in address else ""


def _returned(raw: bytes, parts: Sequence[Part]) -> dict[str, str]:
    """The header fields of the mail that came back with the report, or none."""
    part = next((part for part in parts if part.type in RETURNED_TYPES and not part.nested), None)
    if part is None:
        return {}
    found = _fields(_bytes(raw, part).lstrip(b"\r\n"))
    ids = fields.message_ids([found.get("message-id", "")], 1)
    return {**found, "message-id": ids[0] if ids else ""}
