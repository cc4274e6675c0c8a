"""Suspends addresses that failed too often, and tells the managers once: both become visible together (B11)."""

from __future__ import annotations

from datetime import datetime

import structlog

from connector.pipeline.alert import NOBODY
from connector.pipeline.outgoing import outgoing
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.suspension_alarm import suspension_alarms
from storage.store import Store

log = structlog.get_logger("suspending")


def suspend_failing(store: Store, policy: Policy, now: datetime) -> None:
    """Suspend every address that has failed `BouncesBeforeSuspend` times; an employee's never is. Raises StoreBusy."""
    limit = policy.connector.bounces_before_suspend
    for failing in store.failing.due(limit) if limit else ():
        proofs = store.failing.proofs(failing.address)
        receipt = Receipt(f"suspended {failing.address} {failing.failed_at}", now, now)
        alarms = suspension_alarms(failing, proofs, store.directory(), policy, receipt)
        mails = [outgoing(None, NOBODY, alarm, policy, receipt) for alarm in alarms]
        if store.failing.suspend(failing.address, limit, mails, now):
            log.warning("suspended", address=failing.address, failures=failing.failures, told=len(mails))
