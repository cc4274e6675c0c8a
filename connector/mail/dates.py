"""Dates of mails: RFC 5322 quickly, anything older or odder by the libraries."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_USUAL = re.compile(
    r"(?:[A-Za-z]{3},)?\s*(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?\s+([+-]\d\d[0-5]\d)(?:\s+\(.{0,60}\))?"
)
MAX_CHARACTERS = 200


def parse(value: str) -> datetime | None:
    """A Date header as a time in UTC, or None where it cannot be read; a time without a zone is taken as UTC."""
    value = value.strip()
    if len(value) > MAX_CHARACTERS:
        return None
    usual = _USUAL.fullmatch(value)
    try:
        if usual and usual[2].lower() in _MONTHS:
            return _exactly(usual)
        return _aware(parsedate_to_datetime(value))
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return _by_mail_parser(value)


def _exactly(found: re.Match[str]) -> datetime:
    """The time of a date in the usual form; a leap second is the second before it."""
    day, month, year, hour, minute, second, zone = found.groups()
    seconds = min(int(second or 0), 59)
    when = datetime(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), seconds, 0, UTC)
    return when - _offset(zone)


@lru_cache(maxsize=256)
def _offset(zone: str) -> timedelta:
    """How far the clocks of a zone (`+0200`) are ahead of UTC."""
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return -offset if zone[0] == "-" else offset


def _aware(when: datetime) -> datetime:
    """A time in UTC."""
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _by_mail_parser(value: str) -> datetime | None:
    """What mail-parser makes of a date, or None."""
    from mailparser.utils import convert_mail_date

    try:
        when: datetime = convert_mail_date(value)[0]
        return _aware(when)
    except Exception:  # the library raises whatever its parsing runs into
        return None
