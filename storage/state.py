"""The figures that `status` shows of the store (B106)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storage import alarms, pauses, times
from storage.database import Database
from storage.pauses import PausedPair

MAILS = """
SELECT 'filed', (SELECT COUNT(*) FROM mail) - (SELECT COUNT(*) FROM mail WHERE outcome <> 'filed')
UNION ALL SELECT outcome, COUNT(*) FROM mail WHERE outcome <> 'filed' GROUP BY outcome
"""
"""Nearly all are filed; an index for the others alone does not have to be written for each mail."""
DELIVERIES = """
SELECT 'sent', COUNT(*) FROM delivery WHERE sent_at IS NOT NULL
UNION ALL SELECT state, COUNT(*) FROM delivery WHERE state <> 'sent' GROUP BY state
"""
OLDEST_DUE = """
SELECT next_try_at FROM delivery WHERE state IN ('pending', 'deferred') ORDER BY next_try_at LIMIT 1
"""
OLDEST_UNTRIED = """
SELECT MIN(o.created_at) FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id
WHERE d.state IN ('pending', 'deferred') AND d.tries = 0
"""
"""While the relay is down nothing counts as a try (B87)."""
LAST_BY_ROAD = """
WITH RECURSIVE roads (road) AS (
    SELECT MIN(road) FROM mail
    UNION ALL SELECT (SELECT MIN(mail.road) FROM mail WHERE mail.road > roads.road) FROM roads WHERE road IS NOT NULL
)
SELECT road, (SELECT MAX(received_at) FROM mail WHERE mail.road = roads.road) FROM roads WHERE road IS NOT NULL
"""
"""Jumps from road to road in the index, where GROUP BY would walk over every mail there ever was."""

WAITING = "SELECT COUNT(*) FROM delivery WHERE state IN ('pending', 'deferred')"

SHOWN = 5
"""So many paused pairs are told one by one."""

FAILING_EMPLOYEES = """
SELECT COUNT(*) FROM failing WHERE address IN (SELECT email1 FROM employee UNION SELECT email2 FROM employee)
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """The ledger by outcome, deliveries by state, when the oldest waiting one is or was due, the last of each."""

    mails: Mapping[str, int]
    deliveries: Mapping[str, int]
    oldest_due: datetime | None
    last_delivery: datetime | None
    last_mail: Mapping[str, datetime]  # by road
    paused: int = 0  # pairs of sender and ticket (B13)
    newest_paused: tuple[PausedPair, ...] = ()
    suspended: int = 0  # addresses that nothing is sent to (B11)
    failing_employees: int = 0  # employees' addresses that mail could not be delivered to
    oldest_untried: datetime | None = None  # when the oldest mail was made that nobody could be tried with yet
    alarms: tuple[str, ...] = ()  # the names of those that stand, the oldest first (B107)


def counts(db: Database) -> Counts:
    """All figures at one moment."""
    with db.reading():
        return Counts(
            mails=_groups(db, MAILS),
            deliveries=_groups(db, DELIVERIES),
            oldest_due=_time(db, OLDEST_DUE),
            last_delivery=_time(db, "SELECT MAX(sent_at) FROM delivery WHERE sent_at IS NOT NULL"),
            oldest_untried=_time(db, OLDEST_UNTRIED),
            paused=_number(db, "SELECT COUNT(*) FROM pause WHERE resumed_at IS NULL"),
            newest_paused=tuple(pauses.newest(db, SHOWN)),
            suspended=_number(db, "SELECT COUNT(*) FROM failing WHERE suspended_at IS NOT NULL"),
            failing_employees=_number(db, FAILING_EMPLOYEES),
            alarms=tuple(alarm.name for alarm in alarms.standing(db)),
            last_mail={road: times.from_text(at) for road, at in db.rows(LAST_BY_ROAD)},
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Deliveries that are not done with: how many, and when the oldest was due, or made and not tried."""

    deliveries: int
    oldest_due: datetime | None
    oldest_untried: datetime | None


def waiting(db: Database) -> Waiting:
    """What of `counts` tells of a growing queue; it is cheap however many mails there were."""
    with db.told(), db.reading():
        return Waiting(_number(db, WAITING), _time(db, OLDEST_DUE), _time(db, OLDEST_UNTRIED))


def _groups(db: Database, query: str) -> dict[str, int]:
    """The groups that have any."""
    return {str(name): int(number) for name, number in db.rows(query) if number}


def _number(db: Database, query: str) -> int:
    row = db.row(query)
    return int(row[0]) if row else 0


def _time(db: Database, query: str) -> datetime | None:
    row = db.row(query)
    return times.from_text(row[0]) if row and row[0] else None
