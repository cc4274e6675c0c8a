"""The figures of `status`, and how bad they are (B106)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector import spool_queue
from connector.cli.present import service_runs, store_is_there
from connector.config.settings import Settings
from connector.delivery_store import open_store
from connector.spool import Spool
from connector.spool_file import SpoolError
from storage.records import StoreError
from storage.state import Counts
from storage.times import to_text

FINE, WARNING, CRITICAL = 0, 1, 2
LEVELS = ("fine", "warning", "critical")
LATE, FAR_TOO_LATE = timedelta(minutes=5), timedelta(minutes=30)

Finding = tuple[int, str]
"""A level and its reason."""


@dataclass(frozen=True, slots=True)
class Health:
    """The worst level, the reasons for it and for lesser ones, and the figures; times are stored text."""

    level: int
    reasons: tuple[str, ...]
    counts: Mapping[str, Any]


def health(settings: Settings, now: datetime) -> Health:
    """How the service is. Nothing is made or changed; what cannot be had is critical."""
    findings: list[Finding] = []
    counts = {"service": service_runs(settings.store.spool), **_spool(settings, now, findings)}
    counts |= _store(settings, now, findings)
    if not counts["service"] and (settings.store.spool / "lock").exists():  # it ran here before
        findings.append((CRITICAL, "the service is not running"))
    findings.sort(key=lambda finding: -finding[0])
    return Health(max((level for level, _ in findings), default=FINE), tuple(reason for _, reason in findings), counts)


def _spool(settings: Settings, now: datetime, findings: list[Finding]) -> dict[str, Any]:
    counts = dict.fromkeys(("spooled", "held", "quarantined"), 0)
    oldest: datetime | None = None
    folder = settings.store.spool
    try:
        if folder.exists():
            spool = Spool(folder)
            counts = spool_queue.counts(spool)
            oldest = spool_queue.oldest(spool)
    except (SpoolError, OSError) as error:
        findings.append((CRITICAL, f"the spool cannot be had: {error}"))
    findings += [(WARNING, f"{counts[name]} mails {name}") for name in ("held", "quarantined") if counts[name]]
    findings += _lateness("the oldest mail in the spool has waited", oldest, now)
    return {**counts, "oldest_waiting": to_text(oldest) if oldest else None}


def _store(settings: Settings, now: datetime, findings: list[Finding]) -> dict[str, Any]:
    found = Counts({}, {}, None, None, {})
    try:
        if store_is_there(settings):
            found = _counts(settings)
        else:
            findings.append((CRITICAL, f"there is no store yet: {settings.store.database}; `serve` makes it"))
    except (StoreError, OSError) as error:
        findings.append((CRITICAL, f"the store cannot be had: {error}"))
    findings += _lateness("the oldest delivery that is due has waited", found.oldest_due, now)
    findings += _lateness("the oldest delivery that could not be tried yet has waited", found.oldest_untried, now)
    if found.paused:
        findings.append((WARNING, _paused(found)))
    findings += _failing(found)
    if found.alarms:
        number = len(found.alarms)
        findings.append((WARNING, f"{number} {'alarm' if number == 1 else 'alarms'}: {', '.join(found.alarms)}"))
    return {
        "mails": dict(found.mails),
        "deliveries": dict(found.deliveries),
        "oldest_due": to_text(found.oldest_due) if found.oldest_due else None,
        "last_delivery": to_text(found.last_delivery) if found.last_delivery else None,
        "paused": found.paused,
        "suspended": found.suspended,
        "failing_employees": found.failing_employees,
        "alarms": list(found.alarms),
        "last_mail": {road: to_text(at) for road, at in found.last_mail.items()},
    }


def _failing(found: Counts) -> Iterator[Finding]:
    """Addresses that mail does not reach (B11); `deliveries suspended` lists them."""
    for number, kind in ((found.suspended, "suspended"), (found.failing_employees, "employee's failing")):
        if number:
            yield WARNING, f"{number} {kind} {'address' if number == 1 else 'addresses'}: see `deliveries suspended`"


def _paused(found: Counts) -> str:
    """The paused pairs, the newest by name (B13)."""
    named = ", ".join(f"{pair.sender} on {pair.number}" for pair in found.newest_paused)
    more = f" and {rest} more" if (rest := found.paused - len(found.newest_paused)) else ""
    return f"{found.paused} paused {'pair' if found.paused == 1 else 'pairs'} of sender and ticket: {named}{more}"


def _counts(settings: Settings) -> Counts:
    store = open_store(settings)
    try:
        return store.counts()
    finally:
        store.close()


def _lateness(what: str, since: datetime | None, now: datetime) -> Iterator[Finding]:
    waited = now - since if since else timedelta()
    if waited > LATE:
        level = CRITICAL if waited > FAR_TOO_LATE else WARNING
        yield level, f"{what} for {int(waited.total_seconds() // 60)} minutes"
